"""Which pixels the score of a class depends on: by the gradient, and by covering patches."""

from __future__ import annotations

from typing import Any

import numpy as np

from numnist.explain.words import Words, percent, worded
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
        **worded(sentence=_sentence(model.classes[label], found, float(drops[row, column]), patch)),
    }


def _sentence(label: str, found: Occlusion, drop: float, patch: dict[str, Any]) -> Words:
    height, width = found.size
    before = float(found.before[0])
    facts: dict[str, Any] = {"height": height, "width": width, "label": label}
    if abs(drop) < LITTLE:
        after = found.before[0] - found.drops[0]
        least, most = float(after.min()), float(after.max())
        stays = Words("covered.at", "at {share:%}", share=most)
        if percent(least) != percent(most):
            stays = Words("covered.between", "between {least:%} and {most:%}", least=least, most=most)
        return Words(
            "covered.stays",
            "Whichever patch of {height} × {width} pixels is covered, the probability of “{label}” stays {stays}.",
        ).put(stays=stays, **facts)
    change = (
        Words("covered.falls", "falls from {before:%} to {after:%}")
        if drop > 0
        else Words("covered.rises", "rises from {before:%} to {after:%}")
    )
    facts |= {"change": change.put(before=before, after=patch["probability"])}
    if patch["predicted"] == label:
        text = Words(
            "covered.changes",
            "With the framed {height} × {width} pixels covered the probability of “{label}” {change}.",
        )
        return text.put(**facts)
    return Words(
        "covered.other",
        "With the framed {height} × {width} pixels covered the probability of “{label}” {change}, and “{predicted}” is "
        "predicted ({share:%}).",
    ).put(predicted=patch["predicted"], share=patch["predicted_probability"], **facts)
