"""Activations, slowly: each is one function of one number, and its derivative written out by hand.

All but Softmax work number by number, so they share two loops and differ in a pair (f, derivative of f).
"""

from __future__ import annotations

from collections.abc import Callable
from math import cosh, exp, pi, sqrt, tanh
from typing import Any

import numpy as np

from numnist.naive.base import NAIVE, Gradients, Twin
from numnist.nn import EVAL, Mode, Softmax, Views
from numnist.nn.base import Array

Function = Callable[[Any, float], float]  # of the layer, for its fields, and of one x


def elementwise(f: Function, df: Function) -> Twin:
    """The twin of a layer that does y_i = f(x_i):  dx_i = f'(x_i) dy_i."""

    def forward(layer: Any, p: Views, x: Array, mode: Mode = EVAL) -> Array:
        y = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            y[i] = f(layer, float(x[i]))
        return y

    def backward(layer: Any, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
        dx = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            dx[i] = df(layer, float(x[i])) * dy[i]
        return dx, {}

    return Twin(forward, backward)


def logistic(x: float) -> float:
    """1 / (1 + e⁻ˣ)"""
    return 1 / (1 + exp(-x))


def gelu(_: Any, x: float) -> float:
    return x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2


def gelu_derivative(_: Any, x: float) -> float:
    u = sqrt(2 / pi) * (x + 0.044715 * x**3)
    du = sqrt(2 / pi) * (1 + 3 * 0.044715 * x**2)
    return (1 + tanh(u)) / 2 + x / cosh(u) ** 2 * du / 2


def softmax_forward(layer: Softmax, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """y_i = eˣⁱ / Σ_j eˣʲ, for every sample (and every pixel) alone.   (features, ...) -> (features, ...)"""
    y = np.zeros_like(x)
    for at in np.ndindex(x.shape[1:]):
        for i in range(x.shape[0]):
            y[i, *at] = exp(x[i, *at]) / sum(exp(x[j, *at]) for j in range(x.shape[0]))
    return y


def softmax_backward(layer: Softmax, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """∂y_i/∂x_j = y_i (1 - y_i) for i = j, else -y_i y_j."""
    y, dx = softmax_forward(layer, p, x), np.zeros_like(x)
    for at in np.ndindex(x.shape[1:]):
        for i in range(x.shape[0]):
            for j in range(x.shape[0]):
                dx[j, *at] += dy[i, *at] * y[i, *at] * ((i == j) - y[j, *at])
    return dx, {}


NAIVE |= {
    "ReLU": elementwise(lambda _, x: max(x, 0.0), lambda _, x: 1.0 if x > 0 else 0.0),
    "LeakyReLU": elementwise(lambda a, x: x if x > 0 else a.slope * x, lambda a, x: 1.0 if x > 0 else a.slope),
    "ELU": elementwise(
        lambda a, x: x if x > 0 else a.alpha * (exp(x) - 1), lambda a, x: 1.0 if x > 0 else a.alpha * exp(x)
    ),
    "Sigmoid": elementwise(lambda _, x: logistic(x), lambda _, x: logistic(x) * (1 - logistic(x))),
    "Tanh": elementwise(lambda _, x: tanh(x), lambda _, x: 1 / cosh(x) ** 2),
    "SiLU": elementwise(lambda _, x: x * logistic(x), lambda _, x: logistic(x) + x * logistic(x) * (1 - logistic(x))),
    "GELU": elementwise(gelu, gelu_derivative),
    "Softmax": Twin(softmax_forward, softmax_backward),
}
