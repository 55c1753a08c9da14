"""Engine: one training step, cut into lanes and shards.

A batch is cut into lanes, each lane into shards small enough that a layer's arrays stay in cache.  A lane runs
forward, loss and backward over its shards in order and adds up its own gradient vector; then the lanes are summed in
order and the optimizer updates the weights (training/update.py).  The bits of a result depend on the seed, the lanes
and the shard size, never on how many threads ran the lanes or when.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Split
from numnist.fast.compile import compile
from numnist.model.model import Model
from numnist.nn.base import Layer, Mode, Views
from numnist.nn.sequential import Sequential
from numnist.support.errors import NotFiniteError
from numnist.support.rng import keyed_rng
from numnist.support.workers import Workers
from numnist.training.settings import Settings
from numnist.training.state import State
from numnist.training.update import Update

Array = NDArray[Any]
ADVICE = "lower the learning rate, clip the gradient (clip_norm), or warm up the rate"


class StepResult(NamedTuple):
    """The loss over the batch (L2 included), and how many of its pictures were classified correctly."""

    loss: float
    correct: int


class Lane(NamedTuple):
    """A lane's own place for gradients: their sum, one shard's, and the layers' views into both."""

    total: Array
    part: Array
    into_total: Views
    into_part: Views


class Engine:
    """Everything that one training step needs, made once for a run.  It trains state.theta, not the model's vector."""

    def __init__(self, model: Model, settings: Settings, state: State, workers: Workers):
        self.model, self.settings, self.state, self.workers = model, settings, state, workers
        self.seed, self.loss, self.augment = settings.seed, settings.loss, settings.augment
        lanes, self.shard = settings.cut(model)
        self.p = model.parameters.views(state.theta)
        # one lane leaves threads free, to which large layers may give half of their work
        self.network = compile(model.network, self.shard, training=True, workers=workers if lanes == 1 else None)
        self.lanes = [self._lane() for _ in range(lanes)]
        self.update = Update(model.parameters, settings, state, [lane.total for lane in self.lanes], workers)

    def _lane(self) -> Lane:
        views = self.model.parameters.views
        total, part = np.zeros_like(self.state.theta), np.zeros_like(self.state.theta)
        return Lane(total, part, views(total), views(part))

    def step(self, split: Split, batch: NDArray[np.int64], step: int, rate: float) -> StepResult:
        """Train on the pictures split[batch].   batch: (N,) indices;  step: from 0;  rate: the learning rate now.

        Raises NotFiniteError, naming step and layer, for a loss or gradient that is not finite, and for weights
        that are not finite after the step.
        """
        penalty = self.update.penalty()
        parts = np.array_split(batch, len(self.lanes))
        results = self.workers.run(
            lambda i: self._run_lane(i, split, parts[i], step, len(batch)), range(len(self.lanes))
        )
        loss, correct = sum(r.loss for r in results) + penalty, sum(r.correct for r in results)
        if not np.isfinite(loss):
            raise NotFiniteError(self._blame_loss(loss, split, parts, step))
        try:
            self.update.apply(step, rate)
        except NotFiniteError as error:
            raise NotFiniteError(f"step {step}: {error}: {ADVICE}") from None
        average, decay = self.state.average, self.settings.average
        if average is not None and decay is not None:
            decay = min(decay, (1 + step) / (10 + step))  # so that the first, poor weights are soon forgotten
            average += (1 - decay) * (self.state.theta - average)
        return StepResult(loss, correct)

    def _run_lane(self, i: int, split: Split, indices: NDArray[np.int64], step: int, total: int) -> StepResult:
        """Forward, loss and backward over this lane's shards; the sum of the gradients is left in the lane."""
        lane, loss, correct = self.lanes[i], 0.0, 0
        shards = self._shards(indices)
        if not shards:
            lane.total[...] = 0
        for k, shard in enumerate(shards):
            x, labels = self._pictures(split, shard, (step, i, k))
            mode = Mode(True, self.seed, (step, i, k), len(shard) / total)
            logits, caches = self.network.forward(self.p, x, mode)
            part, dlogits = self.loss(logits, labels, total)
            g = lane.into_part if k else lane.into_total
            self.network.backward(self.p, g, dlogits, caches, want_dx=False)
            if k:
                np.add(lane.total, lane.part, out=lane.total)
            loss += part
            correct += int(np.count_nonzero(logits.argmax(axis=0) == labels))
        return StepResult(loss, correct)

    def _shards(self, indices: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Nearly equal parts of at most `shard`: a last part of one picture would make poor batch statistics."""
        return np.array_split(indices, -(-len(indices) // self.shard)) if len(indices) else []

    def _pictures(
        self, split: Split, indices: NDArray[np.int64], address: tuple[int, ...]
    ) -> tuple[Array, NDArray[np.int64]]:
        """One shard, augmented and normalised: (C, H, W, n) and labels (n,)."""
        x, labels = split[indices]
        if self.augment is not None:
            x = self.augment(x, keyed_rng(self.seed, "augment", *address))
        return self.model.normalization.apply(x, self.model.dtype), labels

    def _blame_loss(self, loss: float, split: Split, parts: list[NDArray[np.int64]], step: int) -> str:
        """Replay the step, which is a function of its address, to find the first layer with a number not finite."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for i, indices in enumerate(parts):
                for k, shard in enumerate(self._shards(indices)):
                    x, _ = self._pictures(split, shard, (step, i, k))
                    culprit = first_not_finite(self.model.network, self.p, x, Mode(True, self.seed, (step, i, k)))
                    if culprit:
                        return f"step {step}: the loss is {loss}: {culprit}: {ADVICE}"
        return f"step {step}: the loss is {loss} though all logits are finite: {ADVICE}"


def first_not_finite(network: Layer, p: Views, x: Array, mode: Mode) -> str:
    """Which layer is the first to make a number that is not finite of this shard, as a sentence; "" if none does."""
    if not np.isfinite(x).all():
        return "the pictures themselves are not finite"
    layers = network.layers if isinstance(network, Sequential) else (network,)
    for i, layer in enumerate(layers):
        inside = (p[i], mode.inside(i)) if isinstance(network, Sequential) else (p, mode)
        x, _ = layer.forward(inside[0], x, inside[1])
        if not np.isfinite(x).all():
            return f"layer {i} {layer!r} is the first whose output is not finite"
    return ""
