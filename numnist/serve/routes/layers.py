"""Inside the network: each layer's output for a drawing, how one number of it is computed, and the gradients there."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.requests import Request

from numnist.explain.source import quote
from numnist.explain.units import UnitGradient, explain_unit
from numnist.explain.units.unit import Index, brief
from numnist.interpret.attribution import saliency
from numnist.interpret.trace import trace, trace_backward
from numnist.nn import LAYERS
from numnist.nn.activations import softmax
from numnist.nn.base import Array, Layer
from numnist.serve.http.responses import ApiError, packed
from numnist.serve.routes.request import PreparedDrawing, with_drawing
from numnist.serve.state.context import AppContext

DOT = 1.0  # pixels: the radius of the soft dot whose effect saliency shows


async def inside(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/inside: each layer's output; with ?backward=LABEL also the gradient of that label's loss there."""
    return await with_drawing(context, request, _inside, "backward")


async def unit(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/unit?place=P&index=K or K,i,j: how one number is computed; with &backward=LABEL its gradient too."""
    place, index = request.query_params.get("place", ""), parse_index(request.query_params.get("index", ""))
    return await with_drawing(context, request, lambda drawing: _unit(drawing, place, index), "backward")


def _inside(drawing: PreparedDrawing) -> dict[str, Any]:
    model, batch, label = drawing.entry.model, drawing.batch, drawing.label
    loss, saliency_map = None, None
    if label is None:
        traced = trace(model, batch)
        layers = [_layer(step.place, step.layer, step.output[0], None) for step in traced]
        logits = traced[-1].output[0]
    else:
        back = trace_backward(model, batch, [label], drawing.entry.loss)
        layers = [_layer(step.place, step.layer, step.y[..., 0], step.dy[..., 0]) for step in back.layers]
        logits, loss = back.logits[:, 0], back.loss
        saliency_map = saliency(model, batch, [label], blur=DOT)[0]
    return {
        "model": drawing.entry.id,
        **_predicted(drawing, logits),
        "backward": None if label is None else model.classes[label],
        "loss": loss,
        "layers": layers,
        "input": packed(model.normalization.apply(batch, model.dtype)[..., 0]),
        "saliency": _packed_or_none(saliency_map),
    }


def _predicted(drawing: PreparedDrawing, logits: Array) -> dict[str, Any]:
    """The label and its probability by these logits (classes,); None if nothing is drawn."""
    if drawing.ink.blank:
        return {"label": None, "probability": None}
    probs = softmax(logits)
    best = int(np.argmax(probs))
    return {"label": drawing.entry.model.classes[best], "probability": float(probs[best])}


def _layer(place: str, layer: Layer, output: Array, gradient: Array | None) -> dict[str, Any]:
    return {
        "place": place,
        "title": repr(layer),
        "kind": type(layer).__name__,
        "shape": list(output.shape),
        "output": packed(output),
        "gradient": _packed_or_none(gradient),
    }


def parse_index(text: str) -> Index:
    """(7,) for "7", (7, 3, 3) for "7,3,3".  Raises ApiError."""
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise ApiError(400, "bad_index", f"index={text!r} is no unit: give K or K,i,j in whole numbers from 0.")
    return tuple(map(int, parts))


def _unit(drawing: PreparedDrawing, place: str, index: Index) -> dict[str, Any]:
    """Always runs forward and backward, so that there is one way to the numbers."""
    model, label = drawing.entry.model, drawing.label
    back = trace_backward(model, drawing.batch, [label or 0], drawing.entry.loss)
    unit = explain_unit(back, place, index)
    layer = next(passed.layer for passed in back.layers if passed.place == place)
    last = place == back.layers[-1].place
    return _predicted(drawing, back.logits[:, 0]) | {
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
