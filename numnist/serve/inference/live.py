"""The live prediction, with each step of preparation as a small picture and in words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.ink.center import INK_SHARE
from numnist.ink.pixels import resize
from numnist.ink.prepare import STEPS
from numnist.serve.http.arrays import packed
from numnist.serve.inference.drawing import PreparedDrawing

SIDE = 96  # pixels a side at most: the pictures are sent with every stroke
TITLES = {"ink": "Light ink on black", "fit": "Fitted into the frame", "center": "Moved to the centre"}
OFF = {
    "ink": "Left out: whatever is light counts as ink, white paper too.",
    "fit": "Left out: the whole picture is scaled into {H}×{W}, empty paper too.",
    "center": "Left out: it stays where the step before put it.",
}
PHOTO_OFF = {
    "ink": "Left out: the ground stays as it is.",
    "fit": "Left out: stretched to {H}×{W}, whatever its proportions.",
}


def look(drawing: PreparedDrawing) -> dict[str, Any]:
    """The prediction, with the prepared picture and each step of its preparation; of several digits those of one."""
    result = drawing.predict()
    names = ("given", *STEPS[drawing.entry.model.preparation])
    result["preparation"] |= {"off": list(drawing.off), "steps": [_stage(drawing, name) for name in names]}
    return result | {"picture": packed(drawing.explained.picture), "digit": drawing.place or None}


def _stage(drawing: PreparedDrawing, name: str) -> dict[str, Any]:
    """The drawing as given, or after a step of its model's preparation."""
    given = name == "given"
    return {
        "name": name,
        "title": "Your picture" if given else _title(drawing, name),
        "sentence": "As it came." if given else _sentence(drawing, name),
        "switch": not given,
        "on": name not in drawing.off,
        "picture": packed(shown(drawing.explained.stages[name])),
    }


def shown(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """A picture scaled to at most SIDE pixels a side: (h, w) or (3, h, w), uint8."""
    picture = picture[0] if picture.ndim == 3 and len(picture) == 1 else picture
    if picture.dtype == np.uint8:
        return picture
    h, w = picture.shape[-2:]
    scale = min(1.0, SIDE / max(h, w))
    if scale < 1:
        picture = resize(picture, max(1, round(h * scale)), max(1, round(w * scale)))
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _title(drawing: PreparedDrawing, name: str) -> str:
    model = drawing.entry.model
    if name != "ink" or model.preparation == "digits":
        return TITLES[name]
    return "Colours" if model.in_shape[0] == 3 and name not in drawing.off else "On a black ground"


def _sentence(drawing: PreparedDrawing, name: str) -> str:
    ink, (_, H, W) = drawing.explained, drawing.entry.model.in_shape
    digits = drawing.entry.model.preparation == "digits"
    if digits and ink.blank:
        return "Nothing is drawn."
    if name in drawing.off:
        return (OFF if digits else PHOTO_OFF)[name].format(H=H, W=W)
    if not digits:
        return _photo_sentence(drawing, name)
    if name == "ink":
        dark = "Dark on light: inverted, as MNIST is light on black."
        light = "Light on dark already, as MNIST is."
        count = len(drawing.characters)
        several = f" {count} digits are found; what follows is digit {drawing.place}." if count > 1 else ""
        return f"{dark if ink.polarity == 'dark-on-light' else light} The paper becomes 0.{several}"
    if name == "fit":
        top, left, bottom, right = ink.box
        inner = f"{round(H * INK_SHARE)}×{round(W * INK_SHARE)} of {H}×{W}"
        scaled = f"{bottom - top}×{right - left} pixels is scaled by {ink.scale:.2g}"
        of = "ink" if len(drawing.characters) < 2 else "digit"
        return f"The {of}'s box of {scaled}, so that it just fits into {inner}."
    return f"{_moved(ink.shift)}, so that the centre of mass is in the middle."


def _photo_sentence(drawing: PreparedDrawing, name: str) -> str:
    ink, (C, H, W) = drawing.ink, drawing.entry.model.in_shape
    if name == "fit":
        top, left, bottom, right = ink.box
        return f"Its box of {bottom - top}×{right - left} pixels, scaled by {ink.scale:.2g} into {H}×{W}."
    if C == 3:
        return "They stay as they are."
    if ink.polarity == "dark-on-light":
        return "Darker than its ground: inverted, since the training pictures lie on black. The ground becomes 0."
    return "Lighter than its ground, as in the training pictures. The ground becomes 0."


def _moved(shift: tuple[int, int]) -> str:
    """(2, -1) -> Moved 2 pixels down and 1 pixel left"""
    ways = zip(shift, (("down", "up"), ("right", "left")))
    parts = [f"{abs(n)} pixel{'s' if abs(n) > 1 else ''} {way[n < 0]}" for n, way in ways if n]
    return f"Moved {' and '.join(parts)}" if parts else "Not moved: it is there already"
