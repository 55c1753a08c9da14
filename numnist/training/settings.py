"""Settings: everything that decides how a model is trained, checked when they are made.

A new setting is one field here with its check, one line where it is used, and one option of the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from functools import partial
from typing import Any, TypeVar

import numpy as np

from numnist.data.augment import Augment
from numnist.fast.shard import shard_size
from numnist.model.model import Model
from numnist.nn.base import Plan
from numnist.nn.losses import CROSS_ENTROPY, LOSSES, Loss
from numnist.optim.optimizers import OPTIMIZERS, Adam, Optimizer
from numnist.optim.schedules import SCHEDULES, Constant, Schedule
from numnist.support.checks import instance, one_of, plain_numbers, positive, whole, within
from numnist.support.errors import UsageError

T = TypeVar("T")
LEAST_WORK = 60  # multiply-adds of a lane for each number of its gradient
GRADIENT_BYTES = 256 << 20  # of the gradients of all lanes

integer = partial(whole, least=None)


def function(value: Any, what: str) -> None:
    """Raise UsageError unless the value can be called."""
    if not callable(value):
        raise UsageError(f"{what} is {value!r}, but must be a function.")


def not_a_name(value: Any, what: str, table: Mapping[str, type[Any]]) -> None:
    """Raise UsageError for the name of a class instead of an object of it, and for the class itself."""
    if isinstance(value, str):
        plain = {name.lower(): name for name in table}
        name = plain.get(value.lower().replace("_", "").replace("-", ""))
        advice = f"write {what}={name or next(iter(table))}(...)"
        raise UsageError(
            f"{what} is the text {value!r}, but must be an object: {advice}; there are {', '.join(table)}."
        )
    if isinstance(value, type):
        raise UsageError(f"{what} is the class {value.__name__}: make an instance, as in {what}={value.__name__}().")


def setting(default: T, check: Callable[[Any, str], object], table: Mapping[str, type[Any]] | None = None) -> T:
    """A dataclass field with its default, its check, and for objects the table of classes that files may name.

    check(value, name) raises UsageError; where the default is None, None needs no check.
    """
    return field(default=default, metadata={"check": check, "table": table})


@dataclass(frozen=True)
class Settings:
    """The settings of a training, with defaults for all.  Raises UsageError for values that make no sense.

    optimizer, schedule: the schedule multiplies the optimizer's learning rate at each step.
    loss: of logits and labels;  augment: changes training pictures at random, None for not at all.
    epochs: passes over the training pictures;  batch_size: pictures in a step.
    class_weight: "balanced" lets rare classes count as much as others in training, see ClassWeighted.
    l2: adds l2/2 · Σw² over weights (not biases) to the loss.
    freeze: train the last layer with parameters alone, and leave those before it as they are, for a model that has
    learnt already (see training/frozen.py).
    clip_norm: the gradient is scaled down to this length where it is longer.
    average: decay of an exponential moving average of the weights, which the model then holds (0.999 is usual).
    patience: stop when validation accuracy has not risen for so many epochs, and give the best weights back.
    lanes: parts of a batch that may run side by side;  shard: pictures that go through the network together, as a
    part of a lane.  See training/step.py;  None leaves them to `cut`.  lanes=1 with shard=batch_size makes batch norm
    use the statistics of the whole batch.
    seed: at least 0;  decides the batches, augmentation and dropout, and with lanes and shard every bit of the result.
    """

    optimizer: Optimizer = setting(Adam(), partial(instance, kind=Optimizer), OPTIMIZERS)
    _: KW_ONLY
    schedule: Schedule = setting(Constant(), partial(instance, kind=Schedule), SCHEDULES)
    loss: Loss = setting(CROSS_ENTROPY, function, LOSSES)
    augment: Augment | None = setting(None, function, {"Augment": Augment})
    epochs: int = setting(1, whole)
    batch_size: int = setting(128, whole)
    class_weight: str | None = setting(None, partial(one_of, known=("balanced",)))
    l2: float = setting(0.0, partial(within, low=0))
    freeze: bool = setting(False, partial(instance, kind=bool))
    clip_norm: float | None = setting(None, positive)
    average: float | None = setting(None, partial(within, low=0, high=1))
    patience: int | None = setting(None, whole)
    lanes: int | None = setting(None, whole)
    shard: int | None = setting(None, whole)
    seed: int = setting(0, partial(whole, least=0))

    def __post_init__(self) -> None:
        for each in fields(self):
            value, check, table = getattr(self, each.name), each.metadata.get("check"), each.metadata.get("table")
            if table is not None:
                not_a_name(value, each.name, table)
            if check is not None and not (value is None and each.default is None):
                check(value, each.name)
        plain_numbers(self)

    def steps(self, pictures: int) -> int:
        """The steps of an epoch over so many pictures; the last one may be smaller."""
        return -(-pictures // self.batch_size)

    def learning_rate(self, step: int, epoch_steps: int) -> float:
        """The learning rate of a step, which counts from 0 through all epochs."""
        return self.optimizer.learning_rate * self.schedule(step, epoch_steps, self.epochs * epoch_steps)

    def cut(self, model: Model) -> tuple[int, int]:
        """(lanes, shard) for this model: as set, else what suits its network and the batch, never the machine."""
        lanes = self.lanes or suitable_lanes(model.plan, model.dtype, self.batch_size)
        return lanes, self.shard or shard_size(model.plan, model.dtype)


def suitable_lanes(plan: Plan, dtype: Any, batch: int) -> int:
    """How many lanes to cut a batch into: a power of 2, for as many cores as lanes of that size are worth.

    With few pictures at a time every layer is slower, and each lane has a gradient of its own, which its pictures must
    be worth.  So there are 8 lanes of 32 pictures and more, 16 of 128 and more, and fewer for smaller batches and for
    dense networks: as many as cost hardly anything where one core runs them all (measured in docs/performance.md).
    """
    most = max(min(8, batch // 32), min(16, batch // 128))
    if plan.size:
        work = batch * plan.total_macs / plan.size  # multiply-adds of a batch for each number of a gradient
        room = GRADIENT_BYTES / (plan.size * np.dtype(dtype).itemsize)
        most = min(most, int(work / LEAST_WORK), int(room))
    return 1 << max(1, most).bit_length() - 1
