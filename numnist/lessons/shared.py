"""What lessons share: recipe, data and clock; loss and gradient; the table of layers, a training, what to try next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Dataset
from numnist.evaluation.metrics import evaluate
from numnist.experiment.history import Curve, History
from numnist.experiment.recipe import Recipe
from numnist.experiment.steps import StepLog
from numnist.explain.document import Heading, Lines, Part, Table
from numnist.model.model import Model
from numnist.nn.base import Array
from numnist.nn.losses import CROSS_ENTROPY
from numnist.training.events import Epoch, Step
from numnist.training.loop import train


@dataclass(frozen=True)
class Measurement:
    """Figures under a name, in plain JSON types, for programs; a page does not print them."""

    name: str
    figures: dict[str, Any]


@dataclass(frozen=True)
class Curves:
    """Learning curves by name under a title, for a figure; a page does not print them.

    unit: of the places, "epoch" or "step";  percent: whether the values are accuracies.
    """

    title: str
    curves: dict[str, Curve]
    unit: str
    percent: bool = False


Lesson = Iterator[Part | Measurement | Curves]


@dataclass(frozen=True)
class LessonContext:
    """The lesson's recipe and data, and how to measure time.   clock: returns seconds"""

    recipe: Recipe
    data: Dataset
    threads: int | None = None
    clock: Callable[[], float] = time.perf_counter

    @property
    def batch_size(self) -> int:
        """The recipe's, or all training pictures if these are fewer."""
        return min(self.recipe.batch_size, len(self.data.train))

    def seconds(self, work: Callable[[], object], rounds: int) -> float:
        """How long the work takes: the median of some rounds, after a warm-up."""
        return self.seconds_in_turns((work,), rounds)[0]

    def seconds_in_turns(self, works: Sequence[Callable[[], object]], rounds: int) -> list[float]:
        """The same for several in turns, so that a busy moment of the machine does not hit one of them alone."""
        for work in works:
            work()
        found: list[list[float]] = [[] for _ in works]
        for _ in range(rounds):
            for times, work in zip(found, works):
                started = self.clock()
                work()
                times.append(self.clock() - started)
        return [median(times) for times in found]

    def float64_model(self) -> Model:
        """The recipe's untrained network in float64, in which differences keep enough digits."""
        recipe = self.recipe
        return Model(recipe.network, self.data, seed=recipe.seed, dtype=np.float64, normalization=recipe.normalization)

    def batch(self, model: Model, count: int) -> tuple[Array, NDArray[np.int64]]:
        """The first training pictures, normalised, (C, H, W, count), and their labels."""
        x, labels = self.data.train[:count]
        return model.normalization.apply(x, model.dtype), labels


def loss_of(model: Model, x: Array, labels: NDArray[np.int64]) -> Callable[[Array], float]:
    """The loss as a function of the model's own vector theta."""
    return lambda _: CROSS_ENTROPY(model.network.forward(model.p, x)[0], labels)[0]


def gradient_of(model: Model, x: Array, labels: NDArray[np.int64]) -> tuple[float, Array]:
    """Return the loss and its gradient, by backpropagation, as a vector as long as theta."""
    gradient = np.zeros_like(model.theta)
    logits, cache = model.network.forward(model.p, x)
    loss, dlogits = CROSS_ENTROPY(logits, labels)
    model.network.backward(model.p, model.parameters.views(gradient), dlogits, cache, want_dx=False)
    return loss, gradient


def layer_table(model: Model) -> Table:
    """The layers of a network with their shapes and parameters."""
    rows = [
        (repr(plan.layer), f"{plan.in_shape} -> {plan.out_shape}", f"{plan.size:,}" if plan.size else "")
        for _, plan in model.plan.leaves()
    ]
    return Table(("layer", "shape of one sample", "parameters"), rows, right=("parameters",))


def train_recipe(context: LessonContext) -> Lesson:
    """Train the lesson's recipe, one line an epoch, and evaluate it on the test set."""
    recipe, data = context.recipe, context.data
    model, started, steps = recipe.model(data), context.clock(), 0
    epochs: list[dict[str, Any]] = []
    log = StepLog(recipe.steps(len(data.training)))
    yield Heading(f"Trained: recipe {recipe.name}, {recipe.epochs} epoch{'' if recipe.epochs == 1 else 's'}")
    for event in train(model, data, recipe, threads=context.threads):
        if isinstance(event, Step):
            steps = event.step
            log.add(event.step, event.loss, event.accuracy)
        elif isinstance(event, Epoch):
            epochs.append(event.record())
            yield Lines((str(event),), below=True)
    seconds = context.clock() - started
    figures: dict[str, Any] = {"epochs": epochs, "steps": steps, "seconds": seconds, "test_accuracy": None}
    if len(data.test):
        evaluation = evaluate(model, data.test, threads=context.threads)
        figures |= {"test_accuracy": evaluation.accuracy, "confidence_interval": list(evaluation.confidence_interval)}
        yield Lines((f"test   {evaluation}",), below=True)
    yield Measurement("training", figures)
    history = History(name=recipe.name, recipe=recipe, epochs=tuple(epochs), steps=tuple(log.lines()))
    for what in ("loss", "accuracy"):
        curves = {"training": history.training(what)}
        if validation := history.validation(what):
            curves["validation"] = validation
        yield Curves(what.capitalize(), curves, "epoch", percent=what == "accuracy")


def try_next(*commands: tuple[str, str]) -> Iterator[Part]:
    """Commands to try, and what each shows."""
    yield Heading("Try")
    yield Lines(tuple(line for command, why in commands for line in (command, f"    {why}")))


def factor(value: float) -> str:
    """A ratio with two digits: 120, 3,400, 8.2."""
    digits = 2 - len(str(int(value)))
    return f"{round(value, digits):,.{max(0, digits)}f}"
