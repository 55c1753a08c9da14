"""Metrics: how well a model reads, and how sure of that one may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Split
from numnist.model.model import Model
from numnist.nn.losses import CROSS_ENTROPY, Loss
from numnist.support.errors import DataError


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a model made of a split.

    accuracy: 0..1;  confidence_interval: its 95% interval;  per_class: each class's share read right (recall), None
    where the split has none of it;  confusion: (classes, classes) counts, rows truth, columns answers.
    """

    loss: float
    accuracy: float
    errors: int
    count: int
    confidence_interval: tuple[float, float]
    per_class: dict[str, float | None]
    confusion: NDArray[np.int64]
    logits: NDArray[Any] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {
            "accuracy": self.accuracy,
            "errors": self.errors,
            "count": self.count,
            "confidence_interval": list(self.confidence_interval),
            "per_class": self.per_class,
            "confusion": self.confusion.tolist(),
        }

    def __str__(self) -> str:
        low, high = self.confidence_interval
        return (
            f"{100 * self.accuracy:.2f}% right (95% confidence {100 * low:.2f} to {100 * high:.2f}%), "
            f"{self.errors:,} errors in {self.count:,}"
        )


def evaluate(model: Model, split: Split, *, loss: Loss = CROSS_ENTROPY, threads: int | None = None) -> Evaluation:
    """Judge a model on a split, e.g. evaluate(model, data.test).  Raises DataError for an empty split."""
    if not len(split):
        raise DataError("there is nothing to judge: this split is empty.")
    logits = model.logits(split.x, threads)  # (N, classes)
    value, _ = loss(logits.T, split.labels)
    matrix = confusion(split.labels, logits.argmax(axis=1), len(model.classes))
    right, counts = np.diag(matrix), matrix.sum(axis=1)
    correct = int(right.sum())
    return Evaluation(
        loss=value,
        accuracy=correct / len(split),
        errors=len(split) - correct,
        count=len(split),
        confidence_interval=wilson(correct, len(split)),
        per_class={
            name: int(r) / int(n) if n else None for name, r, n in zip(model.classes, right, counts, strict=True)
        },
        confusion=matrix,
        logits=logits,
    )


def confusion(labels: NDArray[np.int64], answers: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """How often each class (row) was taken for each (column): (classes, classes)."""
    return np.bincount(labels * classes + answers, minlength=classes * classes).reshape(classes, classes)


def wilson(correct: int, count: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """95% confidence interval of a share (Wilson 1927): right also near 0 and 1, where the usual ± is not."""
    share, spread = correct / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = sqrt(share * (1 - share) * spread + spread * spread / 4) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
