"""The preparation steps from a drawing to the network's input, each as a small picture and in words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.ink.center import INK_SHARE
from numnist.ink.prepare import STEPS
from numnist.ink.resize import resize
from numnist.serve.http.responses import packed
from numnist.serve.routes.request import PreparedDrawing

SIDE = 96  # pixels a side at most: the pictures are sent with every stroke


def stages(drawing: PreparedDrawing) -> list[dict[str, Any]]:
    """The drawing as given and after each step of its model's preparation, in plain JSON types."""
    steps = [_stage(drawing, "given", ("Your picture", "As it came."), on=True, switch=False)]
    for name in STEPS[drawing.entry.model.preparation]:
        on = name not in drawing.off
        words = _words(drawing, name) if on or drawing.ink.blank else _left_out(drawing, name)
        steps.append(_stage(drawing, name, words, on, switch=True))
    return steps


def _stage(drawing: PreparedDrawing, name: str, words: tuple[str, str], on: bool, switch: bool) -> dict[str, Any]:
    title, sentence = words
    picture = packed(shown(drawing.ink.stages[name]))
    return {"name": name, "title": title, "sentence": sentence, "switch": switch, "on": on, "picture": picture}


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


def _words(drawing: PreparedDrawing, name: str) -> tuple[str, str]:
    """Title and sentence of a step that is on."""
    ink, (_, H, W) = drawing.ink, drawing.entry.model.in_shape
    if drawing.entry.model.preparation != "digits":
        return _photo_words(drawing, name)
    if ink.blank:
        titles = {"ink": "Light ink on black", "fit": "Fitted into the frame", "center": "Moved to the centre"}
        return titles[name], "Nothing is drawn."
    top, left, bottom, right = ink.box
    if name == "ink":
        dark = "Dark on light: inverted, as MNIST is light on black."
        light = "Light on dark already, as MNIST is."
        return "Light ink on black", f"{dark if ink.polarity == 'dark-on-light' else light} The paper becomes 0."
    if name == "fit":
        size = f"{bottom - top}×{right - left} pixels"
        return "Fitted into the frame", (
            f"The ink's box of {size} is scaled by {ink.scale:.2g}, so that it just fits into "
            f"{round(H * INK_SHARE)}×{round(W * INK_SHARE)} of {H}×{W}."
        )
    return "Moved to the centre", f"{_moved(ink.shift)}, so that the centre of mass is in the middle."


def _photo_words(drawing: PreparedDrawing, name: str) -> tuple[str, str]:
    ink, (C, H, W) = drawing.ink, drawing.entry.model.in_shape
    if name == "fit":
        return "Fitted into the frame", f"Scaled by {ink.scale:.2g} into {H}×{W}, its proportions kept."
    if C == 3:
        return "Colours", "They stay as they are."
    inverted = "The border is light: inverted, since the training pictures lie on black."
    dark = "The border is dark already, as in the training pictures."
    return "On a black ground", inverted if ink.polarity == "dark-on-light" else dark


def _left_out(drawing: PreparedDrawing, name: str) -> tuple[str, str]:
    """Title and sentence of a step that is off."""
    _, H, W = drawing.entry.model.in_shape
    if drawing.entry.model.preparation != "digits":
        return {
            "ink": ("On a black ground", "Left out: the ground stays as it is."),
            "fit": ("Fitted into the frame", f"Left out: stretched to {H}×{W}, whatever its proportions."),
        }[name]
    return {
        "ink": ("Light ink on black", "Left out: whatever is light counts as ink, white paper too."),
        "fit": ("Fitted into the frame", f"Left out: the whole picture is scaled into {H}×{W}, empty paper too."),
        "center": ("Moved to the centre", "Left out: it stays where the step before put it."),
    }[name]


def _moved(shift: tuple[int, int]) -> str:
    """(2, -1) -> Moved 2 pixels down and 1 pixel left"""
    parts = [
        f"{abs(n)} pixel{'s' if abs(n) > 1 else ''} {way[n < 0]}"
        for n, way in zip(shift, (("down", "up"), ("right", "left")))
        if n
    ]
    return f"Moved {' and '.join(parts)}" if parts else "Not moved: it is there already"
