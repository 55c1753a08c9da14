"""Every layer's output for a drawing, and the gradient of a loss there."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.requests import Request

from numnist.interpret.attribution import saliency
from numnist.interpret.trace import trace, trace_backward
from numnist.nn.activations import softmax
from numnist.nn.base import Array, Layer
from numnist.serve.http.responses import packed
from numnist.serve.routes.request import PreparedDrawing, requested_label, requested_model, with_drawing
from numnist.serve.state.context import AppContext

DOT = 1.0  # pixels: the radius of the soft dot whose effect saliency shows


async def inside(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/inside: each layer's output; with ?backward=LABEL also the gradient of that label's loss there."""
    label = requested_label(requested_model(context, request), request, "backward")
    return await with_drawing(context, request, lambda drawing: _inside(drawing, label))


def _inside(drawing: PreparedDrawing, label: int | None) -> dict[str, Any]:
    model, batch = drawing.entry.model, drawing.batch
    loss, saliency_map = None, None
    if label is None:
        traced = trace(model, batch)
        layers = [_layer(step.place, step.layer, step.output[0], None) for step in traced]
        logits = traced[-1].output[0]
    else:
        back = trace_backward(model, batch, [label], drawing.entry.loss)
        layers = [_layer(step.place, step.layer, step.y[..., 0], step.dy[..., 0]) for step in back.layers]
        logits, loss = back.logits[:, 0], back.loss
        saliency_map = packed(saliency(model, batch, [label], blur=DOT)[0])
    return {
        "model": drawing.entry.id,
        **predicted(drawing, logits),
        "backward": None if label is None else model.classes[label],
        "loss": loss,
        "layers": layers,
        "input": packed(model.normalization.apply(batch, model.dtype)[..., 0]),
        "saliency": saliency_map,
    }


def predicted(drawing: PreparedDrawing, logits: Array) -> dict[str, Any]:
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
        "gradient": None if gradient is None else packed(gradient),
    }
