"""Engine: one training step, cut into lanes and shards.

A batch is cut into lanes, each lane into shards small enough that a layer's arrays stay in cache.  A lane runs
forward, loss and backward over its shards in order and adds up its own gradient vector; lanes are summed in order;
then the optimizer walks the vector in cache-sized pieces.  The bits of a result depend on the seed, the lanes and
the shard size, never on how many threads ran the lanes or when.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numnist.data.augment import Augment
from numnist.data.dataset import Split
from numnist.fast.compile import compile
from numnist.model.model import Model
from numnist.nn.base import Layer, Mode, Views
from numnist.nn.losses import Loss
from numnist.nn.sequential import Sequential
from numnist.optim.optimizers import Optimizer
from numnist.support.errors import NotFiniteError
from numnist.support.rng import keyed_rng
from numnist.support.workers import Workers

Array = NDArray[Any]
# Numbers of the vector at a time.  Larger pieces fall out of cache; smaller ones make threads wait for each other,
# since every NumPy call hands the interpreter over (measured in docs/design.md).
PIECE = 65536
ALONE = 2  # pieces that one thread walks sooner than it wakes another (measured there too)


class StepResult(NamedTuple):
    """The loss over the batch (L2 included), and how many of its pictures were read right."""

    loss: float
    correct: int


class Piece(NamedTuple):
    """A part of the trained vector that never crosses the border of what is decayed."""

    slice: slice
    decayed: bool


class Lane(NamedTuple):
    """A lane's own place for gradients: their sum, one shard's, and the layers' views into both."""

    total: Array
    part: Array
    into_total: Views
    into_part: Views


