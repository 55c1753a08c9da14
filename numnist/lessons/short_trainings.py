"""Bench: many short trainings, alike in all but what a lesson changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from numnist.data.dataset import Dataset, Split
from numnist.evaluation.metrics import evaluate
from numnist.lessons.shared import Room
from numnist.model.model import Model
from numnist.nn import BatchNorm, Dense, Dropout, Layer, ReLU, Sequential
from numnist.nn.base import Array
from numnist.nn.initializers import Initializer
from numnist.optim.optimizers import Optimizer
from numnist.training.loop import Step, train

LAST = 20  # steps over which a loss is averaged, since one batch's says little
BARS, REACH = " ▁▂▃▄▅▆▇█", 3.0  # of the histograms: 24 bins from 0 to there


@dataclass(frozen=True)
class Outcome:
    """What a short training came to.   losses: of each step;  accuracies 0..1: on some training and unseen pictures"""

    losses: list[float]
    trained: float
    unseen: float
    seconds: float

    def loss_at(self, step: int) -> float:
        """The mean of the last 20 losses up to a step."""
        return float(np.mean(self.losses[max(0, step - LAST) : step]))

    def figures(self, marks: Sequence[int]) -> dict[str, Any]:
        losses = {str(step): self.loss_at(step) for step in marks}
        return {"losses": losses, "unseen_accuracy": self.unseen, "seconds": self.seconds}


class Bench:
    """Trains networks on the room's pictures, all alike."""

    def __init__(self, room: Room, judged: int):
        self.room, self.seed = room, room.recipe.seed
        self.layers = room.recipe.network.layers
        self.normalization = room.recipe.model(room.data).normalization
        self.unseen = room.unseen[:judged]

    def model(self, layers: Sequence[Layer]) -> Model:
        return Model(Sequential(*layers), self.room.data, seed=self.seed, normalization=self.normalization)

    def train(self, layers: Sequence[Layer], optimizer: Optimizer, steps: int, pictures: int | None = None) -> Outcome:
        """pictures: how many of the training pictures, the first ones; None for all."""
        data, room, losses = self._training(pictures), self.room, []
        model, batch = self.model(layers), min(room.recipe.batch_size, len(data.train))
        started = room.clock()
        epochs = -(-steps // -(-len(data.train) // batch))
        with closing(
            train(model, data, optimizer, epochs=epochs, batch_size=batch, seed=self.seed, threads=room.threads)
        ) as events:  # type: ignore[type-var]
            for event in events:
                if isinstance(event, Step):
                    losses.append(event.loss)
                    if event.step == steps:
                        break
        seconds = room.clock() - started
        return Outcome(
            losses, self._right(model, data.train[: len(self.unseen)]), self._right(model, self.unseen), seconds
        )

    def spreads(self, layers: Sequence[Layer]) -> list[tuple[float, float, str]]:
        """(standard deviation, share of zeros, histogram of the others) of what each ReLU makes of 500 pictures."""
        model = self.model(layers)
        flow, _ = self.room.batch(model, 500)
        found = []
        for i, layer in enumerate(layers):
            flow, _ = layer.forward(model.p[i], flow)
            if isinstance(layer, ReLU):
                found.append((float(flow.std()), float((flow == 0).mean()), histogram(flow[flow > 0])))
        return found

    def _training(self, pictures: int | None) -> Dataset:
        """The pictures to train on, none for validation: nobody looks on the way."""
        data = self.room.data
        return replace(data, train=data.train[:pictures], validation=data.validation[:0])

    def _right(self, model: Model, split: Split) -> float:
        return evaluate(model, split, threads=self.room.threads).accuracy


def with_weights(layers: Sequence[Layer], initializer: Initializer) -> list[Layer]:
    """The layers with other initial weights."""
    return [replace(layer, initializer=initializer) if isinstance(layer, Dense) else layer for layer in layers]


def normed(layers: Sequence[Layer]) -> Iterator[Layer]:
    """Batch norm before each ReLU."""
    for layer in layers:
        yield from (BatchNorm(), layer) if isinstance(layer, ReLU) else (layer,)


def dropping(layers: Sequence[Layer], rate: float) -> Iterator[Layer]:
    """Dropout after each ReLU."""
    for layer in layers:
        yield from (layer, Dropout(rate)) if isinstance(layer, ReLU) else (layer,)


def histogram(values: Array) -> str:
    """24 bars from 0 to REACH, the fullest bin highest; what lies beyond is counted in the last."""
    counts, _ = np.histogram(np.clip(values, 0, REACH), 24, (0, REACH))
    heights = np.ceil(counts / max(1, counts.max()) * (len(BARS) - 1)).astype(int)
    return "".join(BARS[height] for height in heights)
