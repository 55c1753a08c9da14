"""Hands: sixteen ways of writing each digit, as the paths of a pen.

Each line of a digit's file is a drawing: what is peculiar to it, the brush's width, and its strokes, all in thousandths
of the pad's side, x to the right and y down.  Each was put down stroke by stroke for itself: none is another one
bent, and none was mended because a network misclassifies it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

Point = tuple[float, float]
Stroke = tuple[Point, ...]

UNIT = 1000  # of the files, the pad's side


@dataclass(frozen=True)
class Hand:
    """One drawing: strokes as points (x, y) from 0 to 1 of the pad, width of the brush as a share of its side."""

    digit: int
    name: str
    width: float
    strokes: tuple[Stroke, ...]

    def __str__(self) -> str:
        return f"{self.digit}, {self.name}"

    def moved(self, right: float, down: float) -> Hand:
        """The same drawing elsewhere on the pad."""
        return self._mapped(lambda x, y: (x + right, y + down))

    def scaled(self, factor: float) -> Hand:
        """The same drawing larger or smaller around the pad's middle, with a brush to match."""
        larger = self._mapped(lambda x, y: (0.5 + factor * (x - 0.5), 0.5 + factor * (y - 0.5)))
        return replace(larger, width=factor * self.width)

    def _mapped(self, place: Callable[[float, float], Point]) -> Hand:
        return replace(self, strokes=tuple(tuple(place(x, y) for x, y in stroke) for stroke in self.strokes))


@cache
def hands() -> tuple[Hand, ...]:
    """All of them, digit by digit."""
    return tuple(
        Hand(
            digit,
            drawn["hand"],
            drawn["width"] / UNIT,
            tuple(tuple((x / UNIT, y / UNIT) for x, y in stroke) for stroke in drawn["strokes"]),
        )
        for digit in range(10)
        for drawn in json.loads((Path(__file__).parent / f"{digit}.json").read_text())
    )


def hand(digit: int, name: str) -> Hand:
    """One of them by its digit and name."""
    return next(one for one in hands() if (one.digit, one.name) == (digit, name))
