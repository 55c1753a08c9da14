"""Every layer's output for a drawing, and the gradient of a loss there."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.interpret.attribution import saliency
from numnist.interpret.trace import trace, trace_back
from numnist.nn.activations import softmax
from numnist.nn.base import Array, Layer
from numnist.serve.http.responses import json_response, packed
from numnist.serve.routes.predictions import model_id
from numnist.serve.routes.request import PreparedDrawing, requested_label, requested_model, training_loss, with_drawing
from numnist.serve.state.context import AppContext

DOT = 1.0  # pixels: the radius of the soft dot whose effect saliency shows


def routes(context: AppContext) -> list[Route]:
    """POST /api/inside: each layer's output; with ?backward=LABEL also the gradient of that label's loss there."""

    async def inside(request: Request) -> Response:
        label = requested_label(requested_model(context, request), request, "backward")
        return json_response(await with_drawing(context, request, lambda drawing: _inside(drawing, label)))

    return [Route("/api/inside", inside, methods=["POST"])]


def _inside(drawing: PreparedDrawing, label: int | None) -> dict[str, Any]:
    model, batch = drawing.entry.model, drawing.batch
    loss, map_ = None, None
    if label is None:
        traced = trace(model, batch)
        outputs = [_layer(step.place, step.layer, step.output[0], None) for step in traced]
        logits = traced[-1].output[0]
    else:
        back = trace_back(model, batch, [label], training_loss(drawing.entry))
        outputs = [_layer(step.place, step.layer, step.y[..., 0], step.dy[..., 0]) for step in back.layers]
        logits, loss = back.logits[:, 0], back.loss
        map_ = packed(saliency(model, batch, [label], blur=DOT)[0])
    return {
        "model": model_id(drawing.entry),
        **predicted(drawing, logits),
        "backward": None if label is None else model.classes[label],
        "loss": loss,
        "layers": outputs,
        "input": packed(model.normalization.apply(batch, model.dtype)[..., 0]),
        "saliency": map_,
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
