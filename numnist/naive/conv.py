"""Conv2d, naive: seven loops, one for each letter of y[k, oi, oj, n] = Σ w[k, c, i, j] · x[c, ·, ·, n] + b[k].

`Places` lists the pixels that each output of a convolution or pooling sees.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from numnist.naive.twins import NAIVE, Gradients, Loops
from numnist.nn import EVAL, Conv2d, Mode, Views
from numnist.nn.base import Array


def both(value: Any) -> tuple[int, int]:
    """3 as (3, 3); (3, 5) as it is."""
    return value if isinstance(value, tuple) else (value, value)


def frame(size: int, kernel: int, stride: int, dilation: int, padding: Any, direction: int) -> tuple[int, int]:
    """(pixels of padding before the picture, outputs) along one direction: 0 for rows, 1 for columns."""
    extent = (kernel - 1) * dilation + 1  # pixels from the first to the last of a window
    if padding == "same":
        outputs = (size + stride - 1) // stride
        return max(0, (outputs - 1) * stride + extent - size) // 2, outputs
    before = 0 if padding == "valid" else both(padding)[direction]
    return before, (size + 2 * before - extent) // stride + 1


class Places:
    """`outputs` are all (oi, oj); `seen(oi, oj)` yields (i, j, row, column): a place in the kernel and its pixel."""

    def __init__(self, H: int, W: int, kernel: Any, stride: Any, padding: Any, dilation: Any = 1):
        self.H, self.W = H, W
        (self.kh, self.kw), (self.sh, self.sw), (self.dh, self.dw) = both(kernel), both(stride), both(dilation)
        self.top, self.oh = frame(H, self.kh, self.sh, self.dh, padding, 0)
        self.left, self.ow = frame(W, self.kw, self.sw, self.dw, padding, 1)
        self.outputs = list(np.ndindex(self.oh, self.ow))

    def seen(self, oi: int, oj: int) -> Iterator[tuple[int, int, int, int]]:
        for i, j in np.ndindex(self.kh, self.kw):
            row = oi * self.sh + i * self.dh - self.top
            column = oj * self.sw + j * self.dw - self.left
            if 0 <= row < self.H and 0 <= column < self.W:  # padding is 0 to a sum and never the maximum
                yield i, j, row, column


def conv_forward(layer: Conv2d, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """x: (C, H, W, N) -> y: (filters, oh, ow, N)"""
    C, H, W, N = x.shape
    places = Places(H, W, layer.kernel, layer.stride, layer.padding, layer.dilation)
    per_group, filters_per_group = C // layer.groups, layer.filters // layer.groups
    y = np.zeros((layer.filters, places.oh, places.ow, N), x.dtype)
    for n, k, (oi, oj) in product(range(N), range(layer.filters), places.outputs):
        first = k // filters_per_group * per_group  # the first channel that filter k's group sees
        for c, (i, j, row, column) in product(range(per_group), places.seen(oi, oj)):
            y[k, oi, oj, n] += p.w[k, c, i, j] * x[first + c, row, column, n]
        if layer.bias:
            y[k, oi, oj, n] += p.b[k, 0]
    return y


def conv_backward(layer: Conv2d, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """The same loops: each product w·x passes dy on, times x to w and times w to x."""
    C, H, W, N = x.shape
    places = Places(H, W, layer.kernel, layer.stride, layer.padding, layer.dilation)
    per_group, filters_per_group = C // layer.groups, layer.filters // layer.groups
    dx, dw, db = np.zeros_like(x), np.zeros_like(p.w), np.zeros((layer.filters, 1), x.dtype)
    for n, k, (oi, oj) in product(range(N), range(layer.filters), places.outputs):
        first = k // filters_per_group * per_group
        for c, (i, j, row, column) in product(range(per_group), places.seen(oi, oj)):
            dw[k, c, i, j] += dy[k, oi, oj, n] * x[first + c, row, column, n]
            dx[first + c, row, column, n] += dy[k, oi, oj, n] * p.w[k, c, i, j]
        db[k, 0] += dy[k, oi, oj, n]
    return dx, {"w": dw, "b": db} if layer.bias else {"w": dw}


NAIVE["Conv2d"] = Loops(conv_forward, conv_backward)