class Engine:
    """Everything that one training step needs, made once for a run.

    theta: the vector in training, as long as the model's (and the model's own, unless weights are averaged).
    slots: the optimizer's vectors.  average: where the weights' moving average is kept, or None.
    """

    def __init__(
        self,
        model: Model,
        optimizer: Optimizer,
        loss: Loss,
        *,
        theta: Array,
        slots: dict[str, Array],
        average: Array | None = None,
        average_decay: float = 0.999,
        augment: Augment | None = None,
        l2: float = 0.0,
        clip_norm: float | None = None,
        lanes: int | None = None,
        shard: int | None = None,
        seed: int = 0,
        workers: Workers,
    ):
        self.model, self.optimizer, self.loss, self.augment = model, optimizer, loss, augment
        self.theta, self.slots, self.average, self.average_decay = theta, slots, average, average_decay
        self.l2, self.clip_norm, self.seed, self.workers = l2, clip_norm, seed, workers
        self.shard = model.shard if shard is None else shard
        self.p = model.views(theta)
        # one lane leaves threads free, to which large layers may give half of their work
        alone = workers if (model.lanes if lanes is None else lanes) == 1 else None
        self.network = compile(model.network, self.shard, training=True, workers=alone)
        self.lanes = [self._lane() for _ in range(model.lanes if lanes is None else lanes)]
        self.pieces = [Piece(s, True) for s in _cut(0, model.decayed)]
        self.pieces += [Piece(s, False) for s in _cut(model.decayed, model.trained)]
        self.squares = [float(np.vdot(theta[s], theta[s])) for s, _ in self.pieces]  # of the weights, for L2

    def _lane(self) -> Lane:
        total, part = np.zeros_like(self.theta), np.zeros_like(self.theta)
        return Lane(total, part, self.model.views(total), self.model.views(part))

    def step(self, split: Split, batch: NDArray[np.int64], step: int, rate: float) -> StepResult:
        """Train on the pictures split[batch].   batch: (N,) indices;  step: from 0;  rate: the learning rate now.

        Raises NotFiniteError, naming step and layer, for a loss or gradient that is not finite, and for weights
        that are not finite after the step.
        """
        penalty = 0.0
        if self.l2:
            penalty = 0.5 * self.l2 * sum(q for q, piece in zip(self.squares, self.pieces) if piece.decayed)
        parts = np.array_split(batch, len(self.lanes))
        results = self.workers.run(
            lambda i: self._run_lane(i, split, parts[i], step, len(batch)), range(len(self.lanes))
        )
        loss, correct = sum(r.loss for r in results) + penalty, sum(r.correct for r in results)
        if not np.isfinite(loss):
            raise NotFiniteError(self._blame_loss(loss, split, parts, step))
        try:
            if self.clip_norm is None:
                self._update(1.0, step, rate, gather=True)
            else:  # the norm must be known before the first weight changes
                norm = sqrt(sum(self._per_piece(self._gather_square)))
                self._update(min(1.0, self.clip_norm / norm) if norm else 1.0, step, rate, gather=False)
            self._commit_running()
        except NotFiniteError as error:
            raise NotFiniteError(f"step {step}: {error}: {ADVICE}") from None
        if self.average is not None:
            decay = min(self.average_decay, (1 + step) / (10 + step))
            self.average += (1 - decay) * (self.theta - self.average)
        return StepResult(loss, correct)

    def _run_lane(self, i: int, split: Split, indices: NDArray[np.int64], step: int, total: int) -> StepResult:
        """Forward, loss and backward over this lane's shards; the gradient's sum is left in the lane."""
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

    def _per_piece(self, function: Callable[[int], float]) -> list[float]:
        """function(piece index) for all pieces, each worker taking one run of neighbours, in the vector's order."""
        threads = min(self.workers.threads, 1 + len(self.pieces) // ALONE)
        total = self.pieces[-1].slice.stop
        shares: list[list[int]] = [[] for _ in range(threads)]
        for k, (piece, _) in enumerate(self.pieces):
            shares[(piece.start + piece.stop) * threads // (2 * total)].append(k)
        nested = self.workers.run(lambda share: [function(k) for k in share], shares)
        return [value for values in nested for value in values]

    def _gather(self, k: int) -> Array:
        """The gradient of a piece: the sum of the lanes', and L2's.  Written nowhere: it is used while in cache."""
        piece, decayed = self.pieces[k]
        g, *others = (lane.total[piece] for lane in self.lanes)
        if others:
            g = g + others[0]
        for other in others[1:]:
            g += other
        if self.l2 and decayed:
            g += self.l2 * self.theta[piece]
        return g

    def _gather_square(self, k: int) -> float:
        """Leave the gradient of a piece in the first lane, and return the sum of its squares."""
        piece = self.pieces[k].slice
        g = self.lanes[0].total[piece] = self._gather(k)
        return self._square(g, piece, "the gradient of {} is not finite")

    def _update(self, scale: float, step: int, rate: float, gather: bool) -> None:
        """Let the optimizer walk the vector.  The weights are checked while they are in cache.

        gather: whether the lanes' gradients must still be summed.
        """

        def update(k: int) -> float:
            piece, decayed = self.pieces[k]
            theta, g = self.theta[piece], self._gather(k) if gather else self.lanes[0].total[piece]
            if scale != 1:
                g *= scale
            if decayed and self.optimizer.weight_decay:
                theta *= 1 - rate * self.optimizer.weight_decay
            slots = {name: slot[piece] for name, slot in self.slots.items()}
            self.optimizer.update(theta, g, slots, rate, step + 1)
            square = float(np.vdot(theta, theta))
            if not np.isfinite(square):  # the gradient is to blame, if it is not finite itself
                self._square(g, piece, "the gradient of {} is not finite")
                square = self._square(theta, piece, "{} is not finite after the step")
            return square

        self.squares = self._per_piece(update)

    def _commit_running(self) -> None:
        """Running statistics: what the batch had stands in their place of the gradient (see nn/norm.py)."""
        tail = slice(self.model.trained, None)
        keep = self.model.running_momentum
        if keep.size:
            with np.errstate(over="ignore", invalid="ignore"):  # checked at once
                batch = sum(lane.total[tail] for lane in self.lanes)
                self.theta[tail] = keep * self.theta[tail] + (1 - keep) * batch
            self._square(self.theta[tail], tail, "{} is not finite after the step")

    def _square(self, values: Array, piece: slice, problem: str) -> float:
        """The sum of squares of a piece.  Raises NotFiniteError, naming the parameter, where a value is not finite."""
        square = float(np.vdot(values, values))
        if np.isfinite(square):
            return square
        if not np.isfinite(values).all():
            raise NotFiniteError(problem.format(self._name(piece, values)))
        return float(np.square(values, dtype=np.float64).sum())  # only the squares were too large for float32

    def _name(self, piece: slice, values: Array) -> str:
        """Which parameter of which layer holds the first number that is not finite."""
        at = piece.start + int(np.argmin(np.isfinite(values)))
        name = next(name for name, (part, _) in self.model.slices.items() if part.start <= at < part.stop)
        leaf = dict(self.model.plan.leaves())[name.rpartition(".")[0]]
        return f"parameter {name} of layer {leaf.layer!r}"

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


ADVICE = "lower the learning rate, clip the gradient (clip_norm), or warm up the rate"


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


def _cut(start: int, stop: int) -> list[slice]:
    """Nearly equal pieces of at most PIECE numbers."""
    count = -(-(stop - start) // PIECE)
    cuts = [start + (stop - start) * k // max(count, 1) for k in range(count + 1)]
    return [slice(a, b) for a, b in pairwise(cuts)]
