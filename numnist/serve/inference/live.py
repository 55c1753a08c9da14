"""The live prediction, with each step of preparation as a small picture and in words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.explain.words import Words, worded
from numnist.ink.center import INK_SHARE
from numnist.ink.pixels import resize
from numnist.ink.prepare import STEPS
from numnist.serve.http.arrays import packed
from numnist.serve.inference.drawing import PreparedDrawing

SIDE = 96  # pixels a side at most: the pictures are sent with every stroke
TITLES = {
    "ink": Words("step.ink", "Light ink on black"),
    "fit": Words("step.fit", "Fitted into the frame"),
    "center": Words("step.center", "Moved to the centre"),
}
GIVEN = {"title": Words("step.given", "Your picture"), "sentence": Words("step.given.as", "As it came.")}
OFF = {
    "ink": Words("step.ink.off", "Left out: whatever is light counts as ink, white paper too."),
    "fit": Words("step.fit.off", "Left out: the whole picture is scaled into {height}×{width}, empty paper too."),
    "center": Words("step.center.off", "Left out: it stays where the step before put it."),
}
PHOTO_OFF = {
    "ink": Words("step.ground.off", "Left out: the ground stays as it is."),
    "fit": Words("step.photo.off", "Left out: stretched to {height}×{width}, whatever its proportions."),
}
WAYS = (
    (Words("step.down", "{pixels} down"), Words("step.up", "{pixels} up")),
    (Words("step.right", "{pixels} right"), Words("step.left", "{pixels} left")),
)


def look(drawing: PreparedDrawing) -> dict[str, Any]:
    """The prediction, with the prepared picture and each step of its preparation; of several digits those of one."""
    result = drawing.predict()
    names = ("given", *STEPS[drawing.entry.model.preparation])
    result["preparation"] |= {"off": list(drawing.off), "steps": [_stage(drawing, name) for name in names]}
    return result | {"picture": packed(drawing.explained.picture), "digit": drawing.place or None}


def _stage(drawing: PreparedDrawing, name: str) -> dict[str, Any]:
    """The drawing as given, or after a step of its model's preparation."""
    given = name == "given"
    said = GIVEN if given else {"title": _title(drawing, name), "sentence": _sentence(drawing, name)}
    return {
        "name": name,
        **worded(**said),
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


def _title(drawing: PreparedDrawing, name: str) -> Words:
    model = drawing.entry.model
    if name != "ink" or model.preparation == "digits":
        return TITLES[name]
    if model.in_shape[0] == 3 and name not in drawing.off:
        return Words("step.colours", "Colours")
    return Words("step.ground", "On a black ground")


def _sentence(drawing: PreparedDrawing, name: str) -> Words | list[Words]:
    ink, (_, H, W) = drawing.explained, drawing.entry.model.in_shape
    digits = drawing.entry.model.preparation == "digits"
    if digits and ink.blank:
        return Words("step.nothing", "Nothing is drawn.")
    if name in drawing.off:
        return (OFF if digits else PHOTO_OFF)[name].put(height=H, width=W)
    if not digits:
        return _photo_sentence(drawing, name)
    if name == "ink":
        return _ink_sentences(drawing)
    if name == "fit":
        return _fit_sentence(drawing)
    return _moved(ink.shift)


def _ink_sentences(drawing: PreparedDrawing) -> list[Words]:
    dark = drawing.explained.polarity == "dark-on-light"
    said = [
        Words("step.inverted", "Dark on light: inverted, as MNIST is light on black.")
        if dark
        else Words("step.light", "Light on dark already, as MNIST is."),
        Words("step.paper", "The paper becomes 0."),
    ]
    count = len(drawing.characters)
    if count > 1:
        several = Words("step.several", "{count} digits are found; what follows is digit {digit}.", count=count)
        said.append(several.put(digit=drawing.place))
    return said


def _fit_sentence(drawing: PreparedDrawing) -> Words:
    ink, (_, H, W) = drawing.explained, drawing.entry.model.in_shape
    top, left, bottom, right = ink.box
    said = (
        Words(
            "step.fit.ink",
            "The ink's box of {rows}×{columns} pixels is scaled by {scale:.2g}, so that it just fits into {inner}.",
        )
        if len(drawing.characters) < 2
        else Words(
            "step.fit.digit",
            "The digit's box of {rows}×{columns} pixels is scaled by {scale:.2g}, so that it just fits into {inner}.",
        )
    )
    inner = Words("step.inner", "{rows}×{columns} of {height}×{width}", height=H, width=W)
    inner = inner.put(rows=round(H * INK_SHARE), columns=round(W * INK_SHARE))
    return said.put(rows=bottom - top, columns=right - left, scale=ink.scale, inner=inner)


def _photo_sentence(drawing: PreparedDrawing, name: str) -> Words:
    ink, (C, H, W) = drawing.ink, drawing.entry.model.in_shape
    if name == "fit":
        top, left, bottom, right = ink.box
        size = {"rows": bottom - top, "columns": right - left, "height": H, "width": W}
        said = Words("step.photo", "Its box of {rows}×{columns} pixels, scaled by {scale:.2g} into {height}×{width}.")
        return said.put(scale=ink.scale, **size)
    if C == 3:
        return Words("step.colours.stay", "They stay as they are.")
    if ink.polarity == "dark-on-light":
        return Words(
            "step.ground.inverted",
            "Darker than its ground: inverted, since the training pictures lie on black. The ground becomes 0.",
        )
    return Words("step.ground.light", "Lighter than its ground, as in the training pictures. The ground becomes 0.")


def _moved(shift: tuple[int, int]) -> Words:
    """(2, -1) -> Moved 2 pixels down and 1 pixel left, so that the centre of mass is in the middle."""
    parts = [way[n < 0].put(pixels=_pixels(abs(n))) for n, way in zip(shift, WAYS) if n]
    if not parts:
        return Words("step.still", "Not moved: it is there already, so that the centre of mass is in the middle.")
    return Words("step.moved", "Moved {ways:and}, so that the centre of mass is in the middle.", ways=parts)


def _pixels(count: int) -> Words:
    if count == 1:
        return Words("step.pixel", "1 pixel")
    return Words("step.pixels", "{count} pixels", count=count)
