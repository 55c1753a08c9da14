"""Axes for the values of a recipe's field: numbers, numbers over decades, or words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log10
from statistics import median
from typing import Any

from numnist.report.page.charts import decade_ticks, nice_ticks

DECADES = 30.0  # the ratio of the largest to the smallest number from which the axis may be logarithmic
MARGIN = 0.06  # of an axis, on both sides of what it shows


@dataclass(frozen=True)
class Axis:
    """Where values stand along an axis, 0..1.   ticks: (text, place)"""

    logarithmic: bool
    words: tuple[str, ...]
    low: float
    high: float
    ticks: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, values: Iterable[Any]) -> Axis:
        """The axis for these values: of numbers if all are, of words otherwise."""
        values = list(values)
        if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
            words = tuple(dict.fromkeys(map(word, values)))
            bare = cls(False, words, 0.0, 1.0, ())
            return cls(False, words, 0.0, 1.0, tuple((each, bare.place(each)) for each in words))
        low, high = min(values), max(values)
        crowded = median(values) < low + (high - low) / 4  # at the lower end of a plain axis
        logarithmic = low > 0 and high / low >= DECADES and crowded
        marks = (decade_ticks if logarithmic else nice_ticks)(low, high)
        scale = log10 if logarithmic else float
        bare = cls(logarithmic, (), scale(marks[0]), scale(marks[-1]), ())
        shown = marks if len(marks) <= 6 else marks[:: -(-len(marks) // 6)]
        return cls(logarithmic, (), bare.low, bare.high, tuple((word(mark), bare.place(mark)) for mark in shown))

    def place(self, value: Any) -> float:
        if self.words:
            return (self.words.index(word(value)) + 0.5) / len(self.words)
        number = log10(value) if self.logarithmic else float(value)
        share = (number - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return MARGIN + share * (1 - 2 * MARGIN)


def word(value: Any) -> str:
    """A value as its axis and the tables show it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)
