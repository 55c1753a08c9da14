"""A model's prediction for a prepared picture, in the words of the API."""

from __future__ import annotations

from typing import Any

from numnist.evaluation.calibration import sure_threshold
from numnist.ink.prepare import Ink
from numnist.model import predict
from numnist.serve.state.models import ModelEntry


def threshold(entry: ModelEntry) -> float:
    """The probability above which the model is sure, as calibrated when it was made."""
    return sure_threshold(entry.model.about)


def model_id(entry: ModelEntry) -> dict[str, str]:
    """Which model predicts: {"name", "sha256"}."""
    return {"name": entry.name, "sha256": entry.sha256}


def prediction(entry: ModelEntry, ink: Ink) -> dict[str, Any]:
    """The model's prediction, as `predict.read` returns it, with all probabilities and whether the model is sure.

    label and probability are None if nothing is drawn; probabilities are in the order of the classes.
    """
    probabilities = predict.probabilities(entry.model, ink)
    result = predict.answer(entry.model, ink, probabilities)
    return result | {
        "blank": ink.blank,
        "sure": not ink.blank and result["probability"] > threshold(entry),
        "threshold": threshold(entry),
        "probabilities": probabilities,
    }
