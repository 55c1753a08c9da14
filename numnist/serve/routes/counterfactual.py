"""Counterfactuals: what would have to change for the prediction to be another one."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.requests import Request

from numnist.interpret.attribution import Counterfactual, counterfactual
from numnist.serve.http.responses import ApiError, packed
from numnist.serve.routes.request import PreparedDrawing, with_drawing
from numnist.serve.state.context import AppContext

FRAMES = 12  # pictures on the way that are sent at most


async def change(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/towards?label=3: the drawing changed as little as possible until it is classified as that label."""
    return await with_drawing(context, request, _counterfactual, "label")


def _counterfactual(drawing: PreparedDrawing) -> dict[str, Any]:
    model, label = drawing.entry.model, drawing.label
    if label is None:
        message = "say towards which class to change the drawing: label= one of the model's classes."
        raise ApiError(400, "no_label", message)
    found = counterfactual(model, drawing.batch[0], label)
    chosen = np.unique(np.linspace(0, found.steps, FRAMES).round().astype(int))
    return {
        "model": drawing.entry.id,
        "reached": found.reached,
        "steps": found.steps,
        "sentence": _sentence(found, model.classes[label]),
        "frames": [
            {
                "picture": packed(frame.picture[0] if len(frame.picture) == 1 else frame.picture),
                "label": model.classes[frame.predicted],
                "probability": frame.probability,
            }
            for frame in (found.frames[k] for k in chosen)
        ],
        "change": packed(found.change.mean(axis=0)),
    }


def _sentence(found: Counterfactual, label: str) -> str:
    last = found.frames[-1]
    if found.reached and not found.steps:
        return f"It is classified as “{label}” already ({last.probability:.0%})."
    grown, gone = (float(np.maximum(sign * found.change, 0).sum()) for sign in (1, -1))
    ink = f"ink of {grown:.1f} full pixels added, {gone:.1f} taken away"
    steps = f"{found.steps} small step{'' if found.steps == 1 else 's'}"
    if found.reached:
        return f"After {steps} against the gradient it is classified as “{label}” ({last.probability:.0%}): {ink}."
    return f"After {steps} “{label}” is at {last.probability:.0%} only: this drawing is too far from it."
