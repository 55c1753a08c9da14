"""Room: what every lesson works with, and what all of them do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Dataset, Split
from numnist.evaluation.metrics import evaluate
from numnist.experiment.recipe import Recipe
from numnist.explain.document import Heading, Lines, Part, Table, Words
from numnist.model.model import Model
from numnist.nn.losses import CROSS_ENTROPY
from numnist.training.loop import Epoch, Step

Array = NDArray[Any]


@dataclass(frozen=True)
class Measured:
    """Figures under a name, in plain JSON types, for programs; they are shown by no line of their own."""

    name: str
    figures: dict[str, Any]


Lesson = Iterator[Part | Measured]


@dataclass(frozen=True)
class Room:
    """The lesson's recipe, its pictures, and how to measure time.   clock: seconds"""

    recipe: Recipe
    data: Dataset
    threads: int | None = None
    clock: Callable[[], float] = time.perf_counter

    @property
    def unseen(self) -> Split:
        """Pictures to compare settings by: those for validation, else the test's."""
        return self.data.validation if len(self.data.validation) else self.data.test

    def seconds(self, work: Callable[[], object], rounds: int) -> float:
        """How long the work takes: the median of some rounds, after one that is not counted."""
        work()
        found = []
        for _ in range(rounds):
            started = self.clock()
            work()
            found.append(self.clock() - started)
        return median(found)

    def precise(self) -> Model:
        """The recipe's network at its start, in float64, so that differences have digits enough."""
        recipe = self.recipe
        return Model(
            recipe.network, self.data, seed=recipe.seed, dtype=np.float64, normalization=recipe.normalization
        )  # fmt: skip

    def batch(self, model: Model, count: int) -> tuple[Array, NDArray[np.int64]]:
        """The first pictures as the network takes them, (C, H, W, count), and their labels."""
        x, labels = self.data.train[:count]
        return model.normalization.apply(x, model.dtype), labels


def loss_of(model: Model, x: Array, labels: NDArray[np.int64]) -> Callable[[Array], float]:
    """The loss as a function of the model's own vector theta."""

    def f(_: Array) -> float:
        return CROSS_ENTROPY(model.network.forward(model.p, x)[0], labels)[0]

    return f


def gradient_of(model: Model, x: Array, labels: NDArray[np.int64], gradient: Array) -> float:
    """The loss; its gradient by backpropagation is written into a vector as long as theta."""
    logits, cache = model.network.forward(model.p, x)
    loss, dlogits = CROSS_ENTROPY(logits, labels)
    model.network.backward(model.p, model.views(gradient), dlogits, cache, want_dx=False)
    return loss


def trained(room: Room) -> Lesson:
    """Train the lesson's recipe, a line an epoch, and judge it on the test set."""
    recipe, data = room.recipe, room.data
    model, started, steps = recipe.model(data), room.clock(), 0
    epochs: list[dict[str, Any]] = []
    for event in recipe.train(model, data, threads=room.threads):
        if isinstance(event, Step):
            steps = event.step
        elif isinstance(event, Epoch):
            epochs.append(event.record())
            yield Lines((str(event),), below=True)
    seconds = room.clock() - started
    figures: dict[str, Any] = {"epochs": epochs, "steps": steps, "seconds": seconds, "test_accuracy": None}
    if len(data.test):
        judged = evaluate(model, data.test, threads=room.threads)
        figures |= {"test_accuracy": judged.accuracy, "confidence_interval": list(judged.confidence_interval)}
        yield Lines((f"test   {judged}",), below=True)
    yield Measured("training", figures)


def shapes(model: Model) -> Table:
    """The layers of a network with their shapes and parameters."""
    rows = tuple(
        (repr(plan.layer), f"{plan.in_shape} -> {plan.out_shape}", f"{plan.size:,}" if plan.size else "")
        for _, plan in model.plan.leaves()
    )
    return Table(("layer", "shape of one sample", "parameters"), rows, right=("parameters",))


def try_(*commands: tuple[str, str]) -> Iterator[Part]:
    """What to type next: commands, and what each shows."""
    yield Heading("Try")
    yield Lines(tuple(line for command, why in commands for line in (command, f"    {why}")))


def paragraphs(text: str) -> Iterator[Part]:
    """Paragraphs written with blank lines between them."""
    for paragraph in text.strip().split("\n\n"):
        yield Words(" ".join(paragraph.split()))


def duration(seconds: float) -> str:
    """In the unit that reads best, with three digits: 12.3 µs, 4.56 ms, 7.89 s, 12 min, 3.4 h, 5.6 days."""
    for unit, size in (("days", 86400.0), ("h", 3600.0), ("min", 120.0), ("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / (60 if unit == 'min' else size):.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def times(factor: float) -> str:
    """A factor with two digits: 120, 3,400, 8.2."""
    digits = 2 - len(str(int(factor)))
    return f"{round(factor, digits):,.{max(0, digits)}f}"
