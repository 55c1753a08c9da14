"""Preparing a number: each of its characters as a network expects one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.ink.center import center_in_frame
from numnist.ink.characters.cut import cut
from numnist.ink.characters.separate import separate
from numnist.ink.ground import extent, grown
from numnist.ink.pixels import Floats
from numnist.ink.prepare import Ink, prepare

WIDE = 1.75  # times as wide as high: no digit is
RIM = 100  # of the ink's longer side one part is added to a pixel of soft rim around what is inked


def prepare_characters(
    picture: NDArray[Any],
    preparation: str,
    shape: tuple[int, int, int],
    without: Collection[str] = (),
    keep_stages: bool = True,
) -> Ink:
    """As `prepare`; and where the ink is of several characters, or may be, these too: `characters` and `halves`.

    Only handwriting is separated, so only by the preparation "digits", and only where ink is told from paper and
    fitted into the frame: not without "ink" or "fit".
    keep_stages: whether to keep the pictures on the way, which are large.
    Raises UsageError as `prepare` does.
    """
    whole = prepare(picture, preparation, shape, without)
    stages = whole.stages
    if not keep_stages:
        whole = replace(whole, stages={})
    if preparation != "digits" or whole.blank or not {"ink", "fit"}.isdisjoint(without):
        return whole
    strength: Floats = stages["ink"]  # (h, w)
    page = _Page(whole, -(-np.shape(picture)[0] // len(strength)), np.shape(picture)[:2], "center" in without)
    rows, columns = (extent(np.flatnonzero(strength.any(axis=axis))) for axis in (1, 0))
    ink = strength[rows, columns]
    found = separate(ink)
    if found.count < 2:
        return page.with_halves(whole, ink, (rows.start, columns.start), found.pen)
    near = 1 + max(ink.shape) // RIM
    characters = []
    for place in range(1, found.count + 1):
        mine = found.labels == place
        box = tuple(extent(np.flatnonzero(mine.any(axis=axis))) for axis in (1, 0))
        box = tuple(slice(max(0, each.start - near), each.stop + near) for each in box)
        others = (found.labels[box] != place) & (found.labels[box] != 0)
        alone = ink[box] * (grown(mine[box], near) & ~grown(others) | mine[box])
        corner = (rows.start + box[0].start, columns.start + box[1].start)
        characters.append(page.with_halves(page.character(alone, corner), alone, corner, found.pen))
    return replace(whole, characters=tuple(characters), clear=found.clear)


@dataclass(frozen=True, eq=False)
class _Page:
    """The picture that characters are on.

    stride: picture pixels for each of the ink;  shape: of the picture;  off: whether the step "center" is left out.
    """

    whole: Ink
    stride: int
    shape: tuple[int, ...]
    off: bool

    def character(self, ink: Floats, corner: tuple[int, int]) -> Ink:
        """A character alone.   ink: (h, w);  corner: where its upper left corner is in the whole's ink"""
        H, W = self.whole.picture.shape
        placed = center_in_frame(ink[None], (H, W))
        centered, shift = placed.pictures[0], placed.shifts[0]
        middle = np.roll(centered, -shift, axis=(0, 1))  # only empty lines wrap around
        result = middle if self.off else centered
        box = np.minimum((placed.boxes[0] + (*corner, *corner)) * self.stride, (*self.shape, *self.shape))
        top, left, bottom, right = box.tolist()
        return Ink(
            result,
            self.whole.polarity,
            (top, left, bottom, right),
            float(placed.scales[0]) / self.stride,
            (0, 0) if self.off else (int(shift[0]), int(shift[1])),
            blank=False,
            stages=self.whole.stages | {"fit": middle, "center": result} if self.whole.stages else {},
        )

    def with_halves(self, character: Ink, ink: Floats, corner: tuple[int, int], pen: float) -> Ink:
        """With its halves, if it may be two characters that touch; not clear if it is too wide for one."""
        top, left, bottom, right = character.box
        rows, columns = (slice(a // self.stride - c, -(-b // self.stride) - c)
                         for a, b, c in ((top, bottom, corner[0]), (left, right, corner[1])))  # fmt: skip
        start = (corner[0] + rows.start, corner[1] + columns.start)
        halves = partial(self._halves, ink[rows, columns], start, pen)
        return replace(character, clear=right - left <= WIDE * (bottom - top), halves=halves)

    def _halves(self, ink: Floats, corner: tuple[int, int], pen: float) -> tuple[Ink, ...]:
        return tuple(self.character(half, corner) for half in cut(ink, pen) or ())
