"""Answers: what a model says of a prepared picture, in the words of the API."""

from __future__ import annotations

from typing import Any

from numnist.evaluation.calibration import sure_threshold
from numnist.ink.prepare import Ink
from numnist.model import predict as reading
from numnist.serve.state.models import Held


def threshold(held: Held) -> float:
    """Above which probability the model is sure, as calibrated when it was made."""
    return sure_threshold(held.model.about)


def named(held: Held) -> dict[str, str]:
    """Which model answers: {"name", "sha256"}."""
    return {"name": held.name, "sha256": held.sha256}


def answer_of(held: Held, ink: Ink) -> dict[str, Any]:
    """The model's answer to a prepared picture, as `reading.read` gives it, and what the page shows besides.

    label and probability are None where nothing is drawn; probabilities stand in the order of the classes.
    """
    probabilities = reading.probabilities(held.model, ink)
    said = reading.answer(held.model, ink, probabilities)
    return said | {
        "blank": ink.blank,
        "sure": not ink.blank and said["probability"] > threshold(held),
        "threshold": threshold(held),
        "probabilities": probabilities,
    }
