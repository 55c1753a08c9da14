"""Dense, ReLU and Dropout in two halves, side by side where a second thread is free.

The halves are the same with and without that thread, so the bits of the result are too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from numnist.fast.relu import relu
from numnist.nn.activations import ReLU
from numnist.nn.base import EVAL, Array, Layer, Mode, Views
from numnist.nn.dense import Dense
from numnist.nn.dropout import Dropout, keep_bits
from numnist.support.workers import Workers

ALL = slice(None)
LARGE = 150_000  # numbers in an array whose halves are worth a thread each (docs/design.md)


@dataclass(frozen=True, repr=False)
class Halves(Layer):
    """A layer that shares out its work.  workers: threads with nothing else to do, or None."""

    layer: Layer
    workers: Workers | None

    def share_out(self, task: Callable[[slice], object], rows: int, size: int) -> None:
        """Run a task on the halves of an array's rows, or on all of them where half of `size` is not worth a thread."""
        if size < LARGE:
            task(ALL)
            return
        halves = slice(0, rows // 2), slice(rows // 2, rows)
        if self.workers is not None:
            self.workers.run(task, halves)
        else:
            for half in halves:
                task(half)


class DenseHalves(Halves):
    """Dense, cut by outputs; in backward dx by inputs.   x: (in, N) -> y: (units, N)"""

    layer: Dense

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        y = np.empty((len(p.w), x.shape[1]), x.dtype)

        def outputs(rows: slice) -> None:
            np.matmul(p.w[rows], x, out=y[rows])
            if self.layer.bias:
                y[rows] += p.b[rows]

        self.share_out(outputs, len(p.w), p.w.size)
        return y, x

    def backward(self, p: Views, g: Views, dy: Array, x: Array, want_dx: bool = True) -> Array | None:
        if self.layer.bias:
            np.sum(dy, axis=1, keepdims=True, out=g.b)
        self.share_out(lambda rows: np.matmul(dy[rows], x.T, out=g.w[rows]), len(p.w), p.w.size)
        if not want_dx:
            return None
        dx = np.empty_like(x)
        self.share_out(lambda rows: np.matmul(p.w.T[rows], dy, out=dx[rows]), len(x), p.w.size)
        return dx


class ReLUHalves(Halves):
    """ReLU; it keeps y, which the next layer keeps too, instead of x.   (..., N) -> (..., N)"""

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        y = np.empty_like(x)
        self.share_out(lambda rows: relu(x[rows], out=y[rows]), len(x), x.size)
        return y, y

    def backward(self, p: Views, g: Views, dy: Array, y: Array, want_dx: bool = True) -> Array:
        dx = np.empty_like(dy)  # a product: boolean indexing costs ten times as much (docs/design.md)
        self.share_out(lambda rows: np.multiply(dy[rows], y[rows] > 0, out=dx[rows]), len(dy), dy.size)
        return dx


class DropoutHalves(Halves):
    """Dropout.   (..., N) -> (..., N)"""

    layer: Dropout

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array | None]:
        if not mode.train or self.layer.rate == 0:
            return x, None
        bits, mask, y = keep_bits(mode, x.shape), np.empty_like(x), np.empty_like(x)

        def drop(rows: slice) -> None:
            mask[rows] = self.layer.mask(bits[rows], x.dtype)
            np.multiply(x[rows], mask[rows], out=y[rows])

        self.share_out(drop, len(x), x.size)
        return y, mask

    def backward(self, p: Views, g: Views, dy: Array, mask: Array | None, want_dx: bool = True) -> Array:
        if mask is None:
            return dy
        dx = np.empty_like(dy)
        self.share_out(lambda rows: np.multiply(dy[rows], mask[rows], out=dx[rows]), len(dy), dy.size)
        return dx


HALVES: dict[type[Layer], type[Halves]] = {Dense: DenseHalves, ReLU: ReLUHalves, Dropout: DropoutHalves}
