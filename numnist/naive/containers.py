"""Flatten, Sequential and Residual, naive: layers that compute nothing themselves and only pass numbers on."""

from __future__ import annotations

from math import prod

import numpy as np

from numnist.naive.twins import NAIVE, Gradients, Loops, backward, forward
from numnist.nn import EVAL, Flatten, Mode, Residual, Sequential, Views
from numnist.nn.base import Array


def flatten_forward(layer: Flatten, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """x: (C, H, W, N) -> y: (C·H·W, N), pixels in row order"""
    y = np.zeros((prod(x.shape[:-1]), x.shape[-1]), x.dtype)
    for row, place in enumerate(np.ndindex(x.shape[:-1])):
        y[row] = x[place]
    return y


def flatten_backward(layer: Flatten, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    dx = np.zeros_like(x)
    for row, place in enumerate(np.ndindex(x.shape[:-1])):
        dx[place] = dy[row]
    return dx, {}


def sequential_forward(layer: Sequential, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    for i, inner in enumerate(layer.layers):
        x = forward(inner, p[i], x, mode.inside(i))
    return x


def sequential_backward(layer: Sequential, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """The chain rule: from the last layer to the first, each with its own input."""
    inputs = [x]
    for i, inner in enumerate(layer.layers):
        inputs.append(forward(inner, p[i], inputs[i], mode.inside(i)))
    gradients: Gradients = {}
    for i, inner in reversed(list(enumerate(layer.layers))):
        dy, own = backward(inner, p[i], inputs[i], dy, mode.inside(i))
        gradients |= inner_names(i, own)
    return dy, gradients


def residual_forward(layer: Residual, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """y = body(x) + shortcut(x)"""
    around = x if layer.shortcut is None else forward(layer.shortcut, p[1], x, mode.inside(1))
    return forward(layer.body, p[0], x, mode.inside(0)) + around


def residual_backward(layer: Residual, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """A sum passes dy to both of its terms, and since x takes both paths, its two gradients add up."""
    dx, gradients = backward(layer.body, p[0], x, dy, mode.inside(0))
    around, others = (dy, {}) if layer.shortcut is None else backward(layer.shortcut, p[1], x, dy, mode.inside(1))
    return dx + around, inner_names(0, gradients) | inner_names(1, others)


def inner_names(i: int, gradients: Gradients) -> Gradients:
    """The gradients of the i-th layer inside, by their full names."""
    return {f"{i}.{name}": value for name, value in gradients.items()}


NAIVE["Flatten"] = Loops(flatten_forward, flatten_backward)
NAIVE["Sequential"] = Loops(sequential_forward, sequential_backward)
NAIVE["Residual"] = Loops(residual_forward, residual_backward)
