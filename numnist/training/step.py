"""Engine: one training step, cut into lanes and shards.

A batch is cut into lanes, each lane into shards small enough that a layer's arrays stay in cache.  A lane runs
forward, loss and backward over its shards in order and adds up its own gradient vector; then the lanes are summed in
order and the optimizer updates the weights (training/update.py).  The bits of a result depend on the seed, the lanes
and the shard size, never on how many threads ran the lanes or when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Split
from numnist.fast.compile import compile
from numnist.model.model import Model
from numnist.model.parameters import Parameters
from numnist.nn.base import Array, Layer, Mode, Views
from numnist.nn.sequential import Sequential
from numnist.support.errors import NotFiniteError
from numnist.support.rng import keyed_rng
from numnist.support.workers import Workers
from numnist.training.settings import Settings
from numnist.training.state import State
from numnist.training.update import Update

ADVICE = "lower the learning rate, clip the gradient (clip_norm), or warm up the rate"


class Lane:
    """A lane's own place for gradients: their sum, one shard's, and the layers' views into both."""

    def __init__(self, parameters: Parameters):
        self.total, self.part = np.zeros_like(parameters.theta), np.zeros_like(parameters.theta)
        self.into_total, self.into_part = parameters.views(self.total), parameters.views(self.part)


class Engine:
    """Everything that one training step needs, made once for a run.  It trains state.theta, not the model's vector."""

    def __init__(self, model: Model, settings: Settings, state: State, workers: Workers):
        self.model, self.settings, self.state, self.workers = model, settings, state, workers
        lanes, self.shard = settings.cut(model)
        self.p = model.parameters.views(state.theta)
        # one lane leaves threads free, to which large layers may give half of their work
        self.network = compile(model.network, self.shard, training=True, workers=workers if lanes == 1 else None)
        self.lanes = [Lane(model.parameters) for _ in range(lanes)]
        self.update = Update(model.parameters, settings, state, [lane.total for lane in self.lanes], workers)

    def step(self, split: Split, batch: NDArray[np.int64], step: int, rate: float) -> tuple[float, int]:
        """Train on the pictures split[batch].   batch: (N,) indices;  step: from 0;  rate: the learning rate now.

        Returns the loss over the batch (L2 included), and how many of its pictures were classified correctly.
        Raises NotFiniteError, naming step and layer, for a loss or gradient that is not finite, and for weights
        that are not finite after the step.
        """
        penalty = self.update.penalty()  # of the weights before the step
        parts = np.array_split(batch, len(self.lanes))
        lanes = range(len(self.lanes))
        results = self.workers.run(lambda i: self._run_lane(i, split, parts[i], step, len(batch)), lanes)
        loss, correct = sum(loss for loss, _ in results) + penalty, sum(correct for _, correct in results)
        if not np.isfinite(loss):  # replay the step, which is a function of its key
            shards = ((x, mode) for i in lanes for x, _, mode in self._shards(split, parts[i], step, i, len(batch)))
            culprit = find_not_finite(self.model.network, self.p, shards)
            raise NotFiniteError(f"step {step}: the loss is {loss}{culprit}: {ADVICE}")
        try:
            self.update.apply(step, rate)
        except NotFiniteError as error:
            raise NotFiniteError(f"step {step}: {error}: {ADVICE}") from None
        average, decay = self.state.average, self.settings.average
        if average is not None and decay is not None:
            decay = min(decay, (1 + step) / (10 + step))  # so that the first, poor weights are soon forgotten
            average += (1 - decay) * (self.state.theta - average)
        return loss, correct

    def _run_lane(self, i: int, split: Split, indices: NDArray[np.int64], step: int, total: int) -> tuple[float, int]:
        """Forward, loss and backward over this lane's shards; the sum of the gradients is left in the lane."""
        lane, loss, correct = self.lanes[i], 0.0, 0
        if not len(indices):
            lane.total[...] = 0
        for k, (x, labels, mode) in enumerate(self._shards(split, indices, step, i, total)):
            logits, caches = self.network.forward(self.p, x, mode)
            part, dlogits = self.settings.loss(logits, labels, total)
            g = lane.into_part if k else lane.into_total
            self.network.backward(self.p, g, dlogits, caches, want_dx=False)
            if k:
                np.add(lane.total, lane.part, out=lane.total)
            loss += part
            correct += int(np.count_nonzero(logits.argmax(axis=0) == labels))
        return loss, correct

    def _shards(
        self, split: Split, indices: NDArray[np.int64], step: int, lane: int, total: int
    ) -> Iterator[tuple[Array, NDArray[np.int64], Mode]]:
        """A lane's shards, augmented and normalised: (C, H, W, n), their labels (n,) and their mode.

        Nearly equal parts of at most `shard`: a last part of one picture would make poor batch statistics.
        """
        seed, augment = self.settings.seed, self.settings.augment
        for k, shard in enumerate(np.array_split(indices, -(-len(indices) // self.shard)) if len(indices) else []):
            x, labels = split[shard]
            if augment is not None:
                x = augment(x, keyed_rng(seed, "augment", step, lane, k))
            mode = Mode(True, seed, (step, lane, k), len(shard) / total)
            yield self.model.normalization.apply(x, self.model.dtype), labels, mode


def find_not_finite(network: Layer, p: Views, shards: Iterable[tuple[Array, Mode]]) -> str:
    """The first layer to make a number of these pictures that is not finite, as the end of a sentence."""
    layers = network.layers if isinstance(network, Sequential) else (network,)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # checked at once
        for x, mode in shards:
            if not np.isfinite(x).all():
                return ": the pictures themselves are not finite"
            for i, layer in enumerate(layers):
                inside = (p[i], mode.inside(i)) if isinstance(network, Sequential) else (p, mode)
                x, _ = layer.forward(inside[0], x, inside[1])
                if not np.isfinite(x).all():
                    return f": layer {i} {layer!r} is the first whose output is not finite"
    return " though all logits are finite"
