"""Calibration: whether a model is right as often as it says (Guo et al. 2017, arxiv.org/abs/1706.04599)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 15  # as in the paper


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
