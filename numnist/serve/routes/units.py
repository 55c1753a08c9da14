"""One number of one layer: its weights, its formula with the current numbers, the source, and the gradient."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from numnist.explain.numbers import brief
from numnist.explain.source import quote
from numnist.explain.units import UnitGradient, explain_unit
from numnist.explain.units.unit import Index
from numnist.interpret.trace import trace_backward
from numnist.nn import LAYERS
from numnist.nn.base import Array, Layer
from numnist.serve.http.responses import ApiError, packed
from numnist.serve.routes.layers import predicted
from numnist.serve.routes.request import PreparedDrawing, requested_label, requested_model, with_drawing
from numnist.serve.state.context import AppContext


async def unit(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/unit?place=P&index=K or K,i,j: how one number is computed; with &backward=LABEL its gradient too."""
    label = requested_label(requested_model(context, request), request, "backward")
    place, index = request.query_params.get("place", ""), parse_index(request.query_params.get("index", ""))
    return await with_drawing(context, request, lambda drawing: _unit(drawing, place, index, label))


def parse_index(text: str) -> Index:
    """(7,) for "7", (7, 3, 3) for "7,3,3".  Raises ApiError."""
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise ApiError(400, "bad_index", f"index={text!r} is no unit: give K or K,i,j in whole numbers from 0.")
    return tuple(map(int, parts))


def _unit(drawing: PreparedDrawing, place: str, index: Index, label: int | None) -> dict[str, Any]:
    """Always runs forward and backward, so that there is one way to the numbers."""
    model = drawing.entry.model
    back = trace_backward(model, drawing.batch, [label or 0], drawing.entry.loss)
    unit = explain_unit(back, place, index)
    layer = next(passed.layer for passed in back.layers if passed.place == place)
    last = place == back.layers[-1].place
    return predicted(drawing, back.logits[:, 0]) | {
        "place": place,
        "index": list(unit.index),
        "title": _title(layer, unit.index) + (f", the score of “{model.classes[unit.index[0]]}”" if last else ""),
        "sentence": unit.sentence,
        "formula": unit.formula,
        "with_numbers": unit.with_numbers,
        "value": unit.value,
        "weights": _packed_or_none(unit.weights),
        "inputs": _packed_or_none(unit.inputs),
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
        "weights": _packed_or_none(gradient.weights),
        "numbers": gradient.numbers,
    }


def _title(layer: Layer, index: Index) -> str:
    where = f"unit {index[0]}" if len(index) == 1 else "map {}, row {}, column {}".format(*index)
    return f"{type(layer).__name__}: {where}"


def _source(layer: Layer) -> dict[str, Any] | None:
    """The file and lines of forward and backward; None for a layer that is not numnist's."""
    if LAYERS.get(type(layer).__name__) is not type(layer):
        return None
    forward, backward = quote(type(layer).forward), quote(type(layer).backward)
    return {
        "file": forward.file,
        "forward": {"line": forward.first, "text": "\n".join(forward.lines)},
        "backward": {"line": backward.first, "text": "\n".join(backward.lines)},
    }


def _packed_or_none(array: Array | None) -> dict[str, Any] | None:
    return None if array is None else packed(array)
