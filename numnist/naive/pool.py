"""Pooling, naive: the maximum or the mean of each window, one window after the other."""

from __future__ import annotations

from itertools import product

import numpy as np

from numnist.naive.twins import NAIVE, Gradients, Loops
from numnist.naive.windows import Places
from numnist.nn import EVAL, AvgPool2d, GlobalAvgPool, MaxPool2d, Mode, Views
from numnist.nn.base import Array


def places_of(layer: MaxPool2d | AvgPool2d, x: Array) -> Places:
    """The places of the layer's window on x."""
    stride = layer.window if layer.stride is None else layer.stride
    return Places(x.shape[1], x.shape[2], layer.window, stride, layer.padding)


def max_pool_forward(layer: MaxPool2d, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """x: (C, H, W, N) -> y: (C, oh, ow, N)"""
    places = places_of(layer, x)
    y = np.full((x.shape[0], places.oh, places.ow, x.shape[3]), -np.inf, x.dtype)
    for c, n, (oi, oj) in product(range(x.shape[0]), range(x.shape[3]), places.outputs):
        for _, _, row, column in places.seen(oi, oj):
            y[c, oi, oj, n] = max(y[c, oi, oj, n], x[c, row, column, n])
    return y


def max_pool_backward(layer: MaxPool2d, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """dy goes to the largest pixel of the window; among equals, to the first in row order."""
    places, dx = places_of(layer, x), np.zeros_like(x)
    for c, n, (oi, oj) in product(range(x.shape[0]), range(x.shape[3]), places.outputs):
        largest, where = -np.inf, None
        for _, _, row, column in places.seen(oi, oj):
            if where is None or x[c, row, column, n] > largest:
                largest, where = x[c, row, column, n], (c, row, column, n)
        assert where is not None
        dx[where] += dy[c, oi, oj, n]
    return dx, {}


def divisor(layer: AvgPool2d, places: Places, oi: int, oj: int) -> int:
    """The number of pixels to divide by, with or without those of the padding."""
    return places.kh * places.kw if layer.count_padding else len(list(places.seen(oi, oj)))


def avg_pool_forward(layer: AvgPool2d, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """x: (C, H, W, N) -> y: (C, oh, ow, N)"""
    places = places_of(layer, x)
    y = np.zeros((x.shape[0], places.oh, places.ow, x.shape[3]), x.dtype)
    for c, n, (oi, oj) in product(range(x.shape[0]), range(x.shape[3]), places.outputs):
        for _, _, row, column in places.seen(oi, oj):
            y[c, oi, oj, n] += x[c, row, column, n] / divisor(layer, places, oi, oj)
    return y


def avg_pool_backward(layer: AvgPool2d, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """Every pixel of a window gets the same share of dy."""
    places, dx = places_of(layer, x), np.zeros_like(x)
    for c, n, (oi, oj) in product(range(x.shape[0]), range(x.shape[3]), places.outputs):
        for _, _, row, column in places.seen(oi, oj):
            dx[c, row, column, n] += dy[c, oi, oj, n] / divisor(layer, places, oi, oj)
    return dx, {}


def global_pool_forward(layer: GlobalAvgPool, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """x: (C, H, W, N) -> y: (C, N)"""
    C, H, W, N = x.shape
    y = np.zeros((C, N), x.dtype)
    for c, row, column, n in np.ndindex(C, H, W, N):
        y[c, n] += x[c, row, column, n] / (H * W)
    return y


def global_pool_backward(
    layer: GlobalAvgPool, p: Views, x: Array, dy: Array, mode: Mode = EVAL
) -> tuple[Array, Gradients]:
    C, H, W, N = x.shape
    dx = np.zeros_like(x)
    for c, row, column, n in np.ndindex(C, H, W, N):
        dx[c, row, column, n] = dy[c, n] / (H * W)
    return dx, {}


NAIVE["MaxPool2d"] = Loops(max_pool_forward, max_pool_backward)
NAIVE["AvgPool2d"] = Loops(avg_pool_forward, avg_pool_backward)
NAIVE["GlobalAvgPool"] = Loops(global_pool_forward, global_pool_backward)
