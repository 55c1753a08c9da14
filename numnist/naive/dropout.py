"""Dropout, naive: one throw of a die for every number."""

from __future__ import annotations

from math import prod

import numpy as np

from numnist.naive.twins import NAIVE, Gradients, Loops
from numnist.nn import EVAL, Dropout, Mode, Views
from numnist.nn.base import Array


def kept(layer: Dropout, shape: tuple[int, ...], mode: Mode) -> list[bool]:
    """Which numbers stay.  The die has 65,536 faces: two of the mode's random bytes, low byte first."""
    count = prod(shape)
    if not mode.train or layer.rate == 0:
        return [True] * count
    faces = mode.rng().bytes(2 * count)
    return [faces[2 * i] + 256 * faces[2 * i + 1] >= round(layer.rate * 65536) for i in range(count)]


def dropout_forward(layer: Dropout, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """y_i = x_i / (1 - rate) where kept, else 0; in evaluation mode y_i = x_i.   (..., N) -> (..., N)"""
    scale = 1 / (1 - layer.rate) if mode.train else 1.0
    y = np.zeros_like(x)
    for i, keep in enumerate(kept(layer, x.shape, mode)):
        y.flat[i] = x.flat[i] * scale if keep else 0
    return y


def dropout_backward(layer: Dropout, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """The same numbers stay, since the mode's random numbers are the same."""
    return dropout_forward(layer, p, dy, mode), {}


NAIVE["Dropout"] = Loops(dropout_forward, dropout_backward)
