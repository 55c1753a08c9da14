"""Calibration: whether a model is right as often as it says (Guo et al. 2017, arxiv.org/abs/1706.04599)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 15  # as in the paper

STEPS = 10  # of confidence that `sure_above` walks down: as fine as a few mistakes allow, and easy to say
SURE = 0.9  # the share of a step's answers that must be right
ENOUGH = 10  # answers that a step must have to count: fewer say nothing, so they go into the next step
UNKNOWN = 0.5  # where no validation pictures tell: from there on all other classes together are less probable


@dataclass(frozen=True)
class Bin:
    """The answers whose confidence lies in (low, high]; the means are None where there are none."""

    low: float
    high: float
    count: int
    confidence: float | None  # on average
    accuracy: float | None


@dataclass(frozen=True)
class Calibration:
    """All bins, from confidence 0 to 1."""

    bins: tuple[Bin, ...]

    @classmethod
    def of(cls, confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = BINS) -> Calibration:
        """Bins of equal width.   confidence: (N,) probabilities of the answers;  right: (N,)"""
        place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
        counts = np.bincount(place, minlength=bins)
        sums = np.bincount(place, confidence, bins), np.bincount(place, right, bins)
        return cls(
            tuple(
                Bin(k / bins, (k + 1) / bins, int(n), *(float(s[k] / n) if n else None for s in sums))
                for k, n in enumerate(counts)
            )
        )

    @property
    def count(self) -> int:
        return sum(b.count for b in self.bins)

    @property
    def error(self) -> float:
        """Expected calibration error: the mean over answers of |accuracy - confidence| of their bin."""
        return sum(b.count * abs(gap) for b in self.bins if (gap := self.gap(b)) is not None) / self.count

    @property
    def bias(self) -> float:
        """Mean confidence minus accuracy: above 0 the model is too sure of itself."""
        return -sum(b.count * gap for b in self.bins if (gap := self.gap(b)) is not None) / self.count

    @staticmethod
    def gap(bin: Bin) -> float | None:
        """Accuracy minus mean confidence."""
        return None if bin.accuracy is None or bin.confidence is None else bin.accuracy - bin.confidence


def sure_above(probs: NDArray[np.floating[Any]], labels: NDArray[np.int64]) -> float:
    """The confidence above which an answer is sure: that down to which, tenth by tenth, 9 in 10 answers are right.

    probs: (N, classes) what a model says of validation pictures;  labels: (N,).  Answers 1.0, above which there is
    nothing, where not even the surest answers are right so often, or too few are known.
    """
    confidence, right = probs.max(axis=1).astype(np.float64), probs.argmax(axis=1) == labels
    threshold, count, good = 1.0, 0, 0
    for step in reversed(Calibration.of(confidence, right, STEPS).bins):
        count, good = count + step.count, good + round(step.count * (step.accuracy or 0.0))
        if count < ENOUGH:
            continue
        if good / count < SURE:
            break
        threshold, count, good = step.low, 0, 0
    return threshold


def sure_threshold(about: Mapping[str, Any]) -> float:
    """What a model says of itself in `about["sure"]`, see `sure_above`; 0.5 where it says nothing that makes sense."""
    said = about.get("sure")
    if isinstance(said, bool) or not isinstance(said, (int, float)) or not 0 <= said <= 1:
        return UNKNOWN
    return float(said)
