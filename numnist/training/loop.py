"""The training loop, as a generator of events.

    for event in train(model, data, Settings(Adam(1e-3), epochs=2, batch_size=128)):
        ...                     # Step, Epoch, Finished: plain records

Progress bars, metrics files and checkpoints all read this one stream; to stop, `break`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

import numpy as np

from numnist.data.dataset import Dataset, Split
from numnist.evaluation.metrics import evaluate
from numnist.fast.shard import shard_size
from numnist.ink.normalize import is_features
from numnist.model.model import Model
from numnist.nn.base import EVAL
from numnist.nn.losses import ClassWeighted, Loss, has_background
from numnist.support.checks import instance
from numnist.support.errors import DataError, NotFiniteError, UsageError
from numnist.support.rng import keyed_rng
from numnist.training.events import Epoch, Event, Finished, Step
from numnist.training.frozen import frozen_layers
from numnist.training.last_layer import check_last_layer
from numnist.training.parallel.group import Alone, Group
from numnist.training.parallel.same import check_same
from numnist.training.settings import Settings
from numnist.training.state import State
from numnist.training.step import ADVICE, Engine, find_not_finite
from numnist.training.training import Training


def train(
    model: Model,
    data: Dataset,
    settings: Settings = Settings(),  # noqa: B008  (frozen)
    *,
    threads: int | None = None,
    state: State | None = None,
    group: Group | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Training:
    """Train a model in place, yielding Step after each step, Epoch after each epoch and Finished at the end.

    settings: what decides the result, see `Settings`; a Recipe is one too.
    threads: use at most so many cores, all by default; the result does not depend on it.  More than one are used by
    other processes that train a part of each batch (training/step.py), where a training is long enough for them.
    state: of an earlier training with the same settings, to go on exactly from there.
    group: the processes that train together, each of which calls this with the same arguments and goes on as long as
    its events do (parallel/group.py); by default this one alone.
    clock: in seconds, for the events' `seconds`.

    The batches of an epoch are a function of the seed and the epoch.  Until the generator is finished or closed,
    NumPy's matrix products run on one thread in the whole process.

    Nothing happens before the first event is asked for; `fit` trains at once.

    Raises UsageError for settings that do not fit data or state and for a network that ends in Softmax,
    ShapeError for pictures of another shape, DataError
    without training pictures, NotFiniteError when a loss, gradient or weight becomes infinite or not a number, and
    RankError if one of the other processes dies.
    """
    check_settings(model, data, settings)
    state = State.fresh(model, settings) if state is None else state
    state.resume(model, settings)
    return Training(_events(model, data, settings, state, threads, Alone() if group is None else group, clock))


def check_settings(model: Model, data: Dataset, settings: Settings) -> None:
    """Raise what `train` raises before its first step for settings that do not fit the model and the data."""
    instance(model, "model", Model)
    instance(data, "data", Dataset)
    instance(settings, "settings", Settings)
    check_last_layer(model.network, settings.loss)
    if not len(data.train):
        raise DataError(f"{data.name} has no training pictures.")
    if model.background != has_background(settings.loss):
        raise UsageError(
            f"the model was made with background={model.background}, but the loss is {settings.loss!r}: both must say "
            "the same of whether pictures of no class are told. Give loss=SoftmaxCrossEntropy("
            f"background={model.background}), or set model.background = {not model.background}."
        )
    if settings.patience is not None and not len(data.validation):
        raise UsageError("patience needs validation pictures: keep some with validation=N.")
    model.check_pictures(data.train.x[:1])  # the shape fits
    frozen_layers(model.plan, settings.freeze)
    if settings.augment is not None and is_features(model.in_shape):
        raise UsageError(
            "features cannot be augmented, since only pictures can be moved and turned: leave augment out."
        )
    present = {int(label) for split in (data.train, data.validation, data.test) for label in np.unique(split.labels)}
    if len(present) < 2:
        raise DataError(
            f"{data.name} has pictures of one class only, {data.classes[present.pop()]!r}, so that there is nothing to "
            "learn: give pictures of at least two."
        )


def _events(
    model: Model, data: Dataset, settings: Settings, state: State, threads: int | None, group: Group,
    clock: Callable[[], float],
) -> Generator[Event, None, None]:  # fmt: skip
    check_same(group, model, data, settings, state)
    training = settings
    if settings.class_weight is not None:
        training = replace(
            settings, loss=ClassWeighted.balanced(settings.loss, data.training.labels, len(data.classes))
        )
    with Engine(model, training, state, data.training, threads, group=group) as engine:
        while len(state.history) < settings.epochs and not state.stalled(settings.patience):
            started = clock() - state.seconds
            for event in _steps(engine):
                state.seconds = clock() - started
                yield event
            engine.gather()
            if group.stopped:
                return
            validation = group.broadcast(lambda: _validate(model, data.validation, settings.loss, threads, state.step))
            state.seconds = clock() - started
            means = state.epoch_loss / state.epoch_pictures, state.epoch_correct / state.epoch_pictures
            epoch = Epoch(len(state.history) + 1, settings.epochs, *means, *validation, state.seconds, state)
            state.end_epoch(epoch.record(), model)
            yield epoch
    stopped_early = state.stalled(settings.patience)
    if settings.patience is not None:
        state.give_best(model)
    yield Finished(len(state.history), state.step, state.seconds, stopped_early, state.best_epoch, state)


def _steps(engine: Engine) -> Iterator[Step]:
    """The steps of the epoch under way that are still to be done."""
    settings, state, epoch = engine.settings, engine.state, len(engine.state.history)
    steps, size = settings.steps(len(engine.split)), settings.batch_size
    order = keyed_rng(settings.seed, "batches", epoch).permutation(len(engine.split))
    for k in range(state.step - epoch * steps, steps):
        batch = order[k * size : (k + 1) * size]
        rate = settings.learning_rate(state.step, steps)
        loss, correct = engine.step(batch, state.step, rate)
        state.step += 1
        state.epoch_loss += loss * len(batch)
        state.epoch_correct += correct
        state.epoch_pictures += len(batch)
        yield Step(state.step, settings.epochs * steps, epoch + 1, loss, correct / len(batch), rate, state)
        if engine.group.stopped:
            return


def _validate(
    model: Model, split: Split, loss: Loss, threads: int | None, step: int
) -> tuple[float | None, float | None]:
    """Loss and accuracy on the validation pictures, None without any.   step: steps done.  Raises NotFiniteError."""
    if not len(split):
        return None, None
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # checked at once
        try:
            found = evaluate(model, split, loss=loss, threads=threads)
            value = found.loss
        except NotFiniteError:  # of the outputs
            value = float("nan")
        if not np.isfinite(value):
            size = shard_size(model.plan, model.dtype)
            shards = (split.x[at : at + size] for at in range(0, len(split), size))
            pixels = ((model.normalization.apply(x, model.dtype), EVAL) for x in shards)
            culprit = find_not_finite(model.network, model.p, pixels)
            raise NotFiniteError(f"step {step - 1}: after it the validation loss is {value}{culprit}: {ADVICE}")
    return found.loss, found.accuracy
