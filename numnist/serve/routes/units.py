"""Units: one number of one layer: its weights, its formula with the live numbers, the source, and the way back."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.explain.source import quote
from numnist.explain.units import UnitGradient, explain_unit
from numnist.explain.units.unit import Array, Index, brief
from numnist.interpret.trace import trace_back
from numnist.nn import LAYERS
from numnist.nn.base import Layer
from numnist.serve.http.responses import Refused, answer, packed
from numnist.serve.routes.layers import answered
from numnist.serve.routes.request import Asked, asked, held_of, label_of, loss_of
from numnist.serve.state.context import Desk


def routes(desk: Desk) -> list[Route]:
    """POST /api/unit?place=P&index=K or K,i,j: how one number came about; with &backward=LABEL its gradient too."""

    async def unit(request: Request) -> Response:
        label = label_of(held_of(desk, request), request, "backward")
        place, index = request.query_params.get("place", ""), index_in(request.query_params.get("index", ""))
        return answer(await asked(desk, request, lambda drawing: _unit(drawing, place, index, label)))

    return [Route("/api/unit", unit, methods=["POST"])]


def index_in(text: str) -> Index:
    """ "7" or "7,3,3" as numbers.  Raises Refused."""
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise Refused(400, "bad_index", f"index={text!r} is no unit: give K or K,i,j in whole numbers from 0.")
    return tuple(map(int, parts))


def _unit(drawing: Asked, place: str, index: Index, label: int | None) -> dict[str, Any]:
    """Forward and backward are always run, which is cheaper than two ways to the same numbers."""
    model = drawing.held.model
    back = trace_back(model, drawing.batch, [label or 0], loss_of(drawing.held))
    unit = explain_unit(back, place, index)
    layer = next(passed.layer for passed in back.layers if passed.place == place)
    last = place == back.layers[-1].place
    return answered(drawing, back.logits[:, 0]) | {
        "place": place,
        "index": list(unit.index),
        "title": _title(layer, unit.index) + (f", the score of “{model.classes[unit.index[0]]}”" if last else ""),
        "sentence": unit.sentence,
        "formula": unit.formula,
        "with_numbers": unit.with_numbers,
        "value": unit.value,
        "weights": _maybe(unit.weights),
        "inputs": _maybe(unit.inputs),
        "bias": unit.bias,
        "numbers": unit.numbers,
        "source": _source(layer),
        "gradient": None if label is None else _gradient(unit.gradient, model.classes[label]),
    }


def _gradient(gradient: UnitGradient, label: str) -> dict[str, Any]:
    value = gradient.value
    change = f"change by {brief(value)} times that" if value else "stay as it is"
    effect = f"If this number were a little larger, the loss for “{label}” would {change}."
    return {
        "value": value,
        "sentence": f"{effect} {gradient.sentence}",
        "formula": gradient.formula,
        "with_numbers": gradient.with_numbers,
        "weights": _maybe(gradient.weights),
        "numbers": gradient.numbers,
    }


def _title(layer: Layer, index: Index) -> str:
    kind = type(layer).__name__
    return (
        f"{kind}: unit {index[0]}" if len(index) == 1 else f"{kind}: map {index[0]}, row {index[1]}, column {index[2]}"
    )


def _source(layer: Layer) -> dict[str, Any] | None:
    """Where forward and backward stand, and their lines; None for a layer that is not numnist's."""
    if LAYERS.get(type(layer).__name__) is not type(layer):
        return None
    forward, backward = quote(type(layer).forward), quote(type(layer).backward)
    return {
        "file": forward.file,
        "forward": {"line": forward.first, "text": "\n".join(forward.lines)},
        "backward": {"line": backward.first, "text": "\n".join(backward.lines)},
    }


def _maybe(array: Array | None) -> dict[str, Any] | None:
    return None if array is None else packed(array)
