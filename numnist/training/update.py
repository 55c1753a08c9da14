"""Update: a step's gradient applied to the flat vector, in chunks that stay in cache.

Summing the branches' gradients, L2, clipping, weight decay, the optimizer, the average and the check for numbers that
are not finite all happen to one chunk before the next is touched.  Each rank has a run of neighbouring chunks.
Everything but clipping's norm is elementwise, so the bits do not depend on which rank that is.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from numnist.model.parameters import Parameters
from numnist.nn.base import Array
from numnist.support.errors import NotFiniteError
from numnist.training.memory import Job, Memory
from numnist.training.tree import tree_sum


class Update:
    """Updates the weights in memory from the gradients in memory, which it may overwrite."""

    def __init__(self, parameters: Parameters, job: Job, memory: Memory):
        self.parameters, self.settings, self.memory = parameters, job.settings, memory
        self.theta, self.chunks = memory.theta, parameters.chunks(job.chunk, job.frozen)
        division, own = job.division, job.position
        self.own = range(*division.chunks[own : own + 2])
        self.sums = division.sums(own)  # of neighbouring branches that only this process has
        self.done = {each for process in division.processes for each in division.sums(process)}
        # of running statistics, which the last process updates
        *_, tail = parameters.parts(job.frozen)
        self.tail = tail if own == division.processes[-1] else slice(0, 0)
        momenta = [p.momentum for _, p in parameters.plan.walk() if p.momentum is not None for _ in range(p.size)]
        self.momentum = np.array(momenta, self.theta.dtype)[tail.start - parameters.trained :]  # of each in the tail

    def start(self) -> None:
        """Before the first step."""
        for k, (chunk, _) in enumerate(self.chunks):
            self.memory.weight_squares[k] = np.vdot(self.theta[chunk], self.theta[chunk])

    def penalty(self) -> float:
        """What L2 adds to the loss at the weights as they are: l2/2 · Σw², without those of frozen layers."""
        if not self.settings.l2:
            return 0.0
        weights = sum(1 for _, decayed in self.chunks if decayed)
        return 0.5 * self.settings.l2 * sum(self.memory.weight_squares[:weights].tolist())

    def share(self, position: int, ranks: int) -> range:
        """The chunks of one rank."""
        return _share(self.own, position, ranks)

    def fold(self, position: int, ranks: int) -> None:
        """In a group: leave sums of this process's branches in the first of each, over a rank's share of all chunks."""
        several = [(start, stop) for start, stop in self.sums if stop - start > 1]
        chunks = [chunk for chunk, _ in self.chunks]
        chunks = [chunks[k] for k in _share(range(len(chunks)), position, ranks)]
        if position == 0:
            chunks.append(slice(self.parameters.trained, self.theta.size))
        for start, stop in several:
            for chunk in chunks:
                self.memory.branches[start, chunk] = tree_sum(self.memory.branches[start:stop, chunk])

    def reduce(self, position: int, ranks: int) -> None:
        """For clipping: leave the gradient of a rank's chunks in the first branch, and the sums of its squares.

        Raises NotFiniteError, naming the parameter, for a gradient that is not finite.
        """
        for k in self.share(position, ranks):
            chunk = self.chunks[k][0]
            g = self.memory.branches[0, chunk] = self._gradient(k)
            self.memory.gradient_squares[k] = self._square(g, chunk, "the gradient of {} is not finite")

    def clipping(self) -> float:
        """The factor that makes the gradient no longer than clip_norm, once all chunks are reduced."""
        norm, most = sqrt(sum(self.memory.gradient_squares.tolist())), self.settings.clip_norm
        return min(1.0, most / norm) if norm and most is not None else 1.0

    def apply(self, position: int, ranks: int, step: int, rate: float, scale: float) -> None:
        """Change the weights of a rank's chunks.  step: from 0;  rate: the learning rate now;  scale: see `clipping`.

        Raises NotFiniteError, naming the parameter, for a gradient or a weight that is not finite.
        """
        clipped = self.settings.clip_norm is not None
        for k in self.share(position, ranks):
            g = self.memory.branches[0, self.chunks[k][0]] if clipped else self._gradient(k)
            if scale != 1:
                g *= scale
            self.memory.weight_squares[k] = self._optimize(k, g, step, rate)
            self._average(self.chunks[k][0], step)
        if position == 0 and self.tail.start < self.tail.stop:
            self._commit_running(self.tail)
            self._average(self.tail, step)

    def _gradient(self, k: int) -> Array:
        """The gradient of a chunk: the sum over branches, and L2's.  Not stored: it is used while in cache."""
        chunk, decayed = self.chunks[k]
        g = tree_sum(self.memory.branches[:, chunk], self.done)
        if self.settings.l2 and decayed:
            g += self.settings.l2 * self.theta[chunk]
        return g

    def _optimize(self, k: int, g: Array, step: int, rate: float) -> float:
        """Let the optimizer change a chunk; return the sum of its weights' squares, which are checked in passing."""
        chunk, decayed = self.chunks[k]
        theta, optimizer = self.theta[chunk], self.settings.optimizer
        if decayed and optimizer.weight_decay:
            theta *= 1 - rate * optimizer.weight_decay
        slots = {name: slot[chunk] for name, slot in self.memory.slots.items()}
        optimizer.update(theta, g, slots, rate, step + 1)
        square = float(np.vdot(theta, theta))
        if not np.isfinite(square):  # the gradient is to blame, if it is not finite itself
            self._square(g, chunk, "the gradient of {} is not finite")
            square = self._square(theta, chunk, "{} is not finite after the step")
        return square

    def _average(self, chunk: slice, step: int) -> None:
        """Move the average of the weights towards them."""
        average, decay = self.memory.average, self.settings.average
        if average is not None and decay is not None:
            decay = min(decay, (1 + step) / (10 + step))  # so that the first, poor weights are soon forgotten
            average[chunk] += (1 - decay) * (self.theta[chunk] - average[chunk])

    def _commit_running(self, tail: slice) -> None:
        """Running statistics move towards the batch's own, which stand in their place of the gradient (nn/norm.py)."""
        keep = self.momentum
        batch = tree_sum(self.memory.branches[:, tail], self.done)
        self.theta[tail] = keep * self.theta[tail] + (1 - keep) * batch
        self._square(self.theta[tail], tail, "{} is not finite after the step")

    def _square(self, values: Array, part: slice, problem: str) -> float:
        """The sum of squares of a part.  Raises NotFiniteError, naming the parameter, where a value is not finite."""
        square = float(np.vdot(values, values))
        if np.isfinite(square):
            return square
        finite = np.isfinite(values)
        if not finite.all():
            raise NotFiniteError(problem.format(self.parameters.owner(part.start + int(np.argmin(finite)))))
        return float(np.square(values, dtype=np.float64).sum())  # only the squares were too large for float32


def _share(whole: range, position: int, ranks: int) -> range:
    """The part of a range that belongs to the rank at a position."""
    return whole[position * len(whole) // ranks : (position + 1) * len(whole) // ranks]
