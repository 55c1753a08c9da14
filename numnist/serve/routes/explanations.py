"""Explanations of a prediction: every layer, how one number is computed, attribution, a counterfactual."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from numnist.explain.units.unit import Index
from numnist.serve.http.errors import ApiError
from numnist.serve.inference import attribution as inference, explanations
from numnist.serve.routes.request import with_drawing
from numnist.serve.state.context import AppContext


async def inside(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/inside: each layer's output, in blocks, and the softmax; with ?backward=LABEL also the gradients."""
    return await with_drawing(context, request, explanations.inside, label="backward")


async def unit(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/unit?place=P&index=K or K,i,j: how one number is computed; with &backward=LABEL its gradient too."""
    place, index = request.query_params.get("place", ""), parse_index(request.query_params.get("index", ""))
    return await with_drawing(context, request, explanations.unit, place, index, label="backward")


async def attribution(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/attribution?label=4: which pixels would change that label's score, and what covering patches does."""
    return await with_drawing(context, request, inference.attribution, label="label")


async def change(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/towards?label=3: the drawing changed as little as possible until it is classified as that label."""
    return await with_drawing(context, request, explanations.change, label="label")


def parse_index(text: str) -> Index:
    """(7,) for "7", (7, 3, 3) for "7,3,3".  Raises ApiError."""
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise ApiError(400, "bad_index", f"index={text!r} is no unit: give K or K,i,j in whole numbers from 0.")
    return tuple(map(int, parts))
