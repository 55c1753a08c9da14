"""Pooling, naive: the maximum or the mean of each window, one window after the other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from numnist.naive.conv import Places
from numnist.naive.twins import NAIVE, Gradients, Loops
from numnist.nn import EVAL, AvgPool2d, GlobalAvgPool, MaxPool2d, Mode, Views
from numnist.nn.base import Array

Index = tuple[int, ...]


def places_of(layer: MaxPool2d | AvgPool2d, x: Array) -> Places:
    """The places of the layer's window on x."""
    stride = layer.window if layer.stride is None else layer.stride
    return Places(x.shape[1], x.shape[2], layer.window, stride, layer.padding)


def windows(places: Places, x: Array) -> Iterator[tuple[Index, list[Index]]]:
    """(place in y, places in x of the pixels that it sees, in row order and without padding) for each number of y."""
    for c, n, (oi, oj) in product(range(x.shape[0]), range(x.shape[3]), places.outputs):
        yield (c, oi, oj, n), [(c, row, column, n) for _, _, row, column in places.seen(oi, oj)]


def max_pool_forward(layer: MaxPool2d, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """x: (C, H, W, N) -> y: (C, oh, ow, N)"""
    places = places_of(layer, x)
    y = np.zeros((x.shape[0], places.oh, places.ow, x.shape[3]), x.dtype)
    for at, pixels in windows(places, x):
        y[at] = max(x[pixel] for pixel in pixels)
    return y


def max_pool_backward(layer: MaxPool2d, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """dy goes to the largest pixel of the window; among equals, to the first in row order, as `max` chooses."""
    dx = np.zeros_like(x)
    for at, pixels in windows(places_of(layer, x), x):
        dx[max(pixels, key=lambda pixel: x[pixel])] += dy[at]
    return dx, {}


def divisor(layer: AvgPool2d, places: Places, pixels: list[Index]) -> int:
    """The number of pixels to divide by, with or without those of the padding."""
    return places.kh * places.kw if layer.count_padding else len(pixels)


def avg_pool_forward(layer: AvgPool2d, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """x: (C, H, W, N) -> y: (C, oh, ow, N)"""
    places = places_of(layer, x)
    y = np.zeros((x.shape[0], places.oh, places.ow, x.shape[3]), x.dtype)
    for at, pixels in windows(places, x):
        y[at] = sum(x[pixel] for pixel in pixels) / divisor(layer, places, pixels)
    return y


def avg_pool_backward(layer: AvgPool2d, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """Every pixel of a window gets the same share of dy."""
    places, dx = places_of(layer, x), np.zeros_like(x)
    for at, pixels in windows(places, x):
        for pixel in pixels:
            dx[pixel] += dy[at] / divisor(layer, places, pixels)
    return dx, {}


def global_pool_forward(layer: GlobalAvgPool, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """Average pooling with one window, the whole picture.   x: (C, H, W, N) -> y: (C, N)"""
    return avg_pool_forward(AvgPool2d(x.shape[1:3]), p, x)[:, 0, 0]


def global_pool_backward(
    layer: GlobalAvgPool, p: Views, x: Array, dy: Array, mode: Mode = EVAL
) -> tuple[Array, Gradients]:
    return avg_pool_backward(AvgPool2d(x.shape[1:3]), p, x, dy[:, None, None])


NAIVE["MaxPool2d"] = Loops(max_pool_forward, max_pool_backward)
NAIVE["AvgPool2d"] = Loops(avg_pool_forward, avg_pool_backward)
NAIVE["GlobalAvgPool"] = Loops(global_pool_forward, global_pool_backward)
