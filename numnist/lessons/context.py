"""What every lesson gets: a recipe, its data, and a clock; and the loss and gradient that lessons compare."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Dataset, Split
from numnist.experiment.recipe import Recipe
from numnist.explain.document import Part
from numnist.model.model import Model
from numnist.nn.losses import CROSS_ENTROPY

Array = NDArray[Any]


@dataclass(frozen=True)
class Measurement:
    """Figures under a name, in plain JSON types, for programs; a page does not print them."""

    name: str
    figures: dict[str, Any]


Lesson = Iterator[Part | Measurement]


@dataclass(frozen=True)
class LessonContext:
    """The lesson's recipe and data, and how to measure time.   clock: returns seconds"""

    recipe: Recipe
    data: Dataset
    threads: int | None = None
    clock: Callable[[], float] = time.perf_counter

    @property
    def held_out(self) -> Split:
        """The validation split, or the test split if there is none."""
        return self.data.validation if len(self.data.validation) else self.data.test

    def seconds(self, work: Callable[[], object], rounds: int) -> float:
        """How long the work takes: the median of some rounds, after a warm-up."""
        work()
        found = []
        for _ in range(rounds):
            started = self.clock()
            work()
            found.append(self.clock() - started)
        return median(found)

    def float64_model(self) -> Model:
        """The recipe's untrained network in float64, in which differences keep enough digits."""
        recipe = self.recipe
        return Model(
            recipe.network, self.data, seed=recipe.seed, dtype=np.float64, normalization=recipe.normalization
        )  # fmt: skip

    def batch(self, model: Model, count: int) -> tuple[Array, NDArray[np.int64]]:
        """The first training pictures, normalised, (C, H, W, count), and their labels."""
        x, labels = self.data.train[:count]
        return model.normalization.apply(x, model.dtype), labels


def loss_of(model: Model, x: Array, labels: NDArray[np.int64]) -> Callable[[Array], float]:
    """The loss as a function of the model's own vector theta."""

    def f(_: Array) -> float:
        return CROSS_ENTROPY(model.network.forward(model.p, x)[0], labels)[0]

    return f


def gradient_of(model: Model, x: Array, labels: NDArray[np.int64], gradient: Array) -> float:
    """Return the loss and write its gradient, by backpropagation, into a vector as long as theta."""
    logits, cache = model.network.forward(model.p, x)
    loss, dlogits = CROSS_ENTROPY(logits, labels)
    model.network.backward(model.p, model.parameters.views(gradient), dlogits, cache, want_dx=False)
    return loss
