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
        gradients |= {f"{i}.{name}": value for name, value in own.items()}
    return dy, gradients


def residual_forward(layer: Residual, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """y = body(x) + shortcut(x)"""
    y = forward(layer.body, p[0], x, mode.inside(0))
    if layer.shortcut is None:
        return y + x
    return y + forward(layer.shortcut, p[1], x, mode.inside(1))


def residual_backward(layer: Residual, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """A sum passes dy to both of its terms, and since x takes both paths, its two gradients add up."""
    dx, gradients = backward(layer.body, p[0], x, dy, mode.inside(0))
    gradients = {f"0.{name}": value for name, value in gradients.items()}
    if layer.shortcut is None:
        return dx + dy, gradients
    around, own = backward(layer.shortcut, p[1], x, dy, mode.inside(1))
    return dx + around, gradients | {f"1.{name}": value for name, value in own.items()}


NAIVE["Flatten"] = Loops(flatten_forward, flatten_backward)
NAIVE["Sequential"] = Loops(sequential_forward, sequential_backward)
NAIVE["Residual"] = Loops(residual_forward, residual_backward)
