"""Blocks: a convolution and what follows it, run together over a few rows of output while they are in cache.

Sequential runs these in training and inference; the values are those of the layers one by one, up to rounding.
What a convolution makes is several times as large as a core's cache: written out, read for the bias, for ReLU and
for pooling, and the same in backward, it costs more than the products themselves (docs/performance.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from numnist.layers.base import Array, Mode, Views
from numnist.layers.conv import Conv2d
from numnist.layers.im2col import Im2col
from numnist.layers.winograd import Winograd, pays

Algorithm = Im2col | Winograd


class Cache(NamedTuple):
    """What backward needs: for each block of rows, which outputs get the gradient (None: all do)."""

    run: Algorithm
    won: list[Array | None]


@dataclass(frozen=True)
class ConvBlock:
    """Conv2d[, ReLU][, MaxPool2d] as one.   x: (C, H, W, N) -> (K, oh, ow, N)

    at: the convolution's place in the Sequential, whose views p and g are.  window: of the pooling, (1, 1) for none.
    """

    at: int
    conv: Conv2d
    relu: bool
    window: tuple[int, int]

    def algorithm(self, w: Array, x: Array, every: bool = False) -> Algorithm:
        kind = Winograd if pays(self.conv, self.window, len(x)) else Im2col
        return kind(self.conv, self.window, w, x, every)

    def forward(self, p: Views, x: Array, mode: Mode) -> tuple[Array, Any]:
        return self.convolve(p[self.at].w, p[self.at].b if self.conv.bias else None, x, mode.train)

    def convolve(self, w: Array, b: Array | None, x: Array, keep: bool) -> tuple[Array, Cache]:
        """Forward with weights w (K, C, kh, kw) and biases b (K, 1); keep: what backward needs."""
        run = self.algorithm(w, x)
        y = np.empty(run.shape, x.dtype)
        cache = Cache(run, [])
        for rows in run.blocks:
            best, won = largest(run.phases(run.outputs(rows)), keep)
            if b is not None:  # a number added to all of a window does not change which is the largest
                best += b[:, None]
            if self.relu:
                np.maximum(best, 0, out=best)
                if keep:
                    won = alive(best, won)
            run.place(y, rows)[...] = best
            cache.won.append(won)
        return run.shown(y), cache

    def backward(self, p: Views, g: Views, dy: Array, cache: Any, want_dx: bool = True) -> Array | None:
        run, own = cache.run, g[self.at]
        dy = spread(dy, run.shape)
        dpadded = np.zeros_like(run.padded) if want_dx else None
        own.w[...] = 0
        if self.conv.bias:
            own.b[...] = 0
        for rows, won in zip(run.blocks, cache.won):
            d = np.ascontiguousarray(run.place(dy, rows))
            dz = run.empty(rows)
            if won is None:
                run.phases(dz)[...] = d
            else:
                np.multiply(d, won, out=run.phases(dz))
            if self.conv.bias:
                own.b[:, 0] += totals(dz)
            run.gradient(rows, dz, own.w, dpadded)
        return None if dpadded is None else run.crop(dpadded)


def largest(z: Array, keep: bool) -> tuple[Array, Array | None]:
    """The largest of each window, and which it was: z (ph, pw, ...) -> (...) and, to keep, (ph, pw, ...) of bool.

    A tournament in row order, so that of equal ones the first wins.  Without a rival nothing needs to be kept.
    """
    ph, pw = z.shape[:2]
    best = z[0, 0]
    if ph * pw == 1:
        return best, None
    places = [(a, b) for a in range(ph) for b in range(pw)]
    won = np.empty(z.shape, bool) if keep else None
    for k, place in enumerate(places[1:]):
        if won is not None:
            np.greater(z[place], best, out=won[place])
        best = np.maximum(best, z[place], out=best if k else None)
    if won is not None:
        beaten = np.zeros(best.shape, bool)  # by a later one
        for place in reversed(places[1:]):
            np.greater(won[place], beaten, out=won[place])  # won and not beaten
            beaten |= won[place]
        np.logical_not(beaten, out=won[0, 0])
    return best, won


def spread(dy: Array, shape: tuple[int, ...]) -> Array:
    """dy (K, oh, ow, N) with zeros behind its rows and columns up to this shape."""
    if dy.shape == shape:
        return dy
    whole = np.zeros(shape, dy.dtype)
    whole[:, : dy.shape[1], : dy.shape[2]] = dy
    return whole


def alive(y: Array, won: Array | None) -> Array:
    """Of those who won, the ones that ReLU let through."""
    passed = y > 0
    return passed[None, None] if won is None else np.logical_and(won, passed, out=won)


def totals(z: Array) -> Array:
    """The sum of each filter's outputs: (phases, K, M) -> (K,).  A product with ones, which BLAS does fastest."""
    return np.matmul(z, np.ones(z.shape[2], z.dtype)).sum(axis=0)
