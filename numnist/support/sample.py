"""What several runs come to: mean, standard deviation, and 95% intervals by Student's t (Student 1908)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan, cos, pi, sin, sqrt
from statistics import fmean, stdev
from typing import Any, Self

SHARE = 0.95  # of the intervals


@dataclass(frozen=True)
class Sample:
    """Of `count` values: their mean, and with two or more their standard deviation (of the sample).

    Both intervals take the values for independent and about normal.
    """

    count: int
    mean: float
    deviation: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """values: at least one"""
        return cls(len(values), fmean(values), stdev(values) if len(values) > 1 else None)

    @property
    def half(self) -> float | None:
        """Half of the interval in which the true mean lies, that of ever more values."""
        return None if self.deviation is None else t_quantile(self.count - 1) * self.deviation / sqrt(self.count)

    @property
    def half_of_one(self) -> float | None:
        """Half of the interval in which one more value will lie."""
        if self.deviation is None:
            return None
        return t_quantile(self.count - 1) * self.deviation * sqrt(1 + 1 / self.count)

    def to_dict(self) -> dict[str, Any]:
        """In JSON types; the intervals as [low, high], None for a single value."""
        both = {"interval_of_mean": self.half, "interval_of_one": self.half_of_one}
        intervals = {name: half and [self.mean - half, self.mean + half] for name, half in both.items()}
        return {"count": self.count, "mean": self.mean, "deviation": self.deviation} | intervals


def t_quantile(freedom: int, share: float = SHARE) -> float:
    """t such that `share` of Student's distribution lies within -t..t.   freedom: degrees of freedom, at least 1"""
    low, high = 0.0, 1.0
    while t_within(high, freedom) < share:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if t_within(middle, freedom) < share else (low, middle)
    return high


def t_within(t: float, freedom: int) -> float:
    """How much of Student's distribution lies within -t..t (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4)."""
    angle = atan(t / sqrt(freedom))
    term, total = (1.0, 0.0) if freedom % 2 == 0 else (cos(angle), 0.0)
    for k in range(freedom % 2, freedom - 1, 2):  # even: 1, 1/2 cos², 1·3/2·4 cos⁴ ...;  odd: cos, 2/3 cos³ ...
        total += term
        term *= (k + 1) / (k + 2) * cos(angle) ** 2
    if freedom % 2 == 0:
        return sin(angle) * total
    return 2 / pi * (angle + sin(angle) * total)
