"""Update: a step's gradient applied to the flat vector, in chunks that stay in cache.

Summing the lanes' gradients, L2, clipping, weight decay, the optimizer and the check for numbers that are not finite
all happen to one chunk before the next is touched.  Everything but clipping's norm is elementwise, so the bits do not
depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from math import sqrt

import numpy as np

from numnist.model.parameters import Parameters
from numnist.nn.base import Array
from numnist.support.errors import NotFiniteError
from numnist.support.workers import Workers
from numnist.training.settings import Settings
from numnist.training.state import State

# Numbers in a chunk.  Larger chunks fall out of cache; smaller ones make threads wait for each other, since every
# NumPy call hands the interpreter over (measured in docs/design.md).
CHUNK = 65536
ALONE = 2  # chunks that one thread updates sooner than it wakes another (measured there too)


class Update:
    """Updates state.theta and the optimizer's slots from the gradients of all lanes.

    gradients: one vector a lane, as long as theta, which `apply` may overwrite.
    """

    def __init__(
        self, parameters: Parameters, settings: Settings, state: State, gradients: list[Array], workers: Workers
    ):
        self.parameters, self.settings, self.gradients, self.workers = parameters, settings, gradients, workers
        self.theta, self.slots = state.theta, state.slots
        # parts of the trained vector, and whether they are decayed: none crosses the border
        self.chunks = [(s, True) for s in _cut(0, parameters.decayed)]
        self.chunks += [(s, False) for s in _cut(parameters.decayed, parameters.trained)]
        self.squares = [float(np.vdot(self.theta[s], self.theta[s])) for s, _ in self.chunks]  # of weights, for L2
        momenta = [p.momentum for _, p in parameters.plan.walk() if p.momentum is not None for _ in range(p.size)]
        self.momentum = np.array(momenta, self.theta.dtype)  # of each running statistic

    def penalty(self) -> float:
        """What L2 adds to the loss at the weights as they are: l2/2 · Σw²."""
        if not self.settings.l2:
            return 0.0
        return 0.5 * self.settings.l2 * sum(q for q, (_, decayed) in zip(self.squares, self.chunks) if decayed)

    def apply(self, step: int, rate: float) -> None:
        """Change the weights.  step: from 0;  rate: the learning rate now.

        Raises NotFiniteError, naming the parameter, for a gradient or a weight that is not finite.
        """
        gradient = self._reduce
        if self.settings.clip_norm is not None:  # the norm must be known before the first weight changes
            norm = sqrt(sum(self._per_chunk(self._reduce_into_first)))
            scale = min(1.0, self.settings.clip_norm / norm) if norm else 1.0
            gradient = partial(self._clipped, scale=scale)
        self.squares = self._per_chunk(lambda k: self._optimize(k, gradient(k), step, rate))
        self._commit_running()

    def _per_chunk(self, function: Callable[[int], float]) -> list[float]:
        """function(index) for all chunks, each worker taking a run of neighbours; the results in order."""
        threads = min(self.workers.threads, 1 + len(self.chunks) // ALONE)
        total = self.chunks[-1][0].stop
        shares: list[list[int]] = [[] for _ in range(threads)]
        for k, (chunk, _) in enumerate(self.chunks):
            shares[(chunk.start + chunk.stop) * threads // (2 * total)].append(k)
        nested = self.workers.run(lambda share: [function(k) for k in share], shares)
        return [value for values in nested for value in values]

    def _reduce(self, k: int) -> Array:
        """The gradient of a chunk: the sum over lanes, and L2's.  Not stored: it is used while in cache."""
        chunk, decayed = self.chunks[k]
        g, *others = (gradient[chunk] for gradient in self.gradients)
        for i, other in enumerate(others):
            g = np.add(g, other, out=g if i else None)
        if self.settings.l2 and decayed:
            g += self.settings.l2 * self.theta[chunk]
        return g

    def _reduce_into_first(self, k: int) -> float:
        """Leave the gradient of a chunk in the first lane's vector, and return the sum of its squares."""
        chunk = self.chunks[k][0]
        g = self.gradients[0][chunk] = self._reduce(k)
        return self._square(g, chunk, "the gradient of {} is not finite")

    def _clipped(self, k: int, scale: float) -> Array:
        """The gradient that `_reduce_into_first` left, made shorter."""
        g = self.gradients[0][self.chunks[k][0]]
        if scale != 1:
            g *= scale
        return g

    def _optimize(self, k: int, g: Array, step: int, rate: float) -> float:
        """Let the optimizer change a chunk; return the sum of its weights' squares, which are checked in passing."""
        chunk, decayed = self.chunks[k]
        theta, optimizer = self.theta[chunk], self.settings.optimizer
        if decayed and optimizer.weight_decay:
            theta *= 1 - rate * optimizer.weight_decay
        slots = {name: slot[chunk] for name, slot in self.slots.items()}
        optimizer.update(theta, g, slots, rate, step + 1)
        square = float(np.vdot(theta, theta))
        if not np.isfinite(square):  # the gradient is to blame, if it is not finite itself
            self._square(g, chunk, "the gradient of {} is not finite")
            square = self._square(theta, chunk, "{} is not finite after the step")
        return square

    def _commit_running(self) -> None:
        """Running statistics move towards the batch's own, which stand in their place of the gradient (nn/norm.py)."""
        tail = slice(self.parameters.trained, None)
        keep = self.momentum
        if keep.size:
            with np.errstate(over="ignore", invalid="ignore"):  # checked at once
                batch = sum(gradient[tail] for gradient in self.gradients)
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


def _cut(start: int, stop: int) -> list[slice]:
    """Nearly equal chunks of at most CHUNK numbers."""
    count = -(-(stop - start) // CHUNK)
    cuts = [start + (stop - start) * k // max(count, 1) for k in range(count + 1)]
    return [slice(a, b) for a, b in pairwise(cuts)]
