"""Axes for the values of a recipe's field: numbers, numbers over decades, or words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite, log10
from typing import Any

from numnist.report.page.charts import decade_ticks, nice_ticks
from numnist.support.format import value_text

MOST = 6  # labels along an axis
ENDS = 19  # ticks of a logarithmic axis, six decades: while there are no more, it ends at 2 or 5 times a power too
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
    def of(cls, values: Iterable[Any], logarithmic: bool = False) -> Axis:
        """The axis for these values: of numbers if all are and have a place on it, of words otherwise."""
        values = list(values)
        if not all(_has_place(value, logarithmic) for value in values):
            words = tuple(dict.fromkeys(map(value_text, values)))
            bare = cls(False, words, 0.0, 1.0, ())
            return cls(False, words, 0.0, 1.0, tuple((each, bare.place(each)) for each in words))
        low, high = min(values), max(values)
        marks = decade_ticks(low, high, ENDS) if logarithmic else nice_ticks(low, high)
        scale = log10 if logarithmic else float
        bare = cls(logarithmic, (), scale(marks[0]), scale(marks[-1]), ())
        shown = marks
        if logarithmic and len(marks) > MOST:
            shown = [mark for mark in marks if round(log10(mark), 9).is_integer()]
        shown = shown[:: -(-len(shown) // MOST)]
        return cls(logarithmic, (), bare.low, bare.high, tuple((value_text(mark), bare.place(mark)) for mark in shown))

    def place(self, value: Any) -> float:
        if self.words:
            return (self.words.index(value_text(value)) + 0.5) / len(self.words)
        number = log10(value) if self.logarithmic else float(value)
        share = (number - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return MARGIN + share * (1 - 2 * MARGIN)


def _has_place(value: Any, logarithmic: bool) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and isfinite(value) and (value > 0 or not logarithmic)
