"""Classify a picture of any size and kind: preparation, then prediction, in plain JSON types."""

from __future__ import annotations

from typing import Any

from numnist.ink.prepare import Ink, prepare
from numnist.model.model import Model
from numnist.nn.base import Array

TOP = 3  # classes to report


def classify(model: Model, picture: Array) -> dict[str, Any]:
    """Prepare a picture as the model's training pictures were prepared, and classify it.

    picture: (H, W), (H, W, 3) or (H, W, 4) of any size, uint8 or float 0..1, dark on light or light on dark.
    Returns label and probability (None where nothing is drawn), the `top` classes, and the steps of preparation.
    Raises UsageError for what is not a picture.
    """
    ink = prepare(picture, model.preparation, model.in_shape)
    return prediction(model, ink, class_probabilities(model, ink))


def class_probabilities(model: Model, ink: Ink) -> list[dict[str, Any]]:
    """{"label", "probability"} of each class for a prepared picture, in class order; empty where nothing is drawn."""
    if ink.blank:
        return []
    probs = model.predict_proba(ink.picture.reshape(1, *model.in_shape), threads=1)[0]
    return [{"label": label, "probability": float(p)} for label, p in zip(model.classes, probs)]


def prediction(model: Model, ink: Ink, probabilities: list[dict[str, Any]]) -> dict[str, Any]:
    """What `classify` returns, for a picture that is prepared and classified already."""
    top = sorted(probabilities, key=lambda each: -each["probability"])[:TOP]  # stable: of equals the first
    first = top[0] if top else {"label": None, "probability": None}
    return first | {"top": top, "preparation": {"kind": model.preparation} | ink.to_dict()}
