"""Training: the loop, as a generator of events.

    for event in train(model, data, Adam(1e-3), epochs=2, batch_size=128):
        ...                     # Step, Epoch, Finished: plain records

Progress bars, metrics files and checkpoints are readers of this one stream; stopping is `break`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.augment import Augment
from numnist.data.dataset import Dataset, Split
from numnist.evaluation.metrics import evaluate
from numnist.model.model import Model
from numnist.nn.base import EVAL
from numnist.nn.losses import CROSS_ENTROPY, Loss
from numnist.optim.optimizers import Adam, Optimizer
from numnist.optim.schedules import Schedule
from numnist.support.checks import positive, whole, within
from numnist.support.errors import DataError, NotFiniteError, UsageError
from numnist.support.rng import keyed_rng
from numnist.support.workers import Workers
from numnist.training.step import ADVICE, Engine, first_not_finite

Array = NDArray[Any]


@dataclass
class State:
    """All that a run needs to go on from where it is: what a checkpoint stores.

    theta: the vector in training, the model's own unless weights are averaged (then the model holds the average).
    """

    theta: Array
    slots: dict[str, Array]
    step: int = 0  # steps done
    epoch_loss: float = 0.0  # sums over the pictures of the epoch under way
    epoch_correct: int = 0
    epoch_pictures: int = 0
    seconds: float = 0.0  # of training, validation included
    history: list[dict[str, Any]] = field(default_factory=list)  # one record for each epoch done
    best: Array | None = None  # the model's vector after the epoch that was best on validation data
    best_epoch: int = 0

    @classmethod
    def fresh(cls, model: Model, optimizer: Optimizer, averaged: bool = False) -> State:
        slots = {name: np.zeros(model.trained, model.dtype) for name in optimizer.slots}
        return cls(model.theta.copy() if averaged else model.theta, slots)


@dataclass(frozen=True)
class Step:
    """After one step.  step: 1..steps;  epoch: 1..;  loss and accuracy: over this batch, before the step."""

    step: int
    steps: int
    epoch: int
    loss: float
    accuracy: float
    learning_rate: float
    state: State = field(repr=False, compare=False)


@dataclass(frozen=True)
class Epoch:
    """After one pass over the training pictures.

    loss and accuracy: mean over the epoch's batches while they were trained on;  the validation figures, of the
    model as it is now, are None without validation pictures;  seconds: since the run began, resumed parts included.
    """

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    state: State = field(repr=False, compare=False)

    def record(self) -> dict[str, Any]:
        """Plain JSON types, for the metrics file."""
        return {name: value for name, value in vars(self).items() if name not in ("epochs", "state")}

    def __str__(self) -> str:
        judged = "" if self.validation_accuracy is None else f"   validation {100 * self.validation_accuracy:6.2f}%"
        return f"epoch {self.epoch}/{self.epochs}   loss {self.loss:.4f}{judged}   {self.seconds:.1f} s"


@dataclass(frozen=True)
class Finished:
    """At the end.  stopped_early: because validation accuracy had not risen for `patience` epochs."""

    epochs: int
    steps: int
    seconds: float
    stopped_early: bool
    best_epoch: int
    state: State = field(repr=False, compare=False)


Event = Step | Epoch | Finished


def train(
    model: Model,
    data: Dataset,
    optimizer: Optimizer | None = None,
    *,
    epochs: int = 1,
    batch_size: int = 128,
    seed: int = 0,
    loss: Loss = CROSS_ENTROPY,
    schedule: Schedule | None = None,
    l2: float = 0.0,
    clip_norm: float | None = None,
    average: float | None = None,
    augment: Augment | None = None,
    patience: int | None = None,
    lanes: int | None = None,
    shard: int | None = None,
    threads: int | None = None,
    state: State | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Event]:
    """Train a model in place, yielding Step after each step, Epoch after each epoch and Finished at the end.

    optimizer: Adam() by default;  schedule: multiplies its learning rate, by 1 without one.
    l2: adds l2/2 · Σw² over weights (not biases) to the loss;  clip_norm: the gradient's largest length.
    average: decay of an exponential moving average of the weights, which the model then holds (0.999 is usual).
    patience: stop when validation accuracy has not risen for that many epochs, and give the best weights back.
    lanes, shard: how a batch is cut (see training/step.py); with the seed they decide the bits.  The model's
    own, where they are not given, suit the size of its layers.  lanes=1 and shard=batch_size make batch norm use the
    whole batch.  threads: at most that many, the machine's cores by
    default; they decide nothing.  state: of an earlier run with the same settings, to go on exactly from there.

    Until the generator is finished or closed, NumPy's matrix products run on one thread in the whole process.

    The batches of an epoch are a function of the seed and the epoch.  Raises UsageError for settings that make no
    sense, DataError without training pictures, and NotFiniteError when a loss, gradient or weight is not finite.
    """
    optimizer = Adam() if optimizer is None else optimizer
    check_settings(
        epochs=epochs, batch_size=batch_size, l2=l2, clip_norm=clip_norm, average=average, patience=patience,
        lanes=lanes, shard=shard,
    )  # fmt: skip
    if not len(data.train):
        raise DataError(f"{data.name} has no training pictures.")
    if patience is not None and not len(data.validation):
        raise UsageError("patience needs validation pictures to judge by: keep some with validation=N.")
    model.pictures(data.train.x[:1])  # the shape fits

    state = State.fresh(model, optimizer, average is not None) if state is None else state
    if average is None and state.theta is not model.theta:  # the model holds the best weights, the state the last
        model.theta[...] = state.theta
        state.theta = model.theta
    make_engine = partial(
        Engine, model, optimizer, loss, theta=state.theta, slots=state.slots,
        average=None if average is None else model.theta, average_decay=average or 0.0, augment=augment,
        l2=l2, clip_norm=clip_norm, lanes=lanes, shard=shard, seed=seed,
    )  # fmt: skip
    epoch_steps = -(-len(data.train) // batch_size)

    def rate(step: int) -> float:
        factor = 1.0 if schedule is None else schedule(step, epoch_steps, epochs * epoch_steps)
        return optimizer.learning_rate * factor

    return _events(
        model, data, state, make_engine, rate, epochs=epochs, epoch_steps=epoch_steps, batch_size=batch_size,
        seed=seed, loss=loss, patience=patience, threads=threads, clock=clock,
    )  # fmt: skip


def check_settings(
    *,
    epochs: int,
    batch_size: int,
    l2: float,
    clip_norm: float | None,
    average: float | None,
    patience: int | None,
    lanes: int | None,
    shard: int | None,
) -> None:
    """Raise UsageError for settings of `train` that make no sense."""
    for name, value in (("epochs", epochs), ("batch_size", batch_size)):
        whole(value, name)
    for name, given in (("patience", patience), ("lanes", lanes), ("shard", shard)):
        if given is not None:
            whole(given, name)
    within(l2, "l2", 0)
    if average is not None:
        within(average, "average", 0, 1)
    if clip_norm is not None:
        positive(clip_norm, "clip_norm")


def _events(
    model: Model,
    data: Dataset,
    state: State,
    make_engine: Callable[..., Engine],
    rate: Callable[[int], float],
    *,
    epochs: int,
    epoch_steps: int,
    batch_size: int,
    seed: int,
    loss: Loss,
    patience: int | None,
    threads: int | None,
    clock: Callable[[], float],
) -> Iterator[Event]:
    """The loop itself."""
    with Workers(threads) as workers:
        engine = make_engine(workers=workers)
        while len(state.history) < epochs and not _stalled(state, patience):
            started, before, epoch = clock(), state.seconds, len(state.history)
            order = keyed_rng(seed, "batches", epoch).permutation(len(data.train))
            for k in range(state.step - epoch * epoch_steps, epoch_steps):
                batch = order[k * batch_size : (k + 1) * batch_size]
                now = rate(state.step)
                result = engine.step(data.train, batch, state.step, now)
                state.step += 1
                state.epoch_loss += result.loss * len(batch)
                state.epoch_correct += result.correct
                state.epoch_pictures += len(batch)
                state.seconds = before + clock() - started
                accuracy = result.correct / len(batch)
                yield Step(state.step, epochs * epoch_steps, epoch + 1, result.loss, accuracy, now, state)
            judged = _judge(model, data.validation, loss, threads, state.step)
            state.seconds = before + clock() - started
            means = state.epoch_loss / state.epoch_pictures, state.epoch_correct / state.epoch_pictures
            event = Epoch(epoch + 1, epochs, *means, *judged, state.seconds, state)
            state.epoch_loss, state.epoch_correct, state.epoch_pictures = 0.0, 0, 0
            state.history.append(event.record())
            _keep_best(model, state)
            yield event
    if patience is not None and state.best is not None:
        if state.theta is model.theta:
            state.theta = model.theta.copy()  # with which training would go on
        model.theta[...] = state.best
    yield Finished(len(state.history), state.step, state.seconds, _stalled(state, patience), state.best_epoch, state)


def _stalled(state: State, patience: int | None) -> bool:
    """Whether validation accuracy has not risen for `patience` epochs."""
    return patience is not None and len(state.history) - state.best_epoch >= patience


def _judge(model: Model, split: Split, loss: Loss, threads: int | None, step: int) -> tuple[float | None, float | None]:
    """Loss and accuracy on the validation split, None where there is none."""
    if not len(split):
        return None, None
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # checked at once
        judged = evaluate(model, split, loss=loss, threads=threads)
        if not np.isfinite(judged.loss):
            shards = (
                model.normalization.apply(split.x[at : at + model.shard], model.dtype)
                for at in range(0, len(split), model.shard)
            )
            culprits = (first_not_finite(model.network, model.p, x, EVAL) for x in shards)
            culprit = next(filter(None, culprits), "though all logits are finite")
            raise NotFiniteError(f"step {step - 1}: after it the validation loss is {judged.loss}: {culprit}: {ADVICE}")
    return judged.loss, judged.accuracy


def _keep_best(model: Model, state: State) -> None:
    """Remember the model's vector if this epoch is the best so far on validation data (the first of equals)."""
    accuracies = [record["validation_accuracy"] for record in state.history]
    if accuracies[-1] is not None and all(a is None or accuracies[-1] > a for a in accuracies[:-1]):
        state.best, state.best_epoch = model.theta.copy(), len(accuracies)
