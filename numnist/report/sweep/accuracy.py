"""The axis of accuracies: plain, or by the logarithm of the error where the good trials would crowd at its top."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10
from statistics import median_high

from numnist.report.page.charts import decade_ticks, nice_ticks

CROWDED = 0.2  # of the axis: the better half of the trials should have more
WORTH = 2  # how much more room they need to have by error, since a plain axis is easier to read
MOST = 11  # ticks of an axis by error: their labels just fit
APART = 0.12  # of an axis by error, for 100%
SPACED = "Accuracies are spaced by the logarithm of the error: 90% is as far from 99% as 99% from 99.9%."
INFINITE = " On this scale 100% is infinitely far, so it stands alone above the dashed line."


@dataclass(frozen=True)
class AccuracyAxis:
    """Where accuracies stand along an axis, 0..1, the best at 1.

    low, high: its ends, accuracies or logarithms of errors;  perfect: whether 100% stands apart, at 1, and the others
    share what is below `top`;  ticks: (text, place)
    """

    by_error: bool
    low: float
    high: float
    perfect: bool = False
    ticks: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(cls, values: Iterable[float]) -> AccuracyAxis:
        """The axis for these accuracies, by error if the better half of them needs it.   values: 0..1, at least one"""
        values = list(values)
        below = [value for value in values if _error(value) > 0]
        if not (below and _worth_it(below)):
            marks = _plain_ticks(min(values), max(values))
            bare = cls(False, marks[0], marks[-1])
            return cls(False, bare.low, bare.high, False, tuple((f"{100 * t:g}%", bare.place(t)) for t in marks))
        errors = decade_ticks(_error(max(below)), _error(min(below)), MOST)[::-1]
        bare = cls(True, log10(errors[0]), log10(errors[-1]), len(below) < len(values))
        ticks = [(_accuracy_text(error), bare._place_error(error)) for error in errors]
        return cls(True, bare.low, bare.high, bare.perfect, (*ticks, *([("100%", 1.0)] if bare.perfect else [])))

    @property
    def top(self) -> float:
        """Where the scale ends."""
        return 1 - APART if self.perfect else 1.0

    def place(self, accuracy: float) -> float:
        """Where an accuracy within the values of this axis stands."""
        if not self.by_error:
            return (accuracy - self.low) / (self.high - self.low)
        error = _error(accuracy)
        return self._place_error(error) if error > 0 else 1.0

    def _place_error(self, error: float) -> float:
        return self.top * (self.low - log10(error)) / (self.low - self.high)

    def note(self) -> str:
        """What a reader must know of the scale."""
        return SPACED + (INFINITE if self.perfect else "") if self.by_error else ""


def _worth_it(below: Sequence[float]) -> bool:
    """Whether the better half of these accuracies, all below 1, crowds on a plain axis and has room by error."""
    worst, middle, best = min(below), median_high(below), max(below)
    if worst == best:
        return False
    plain = (best - middle) / (best - worst)
    by_error = log10(_error(middle) / _error(best)) / log10(_error(worst) / _error(best))
    return plain < CROWDED and by_error > WORTH * plain


def _plain_ticks(low: float, high: float) -> list[float]:
    """Round accuracies; none is beyond 100% or below 0%, also where all trials are there."""
    if low == high:
        low, high = max(0.0, low - 0.02), min(1.0, high + 0.02)
    return nice_ticks(low, high)


def _error(accuracy: float) -> float:
    """What is missing to 1, without the last digits that the subtraction makes up: 1 - 0.99 is 0.01."""
    return round(1 - accuracy, 12)


def _accuracy_text(error: float) -> str:
    """100% without the error, in all its digits: 99.95%"""
    digits = max(0, -floor(log10(error)) - 2)
    return f"{100 - 100 * error:.{digits}f}%"
