"""Rows as a model's inputs: features without their outliers, or pictures."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.support.errors import UsageError

FAR = 10  # interquartile ranges from the median: what is further away counts as if it were there


@dataclass(frozen=True, eq=False)
class Limits:
    """How rows become a model's inputs, as the training data say.

    shape: of an input, (C, H, W);  unit: what pixels are divided by;  low, high: (F,) the range of each feature.
    """

    shape: tuple[int, int, int]
    unit: float
    low: NDArray[Any]
    high: NDArray[Any]

    @classmethod
    def of(cls, X: NDArray[Any], shape: tuple[int, ...] | None) -> Limits:
        """shape: of pictures, (H, W) or (C, H, W);  None for features"""
        features = X.shape[1]
        if shape is None:
            low, middle, high = np.percentile(X, [25, 50, 75], axis=0)
            reach = np.where(high > low, FAR * (high - low), np.inf)  # half of them are alike: others are no outliers
            return cls((features, 1, 1), 1.0, middle - reach, middle + reach)
        if len(shape) not in (2, 3) or prod(shape) != features:
            raise UsageError(f"shape is {shape!r}, but must be (H, W) or (C, H, W) of X's {features:,} columns.")
        C, H, W = (1, *shape) if len(shape) == 2 else shape
        unit = 255.0 if X.max() > 1 else 1.0
        return cls((C, H, W), unit, np.zeros(features), np.full(features, unit))

    def apply(self, X: NDArray[Any]) -> NDArray[Any]:
        """X: (N, F) -> (N, C, H, W).  Raises UsageError for pixels outside their range."""
        if self.shape[1:] != (1, 1) and len(X) and not 0 <= X.min() <= X.max() <= self.unit:
            raise UsageError(f"pixels run from {X.min():g} to {X.max():g}, but 0 to {self.unit:g} are expected.")
        return (np.clip(X, self.low, self.high) / self.unit).reshape(-1, *self.shape)
