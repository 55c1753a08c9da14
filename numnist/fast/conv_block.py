"""A convolution and the layers behind it, run together over a few rows of output while these are in cache.

The output of a convolution is several times as large as a core's cache.  Writing it to memory and reading it again for
the bias, for ReLU and for pooling, and the same in backward, costs more than the matrix products (docs/performance.md).
The values are those of the layers one by one, up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from numnist.fast.im2col import Im2col
from numnist.fast.relu import relu
from numnist.fast.winograd import Winograd, pays
from numnist.nn.base import Array, Mode, Views
from numnist.nn.conv import Conv2d

Algorithm = Im2col | Winograd


class Cache(NamedTuple):
    """What backward needs.  won: for each block of rows, which outputs get the gradient (None: all)."""

    run: Algorithm
    won: list[Array | None]


@dataclass(frozen=True)
class ConvBlock:
    """Conv2d[, ReLU][, MaxPool2d] as one.   x: (C, H, W, N) -> (K, oh, ow, N)

    at: the convolution's place in the Sequential whose views p and g are.  window: of the pooling, (1, 1) for none.
    keep: whether backward follows, which needs to know where each maximum was.
    Whatever applies to every output is done block by block; what is left after pooling is done at once.
    """

    at: int
    conv: Conv2d
    relu: bool
    window: tuple[int, int]
    keep: bool

    def algorithm(self, w: Array, x: Array, border: bool, keep: bool) -> Algorithm:
        kind = Winograd if pays(self.conv, self.window, len(x), x.shape[3]) else Im2col
        return kind(self.conv, self.window, w, x, border, keep)

    def forward(self, p: Views, x: Array, mode: Mode) -> tuple[Array, Any]:
        return self.convolve(p[self.at].w, p[self.at].b if self.conv.bias else None, x, self.keep)

    def convolve(self, w: Array, b: Array | None, x: Array, keep: bool) -> tuple[Array, Cache]:
        """Forward with weights w (K, C, kh, kw) and biases b (K, 1).  keep: whether backward follows."""
        run = self.algorithm(w, x, border=False, keep=keep)
        y = np.empty(run.shape, x.dtype)
        winners = []
        for rows in run.blocks:
            best, won = largest(run.phases(run.outputs(rows)), keep)
            if self.relu and keep:
                passed = best > (0 if b is None else -b[:, None])
                won = passed if won is None else np.logical_and(won, passed, out=won)
            winners.append(won)
            if b is None:
                run.place(y, rows)[...] = best
            else:  # a bias does not change which output of a window is the largest
                np.add(best, b[:, None], out=run.place(y, rows))
        return self.finish(run, y), Cache(run, winners)

    def finish(self, run: Algorithm, y: Array) -> Array:
        """Crop the results of the blocks to the picture, and apply ReLU."""
        if y.shape[1:3] != run.pooled:
            y = np.ascontiguousarray(y[:, : run.pooled[0], : run.pooled[1]])
        return relu(y, out=y) if self.relu else y

    def backward(self, p: Views, g: Views, dy: Array, cache: Any, want_dx: bool = True) -> Array | None:
        run, own = cache.run, g[self.at]
        d = spread(dy, run.shape)
        dbs = []
        own.w[...] = 0
        dpadded = run.room(want_dx)
        for rows, won in zip(run.blocks, cache.won):
            dz = run.empty(rows)
            if won is None:
                run.phases(dz)[...] = run.take(d, rows)
            else:
                np.multiply(run.take(d, rows), won, out=run.phases(dz))
            dbs.append(totals(dz))
            run.gradient(rows, dz, own.w, dpadded)
        if self.conv.bias:
            own.b[:, 0] = np.concatenate(dbs).sum(axis=0)
        return None if dpadded is None else run.crop(dpadded)


def largest(z: Array, keep: bool) -> tuple[Array, Array | None]:
    """The maximum of each window and, if keep, where it was: z (ph, pw, ...) -> (...), (ph, pw, ...) of bool.

    A tournament: first along the rows of all windows at once, then between the winners.  Of equals the first wins.
    """
    best, in_row = _largest(z.swapaxes(0, 1), keep)
    best, row = _largest(best, keep)
    if row is None:
        return best, None if in_row is None else in_row.swapaxes(0, 1)
    if in_row is None:
        return best, row[:, None]
    return best, np.logical_and(in_row, row, out=in_row).swapaxes(0, 1)


def _largest(parts: Array, keep: bool) -> tuple[Array, Array | None]:
    """The maximum along the first axis and, if keep and there are several, where it was."""
    best = parts[0]
    if len(parts) == 1:
        return best, None
    won = np.empty(parts.shape, bool) if keep else None
    for k in range(1, len(parts)):
        if won is not None:
            np.greater(parts[k], best, out=won[k])
        best = np.maximum(best, parts[k])
    if won is not None:
        beaten = won[-1]  # by one further on
        for mark in won[-2:0:-1]:
            np.greater(mark, beaten, out=mark)  # and not beaten
            beaten = beaten | mark
        np.logical_not(beaten, out=won[0])
    return best, won


def spread(dy: Array, shape: tuple[int, ...]) -> Array:
    """dy (K, oh, ow, N), padded with zeros at the bottom and on the right to this shape."""
    if dy.shape == shape:
        return dy
    whole = np.zeros(shape, dy.dtype)
    whole[:, : dy.shape[1], : dy.shape[2]] = dy
    return whole


def totals(z: Array) -> Array:
    """The sum over each row: (..., M) -> (...).  A product with ones, since BLAS is fastest."""
    return np.matmul(z, np.ones(z.shape[-1], z.dtype))
