"""Lanes: the parts of a batch that may run side by side, each shard by shard.

A batch is cut into lanes, each lane into shards small enough that a layer's arrays stay in cache.  A lane runs forward,
loss and backward over its shards in order and adds up its gradient.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numnist.fast.compile import compile
from numnist.model.parameters import Parameters
from numnist.nn.activations import with_background
from numnist.nn.base import Array, Mode, Views
from numnist.nn.losses import has_background
from numnist.support.rng import keyed_rng
from numnist.training.memory import Job, Memory
from numnist.training.tree import depth, sum_branch


class Gradient(NamedTuple):
    """A vector like theta, and the layers' views into it."""

    vector: Array
    views: Views


class Lanes:
    """Runs lanes in one process, and adds up their gradients."""

    def __init__(self, parameters: Parameters, job: Job, memory: Memory):
        self.job, self.memory = job, memory
        self.network = compile(job.network, job.shard, training=True, frozen=job.frozen)
        self.background = has_background(job.settings.loss)
        self.p = parameters.views(memory.theta)
        sums = [np.zeros_like(memory.theta) for _ in range(depth(min(job.branch, job.lanes)))]
        *self.sums, self.part = [Gradient(vector, parameters.views(vector)) for vector in sums]
        self.branches = [Gradient(vector, parameters.views(vector)) for vector in memory.branches]

    def run_branch(self, branch: int) -> None:
        """Leave the sum of the gradients of a branch's lanes in its vector, each lane's loss and hits in memory."""
        first = branch * self.job.branch
        rows = [self.branches[branch], *self.sums]
        count = min(self.job.branch, self.job.lanes - first)
        sum_branch(count, lambda i, row: self._run_lane(first + i, rows[row]), [row.vector for row in rows])

    def _run_lane(self, lane: int, total: Gradient) -> None:
        """Forward, loss and backward over a lane's shards; the sum of their gradients is left in `total`."""
        loss, correct, count = 0.0, 0, int(self.memory.header["count"][0])
        total_is_empty = True
        for x, labels, mode in self.shards(lane):
            logits, caches = self.network.forward(self.p, x, mode)
            part, dlogits = self.job.settings.loss(logits, labels, count)
            g = total if total_is_empty else self.part
            self.network.backward(self.p, g.views, dlogits, caches, want_dx=False)
            if not total_is_empty:
                np.add(total.vector, g.vector, out=total.vector)
            total_is_empty = False
            loss += part
            if labels.ndim == 1:  # of classes
                seen = with_background(logits) if self.background else logits
                correct += int(np.count_nonzero(seen.argmax(axis=0) == labels))
        if total_is_empty:  # fewer pictures than lanes
            total.vector[...] = 0
        self.memory.losses[lane], self.memory.correct[lane] = loss, correct

    def shards(self, lane: int) -> Iterator[tuple[Array, NDArray[Any], Mode]]:
        """A lane's shards, augmented and normalised: (C, H, W, n), their labels (n, ...) and their mode.

        Nearly equal parts of at most `shard`: a last part of one picture would make poor batch statistics.
        """
        job, settings = self.job, self.job.settings
        step, count = (int(self.memory.header[name][0]) for name in ("step", "count"))
        pictures = equal_parts(range(count), job.lanes)[lane]
        for k, part in enumerate(equal_parts(pictures, -(-len(pictures) // job.shard))):
            x = self.memory.x[part.start : part.stop]
            if settings.augment is not None:
                x = settings.augment(x, keyed_rng(settings.seed, "augment", step, lane, k))
            mode = Mode(True, settings.seed, (step, lane, k), len(part) / count)
            yield job.normalization.apply(x, job.dtype), self.memory.labels[part.start : part.stop], mode


def equal_parts(whole: range, count: int) -> list[range]:
    """Neighbouring parts whose lengths differ by at most one, the longer ones first (as numpy.array_split cuts)."""
    length, longer = divmod(len(whole), count) if count else (0, 0)
    ends = [whole.start + k * length + min(k, longer) for k in range(count + 1)]
    return [range(a, b) for a, b in pairwise(ends)]
