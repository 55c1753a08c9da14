"""Conv2d, naive: seven loops, one for each letter of y[k, oi, oj, n] = Σ w[k, c, i, j] · x[c, ·, ·, n] + b[k]."""

from __future__ import annotations

from itertools import product

import numpy as np

from numnist.naive.twins import NAIVE, Gradients, Loops
from numnist.naive.windows import Places
from numnist.nn import EVAL, Conv2d, Mode, Views
from numnist.nn.base import Array


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
