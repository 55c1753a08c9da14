"""Judged: what a model made of every picture of a split, and what follows from it: confusion, classes, mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Split
from numnist.evaluation.metrics import confusion, wilson

Indices = NDArray[np.int64]  # of pictures in the split


@dataclass(frozen=True)
class ClassResult:
    """How one class fared.  Shares are None where there is nothing to divide by.

    precision: of the answers that name it, the share that is right;  recall: of its pictures, the share read right;
    f1: their harmonic mean;  taken_for: other classes that its pictures were taken for, most often first, with counts.
    """

    name: str
    count: int
    precision: float | None
    recall: float | None
    f1: float | None
    taken_for: tuple[tuple[str, int], ...]


@dataclass(frozen=True, eq=False)
class Judged:
    """A split and the probabilities that a model gave.   probs: (N, classes)"""

    split: Split
    probs: NDArray[Any]
    classes: tuple[str, ...]

    @cached_property
    def answers(self) -> Indices:
        return self.probs.argmax(axis=1)

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """The probability that the model gave to its own answer: (N,)"""
        return self.probs.max(axis=1).astype(np.float64)

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        return self.answers == self.split.labels

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """(classes, classes) counts, rows truth, columns answers."""
        return confusion(self.split.labels, self.answers, len(self.classes))

    @property
    def count(self) -> int:
        return len(self.split)

    @property
    def errors(self) -> int:
        return self.count - int(self.right.sum())

    @property
    def accuracy(self) -> float:
        return 1 - self.errors / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """The accuracy's 95% confidence interval."""
        return wilson(self.count - self.errors, self.count)

    @cached_property
    def surest_first(self) -> Indices:
        """All pictures, those first of whose answer the model was surest."""
        return np.argsort(-self.confidence, kind="stable")

    def worst(self, count: int) -> Indices:
        """Pictures read wrong, those first of which the model was surest."""
        return self.surest_first[~self.right[self.surest_first]][:count]

    def cells(self) -> dict[tuple[int, int], Indices]:
        """The pictures in each cell (truth, answer) of the confusion matrix, the most telling first.

        Of mistakes these are the surest, of what was read right the least sure.
        """
        place = self.split.labels * len(self.classes) + self.answers  # of each picture, as one number
        order = self.surest_first[np.argsort(place[self.surest_first], kind="stable")]
        places, starts = np.unique(place[order], return_index=True)
        groups = np.split(order, starts[1:])
        keys = [(int(truth), int(answer)) for truth, answer in zip(*divmod(places, len(self.classes)))]
        return {(t, a): group[::-1] if t == a else group for (t, a), group in zip(keys, groups)}

    def per_class(self) -> list[ClassResult]:
        """In the order of the classes."""
        counts, named, right = self.confusion.sum(axis=1), self.confusion.sum(axis=0), np.diag(self.confusion)
        results = []
        for k, name in enumerate(self.classes):
            others = [(int(n), j) for j, n in enumerate(self.confusion[k]) if n and j != k]
            taken = tuple((self.classes[j], n) for n, j in sorted(others, key=lambda other: (-other[0], other[1])))
            hits = int(right[k])
            precision, recall = _share(hits, int(named[k])), _share(hits, int(counts[k]))
            f1 = _share(2 * hits, int(counts[k] + named[k]))  # 2 / (1/precision + 1/recall), also where one is 0
            results.append(ClassResult(name, int(counts[k]), precision, recall, f1, taken))
        return results


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
