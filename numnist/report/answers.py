"""Answers: what a model makes of pictures, one record a picture, and the worst of what it reads wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Split
from numnist.model.model import Model


@dataclass(frozen=True, eq=False)
class Answer:
    """One picture read.  index: its place in the split;  picture: (C, H, W);  probability: of the answer."""

    index: int
    picture: NDArray[Any]
    label: str
    answer: str
    probability: float
    label_probability: float

    @property
    def right(self) -> bool:
        return self.answer == self.label

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, without the picture."""
        return {name: value for name, value in vars(self).items() if name != "picture"} | {"right": self.right}


def predictions(model: Model, split: Split, count: int, threads: int | None = None) -> list[Answer]:
    """What the model makes of the first pictures of a split."""
    some = split[:count]
    return _answers(model, split, np.arange(len(some)), model.predict_proba(some.x, threads))


def mistakes(model: Model, split: Split, count: int, threads: int | None = None) -> tuple[list[Answer], int]:
    """The pictures read wrong, those first of which the model was surest, and how many there are in all."""
    probs = model.predict_proba(split.x, threads)  # (N, classes)
    wrong = np.flatnonzero(probs.argmax(axis=1) != split.labels)
    worst = wrong[np.argsort(-probs[wrong].max(axis=1), kind="stable")][:count]
    return _answers(model, split, worst, probs[worst]), len(wrong)


def _answers(model: Model, split: Split, indices: NDArray[np.int64], probs: NDArray[Any]) -> list[Answer]:
    """indices: into the split;  probs: (len(indices), classes)"""
    return [
        Answer(int(i), split.x[i], model.classes[label], model.classes[p.argmax()], float(p.max()), float(p[label]))
        for i, p, label in zip(indices, probs, split.labels[indices])
    ]
