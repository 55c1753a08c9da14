"""Evaluate a model on a split: accuracy with its confidence interval, confusion matrix, each class, worst mistakes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Dataset, Split
from numnist.model.model import Model
from numnist.nn.activations import class_probabilities
from numnist.nn.base import Array
from numnist.nn.losses import CROSS_ENTROPY, Loss
from numnist.support.cached import cached_property
from numnist.support.checks import instance
from numnist.support.errors import DataError, UsageError
from numnist.support.format import percent

TOP = (2, 3)
Indices = NDArray[np.int64]  # of pictures in the split


@dataclass(frozen=True, eq=False)
class Prediction:
    """The prediction for one picture.

    index: the picture's place in the split;  picture: (C, H, W);  label, predicted: names of classes;
    probability: of the predicted class;  label_probability: of the true class.
    """

    index: int
    picture: Array
    label: str
    predicted: str
    probability: float
    label_probability: float

    @property
    def correct(self) -> bool:
        return self.predicted == self.label

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, without the picture."""
        return {
            "index": self.index,
            "label": self.label,
            "answer": self.predicted,
            "probability": self.probability,
            "label_probability": self.label_probability,
            "right": self.correct,
        }


@dataclass(frozen=True)
class ClassMetrics:
    """Metrics of one class, each None where its denominator is 0.

    count: pictures of the class in the split;  precision: the share of its predictions that are correct;
    recall: the share of its pictures that are predicted correctly;  f1: the harmonic mean of both;
    confused_with: the classes that its pictures are mistaken for, with counts, most frequent first.
    """

    name: str
    count: int
    precision: float | None
    recall: float | None
    f1: float | None
    confused_with: tuple[tuple[str, int], ...]


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """A model's output on a split; everything else is derived from it when you first ask.

    loss: the mean over the split;  logits: (N, classes);  classes: their names;
    background: whether the model tells pictures of no class, see `Model.probabilities`.
    """

    loss: float
    logits: Array
    split: Split
    classes: tuple[str, ...]
    background: bool = False

    @cached_property
    def probabilities(self) -> Array:
        """(N, classes)"""
        return class_probabilities(self.logits.T, self.background).T

    @cached_property
    def predicted(self) -> Indices:
        """The most probable class of each picture: (N,), indices into `classes`."""
        return self.logits.argmax(axis=1)

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """The probability of each predicted class: (N,)."""
        return self.probabilities.max(axis=1).astype(np.float64)

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """Which pictures are classified correctly: (N,)."""
        return self.predicted == self.split.labels

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """(classes, classes) counts: rows are the true classes, columns the predicted ones."""
        classes = len(self.classes)
        return np.bincount(self._cell, minlength=classes * classes).reshape(classes, classes)

    @cached_property
    def _cell(self) -> Indices:
        """Each picture's cell in the flattened confusion matrix: (N,)."""
        return self.split.labels * len(self.classes) + self.predicted

    @property
    def count(self) -> int:
        return len(self.split)

    @property
    def errors(self) -> int:
        return self.count - int(self.correct.sum())

    @property
    def accuracy(self) -> float:
        """The share of pictures classified correctly, 0 to 1."""
        return (self.count - self.errors) / self.count

    @property
    def confidence_interval(self) -> tuple[float, float]:
        """The accuracy's 95% confidence interval."""
        return wilson_interval(self.count - self.errors, self.count)

    @cached_property
    def per_class(self) -> dict[str, ClassMetrics]:
        """Each class's metrics by its name, in the order of `classes`."""
        rows, columns = self.confusion.sum(axis=1), self.confusion.sum(axis=0)
        found = {}
        for k, name in enumerate(self.classes):
            count, predicted, hits = int(rows[k]), int(columns[k]), int(self.confusion[k, k])
            others = [j for j in np.argsort(-self.confusion[k], kind="stable") if j != k and self.confusion[k, j]]
            found[name] = ClassMetrics(
                name,
                count,
                precision=_ratio(hits, predicted),
                recall=_ratio(hits, count),
                f1=_ratio(2 * hits, count + predicted),  # 2 / (1/precision + 1/recall), also where one of them is 0
                confused_with=tuple((self.classes[j], int(self.confusion[k, j])) for j in others),
            )
        return found

    @property
    def balanced_accuracy(self) -> float:
        """The mean recall of the classes that have pictures: what a rare class counts as much in as any other."""
        return fmean(metrics.recall for metrics in self.per_class.values() if metrics.recall is not None)

    @property
    def precision(self) -> float:
        """The mean precision of the classes that have pictures; one that is never predicted counts as 0 (macro)."""
        return fmean(metrics.precision or 0.0 for metrics in self.per_class.values() if metrics.count)

    @property
    def f1(self) -> float:
        """The mean F1 of the classes that have pictures (macro)."""
        return fmean(metrics.f1 or 0.0 for metrics in self.per_class.values() if metrics.count)

    def top_accuracy(self, k: int) -> float:
        """The share of pictures whose label is among the k most probable classes, 0 to 1."""
        label = np.take_along_axis(self.logits, self.split.labels[:, None], axis=1)
        return float(((self.logits > label).sum(axis=1) < k).mean())

    def predictions(self, indices: Iterable[int]) -> list[Prediction]:
        """A record for each of these pictures."""
        found = []
        for i in map(int, indices):
            p, label, k = self.probabilities[i], self.split.labels[i], self.predicted[i]
            names = self.classes[label], self.classes[k]
            found.append(Prediction(i, self.split.x[i], *names, float(p[k]), float(p[label])))
        return found

    @cached_property
    def _most_confident_first(self) -> Indices:
        return np.argsort(-self.confidence, kind="stable")

    def worst_mistakes(self, count: int) -> Indices:
        """At most `count` misclassified pictures, the most confident first."""
        order = self._most_confident_first
        return order[~self.correct[order]][:count]

    def confusion_cells(self) -> dict[tuple[int, int], Indices]:
        """The pictures in each cell (true, predicted) of the confusion matrix; empty cells are left out.

        Mistakes come most confident first, correct predictions least confident first.
        """
        order = self._most_confident_first
        order = order[np.argsort(self._cell[order], kind="stable")]
        cells, starts = np.unique(self._cell[order], return_index=True)
        keys = (divmod(int(c), len(self.classes)) for c in cells)
        return {(t, p): g[::-1] if t == p else g for (t, p), g in zip(keys, np.split(order, starts[1:]))}

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types; `per_class` is each class's recall, `top` the accuracy of the 2 and 3 most probable."""
        return {
            "accuracy": self.accuracy,
            "balanced_accuracy": self.balanced_accuracy,
            "precision": self.precision,
            "f1": self.f1,
            "top": {str(k): self.top_accuracy(k) for k in TOP if k < len(self.classes)},
            "errors": self.errors,
            "count": self.count,
            "confidence_interval": list(self.confidence_interval),
            "per_class": {name: metrics.recall for name, metrics in self.per_class.items()},
            "confusion": self.confusion.tolist(),
        }

    def __str__(self) -> str:
        low, high = self.confidence_interval
        return (
            f"{100 * self.accuracy:.2f}% right (95% confidence {100 * low:.2f} to {100 * high:.2f}%), "
            f"{self.errors:,} errors in {self.count:,}"
        )

    def __repr__(self) -> str:
        return f"Evaluation({self}, loss {self.loss:.4g})"

    def _repr_html_(self) -> str:
        """What a notebook shows: the accuracy, and each class's metrics."""
        from numnist.support.notebook import shown, table

        heads = ("class", "pictures", "recall", "precision", "F1", "mistaken for")
        rows = [
            (
                each.name, f"{each.count:,}", percent(each.recall), percent(each.precision), percent(each.f1),
                ", ".join(f"{name} ({times:,})" for name, times in each.confused_with[:3]),
            )
            for each in self.per_class.values()
        ]  # fmt: skip
        return shown("Evaluation", f"{self}, loss {self.loss:.4g}", table(heads, rows, right=heads[1:5]))


def evaluate(model: Model, split: Split, *, loss: Loss = CROSS_ENTROPY, threads: int | None = None) -> Evaluation:
    """Evaluate a model on a split, as in evaluate(model, data.test).

    Raises DataError for an empty split, UsageError for a whole Dataset, of which only you know which split is meant.
    """
    if isinstance(split, Dataset):
        raise UsageError(
            f"evaluate takes one split, but got all of {split!r}: write evaluate(model, data.test), or data.validation "
            "while you still choose among models."
        )
    instance(model, "model", Model)
    instance(split, "split", Split)
    if not len(split):
        raise DataError("there is nothing to evaluate: this split is empty.")
    logits = model.logits(split.x, threads)  # (N, classes)
    value, _ = loss(logits.T, split.labels)
    return Evaluation(value, logits, split, model.classes, model.background)


def wilson_interval(correct: int, count: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """95% confidence interval of a proportion (Wilson 1927), which also holds near 0 and 1, where p ± zσ does not."""
    share, spread = correct / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = sqrt(share * (1 - share) * spread + spread * spread / 4) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
