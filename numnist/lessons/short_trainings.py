"""Short trainings that differ only in what a lesson changes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from numnist.evaluation.metrics import evaluate
from numnist.experiment.history import Curve
from numnist.interpret.trace import trace
from numnist.lessons.shared import LessonContext
from numnist.model.model import Model
from numnist.nn import BatchNorm, Dense, Dropout, Layer, ReLU, Sequential
from numnist.nn.base import Array
from numnist.nn.initializers import Initializer
from numnist.optim.optimizers import Optimizer
from numnist.training.events import Step
from numnist.training.loop import train
from numnist.training.settings import Settings

LAST = 20  # steps over which the loss is averaged, since a single batch says little
BARS, REACH = " ▁▂▃▄▅▆▇█", 3.0  # histograms have 24 bins from 0 to REACH


@dataclass(frozen=True)
class Outcome:
    """The result of a short training.   losses: of each step;  trained, held_out: accuracies on either pictures"""

    losses: list[float]
    trained: float
    held_out: float
    seconds: float

    @property
    def curve(self) -> Curve:
        """The losses and their running mean, for a figure."""
        return Curve.by_step(self.losses)

    def loss_at(self, step: int) -> float:
        """The mean of the last 20 losses up to a step."""
        return float(np.mean(self.losses[max(0, step - LAST) : step]))


class ShortTrainings:
    """Trains networks on the context's data, always with the same batches; nothing is evaluated before the end."""

    def __init__(self, context: LessonContext, held_out: int):
        self.context, self.seed = context, context.recipe.seed
        self.layers = context.recipe.network.layers
        self.normalization = context.recipe.model(context.data).normalization
        self.held_out = (context.data.validation if len(context.data.validation) else context.data.test)[:held_out]

    def model(self, layers: Sequence[Layer]) -> Model:
        return Model(Sequential(*layers), self.context.data, seed=self.seed, normalization=self.normalization)

    def train(self, layers: Sequence[Layer], optimizer: Optimizer, steps: int, pictures: int | None = None) -> Outcome:
        """pictures: train on the first so many, None for all."""
        context, losses = self.context, []
        data = replace(context.data, train=context.data.train[:pictures], validation=context.data.validation[:0])
        model, batch = self.model(layers), min(context.recipe.batch_size, len(data.train))
        started = context.clock()
        epochs = -(-steps // -(-len(data.train) // batch))
        settings = Settings(optimizer, epochs=epochs, batch_size=batch, seed=self.seed)
        with closing(train(model, data, settings, threads=context.threads)) as events:
            for event in events:
                if isinstance(event, Step):
                    losses.append(event.loss)
                    if event.step == steps:
                        break
        seconds, splits = context.clock() - started, (data.train[: len(self.held_out)], self.held_out)
        trained, held_out = (evaluate(model, split, threads=context.threads).accuracy for split in splits)
        return Outcome(losses, trained, held_out, seconds)

    def spreads(self, layers: Sequence[Layer]) -> list[tuple[float, float, str]]:
        """(standard deviation, share of zeros, histogram of the others) of each ReLU's output for 500 pictures."""
        outputs = [
            each.output
            for each in trace(self.model(layers), self.context.data.train.x[:500])
            if isinstance(each.layer, ReLU)
        ]
        return [(float(y.std()), float((y == 0).mean()), histogram(y[y > 0])) for y in outputs]


def with_initializer(layers: Sequence[Layer], initializer: Initializer) -> list[Layer]:
    return [replace(layer, initializer=initializer) if isinstance(layer, Dense) else layer for layer in layers]


def with_batch_norm(layers: Sequence[Layer]) -> list[Layer]:
    """Batch norm before each ReLU."""
    return [new for layer in layers for new in ((BatchNorm(), layer) if isinstance(layer, ReLU) else (layer,))]


def with_dropout(layers: Sequence[Layer], rate: float) -> list[Layer]:
    """Dropout after each ReLU."""
    return [new for layer in layers for new in ((layer, Dropout(rate)) if isinstance(layer, ReLU) else (layer,))]


def histogram(values: Array) -> str:
    """24 bars from 0 to REACH, scaled to the fullest bin; the last bin holds everything beyond."""
    counts, _ = np.histogram(np.clip(values, 0, REACH), 24, (0, REACH))
    heights = np.ceil(counts / max(1, counts.max()) * (len(BARS) - 1)).astype(int)
    return "".join(BARS[height] for height in heights)
