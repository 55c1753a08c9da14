"""Which pixels the score of a class depends on: by the gradient, and by covering patches."""

from __future__ import annotations

from typing import Any

import numpy as np

from numnist.interpret.attribution import saliency
from numnist.interpret.occlusion import Occlusion, occlusion
from numnist.model.model import Model
from numnist.serve.http.arrays import packed
from numnist.serve.http.errors import ApiError
from numnist.serve.inference.drawing import PreparedDrawing

DOT = 1.0  # pixels: the radius of the soft dot whose effect saliency shows
PARTS = 4  # a patch's side is a quarter of the picture's: large enough to take away a stroke's end
STEPS = 14  # and moves on by about a fourteenth: some 150 pictures, a few tenths of a second through `digits`
LITTLE = 0.01  # a change of the probability that is not worth a frame


def attribution(drawing: PreparedDrawing) -> dict[str, Any]:
    """The gradient of the label's score at each pixel, and its probability while each patch is covered.

    Raises ApiError without a label.
    """
    model, label = drawing.entry.model, drawing.label
    if label is None:
        message = "say of which class's score: label= one of the model's classes."
        raise ApiError(400, "no_label", message)
    picture = drawing.batch[0]
    slopes = saliency(model, drawing.batch, [label], blur=DOT)[0]
    side = min(picture.shape[1:])
    covered = occlusion(
        model, drawing.batch, [label], size=max(1, round(side / PARTS)), stride=max(1, side // STEPS), fill=0.0
    )
    return {
        "model": drawing.entry.id,
        "digit": None if drawing.ink.blank else drawing.place,
        "label": model.classes[label],
        "picture": packed(picture[0] if len(picture) == 1 else picture),
        "gradient": packed(slopes),
        "occlusion": _occlusion(model, picture, covered, label),
    }


def _occlusion(model: Model, picture: Any, found: Occlusion, label: int) -> dict[str, Any]:
    """The map of drops, and the patch that changes most."""
    drops = found.drops[0]
    row, column = np.unravel_index(np.abs(drops).argmax(), drops.shape)
    rows, columns = found.covered(int(row), int(column))
    worst = picture.copy()
    worst[:, rows, columns] = 0
    probs = model.predict_proba(worst[None], threads=1)[0]
    best = int(probs.argmax())
    patch = {
        "box": [rows.start, columns.start, rows.stop, columns.stop],
        "probability": float(probs[label]),
        "predicted": model.classes[best],
        "predicted_probability": float(probs[best]),
    }
    return {
        "drops": packed(found.pixels()[0]),
        "size": list(found.size),
        "before": float(found.before[0]),
        "largest": patch,
        "sentence": _sentence(model.classes[label], found, float(drops[row, column]), patch),
    }


def _sentence(label: str, found: Occlusion, drop: float, patch: dict[str, Any]) -> str:
    size = " × ".join(map(str, found.size))
    before = _percent(float(found.before[0]))
    if abs(drop) < LITTLE:
        after = found.before[0] - found.drops[0]
        ends = list(dict.fromkeys(_percent(float(each)) for each in (after.min(), after.max())))
        stays = f"at {ends[0]}" if len(ends) == 1 else f"between {ends[0]} and {ends[1]}"
        return f"Whichever patch of {size} pixels is covered, the probability of “{label}” stays {stays}."
    way = "falls" if drop > 0 else "rises"
    text = f"With the framed {size} pixels covered the probability of “{label}” {way} from {before} to "
    text += _percent(patch["probability"])
    if patch["predicted"] != label:
        text += f", and “{patch['predicted']}” is predicted ({_percent(patch['predicted_probability'])})"
    return f"{text}."


def _percent(probability: float) -> str:
    """Never quite 100% or 0%, as a network is never certain."""
    if probability > 0.9995:
        return ">99.9%"
    return "<0.1%" if probability < 0.0005 else f"{probability:.1%}"
