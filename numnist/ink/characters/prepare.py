"""Preparing a number: each of its digits as a network expects one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.ink.center import center_in_frame
from numnist.ink.characters.separate import separate
from numnist.ink.ground import extent, grown
from numnist.ink.pixels import Floats
from numnist.ink.prepare import Ink, prepare

RIM = 100  # of the picture's longer side: one part is added to 2 pixels of soft rim around what is inked


def prepare_characters(
    picture: NDArray[Any], preparation: str, shape: tuple[int, int, int], without: Collection[str] = ()
) -> Ink:
    """As `prepare`, and where the ink is of several characters each of them too, in `Ink.characters`.

    Only handwriting is separated, so only by the preparation "digits", and only where ink is told from paper and
    fitted into the frame: not without "ink" or "fit".
    Raises UsageError as `prepare` does.
    """
    whole = prepare(picture, preparation, shape, without)
    if preparation != "digits" or whole.blank or not {"ink", "fit"}.isdisjoint(without):
        return whole
    strength: Floats = whole.stages["ink"]  # (h, w)
    stride = -(-np.shape(picture)[0] // len(strength))
    found = separate(strength)
    if found.count < 2:
        return replace(whole, clear=found.clear)
    near = 2 + max(strength.shape) // RIM
    characters = []
    for place in range(1, found.count + 1):
        mine = found.labels == place
        rows, columns = (extent(np.flatnonzero(mine.any(axis=axis))) for axis in (1, 0))
        rows, columns = (slice(max(0, each.start - near - 1), each.stop + near + 1) for each in (rows, columns))
        others = (found.labels[rows, columns] != place) & (found.labels[rows, columns] != 0)
        alone = strength[rows, columns] * (grown(mine[rows, columns], near) & ~others)
        characters.append(_character(whole, alone, (rows.start, columns.start), stride, np.shape(picture), without))
    return replace(whole, characters=tuple(characters), clear=found.clear)


def _character(
    whole: Ink, ink: Floats, corner: tuple[int, int], stride: int, size: tuple[int, ...], without: Collection[str]
) -> Ink:
    """One character of the whole.   ink: (h, w) of it alone, whose upper left corner is there in the whole's ink"""
    placed = center_in_frame(ink[None], whole.picture.shape)  # type: ignore[arg-type]
    down, right = placed.shifts[0].tolist()
    centered = placed.pictures[0]
    middle = np.roll(centered, (-down, -right), axis=(0, 1))  # only empty lines wrap around
    stages = {"given": whole.stages["given"], "ink": whole.stages["ink"], "fit": middle, "center": centered}
    box = (placed.boxes[0] + (*corner, *corner)) * stride
    top, left, bottom, right_ = np.minimum(box, (*size[:2], *size[:2])).tolist()
    off = "center" in without
    return Ink(
        middle if off else centered,
        whole.polarity,
        (top, left, bottom, right_),
        float(placed.scales[0]) / stride,
        (0, 0) if off else (down, right),
        blank=False,
        stages=stages | ({"center": middle} if off else {}),
    )
