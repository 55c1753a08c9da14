"""Activations: elementwise nonlinear functions.  Without them a stack of layers would be one linear layer.

Each takes x of any shape (..., N) and returns y of the same shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from numnist.nn.base import EVAL, Array, Layer, Mode, Plan, Shape, Views, expect_some
from numnist.support.checks import within

INF = float("inf")


@dataclass(frozen=True, repr=False)
class Activation(Layer):
    """Base of all activations: no parameters, and the shape stays."""

    def build(self, in_shape: Shape) -> Plan:
        return Plan(self, in_shape, expect_some(self, in_shape))


class ReLU(Activation):
    """y = max(x, 0); the gradient at 0 is 0.   (..., N) -> (..., N)"""

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        return np.maximum(x, 0), x

    def backward(self, p: Views, g: Views, dy: Array, x: Array, want_dx: bool = True) -> Array:
        return dy * (x > 0)


@dataclass(frozen=True, repr=False)
class LeakyReLU(Activation):
    """y = x where x > 0, slope·x elsewhere.   (..., N) -> (..., N)"""

    slope: float = 0.01

    def __post_init__(self) -> None:
        within(self.slope, "LeakyReLU slope", 0, 1)

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        return np.maximum(x, self.slope * x), x

    def backward(self, p: Views, g: Views, dy: Array, x: Array, want_dx: bool = True) -> Array:
        return dy * self.slope + dy * (x > 0) * (1 - self.slope)


@dataclass(frozen=True, repr=False)
class ELU(Activation):
    """y = x where x > 0, α(eˣ - 1) elsewhere (arxiv.org/abs/1511.07289).   (..., N) -> (..., N)"""

    alpha: float = 1.0

    def __post_init__(self) -> None:
        within(self.alpha, "ELU alpha", 0)

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        return self.alpha * np.expm1(np.minimum(x, 0)) + np.maximum(x, 0), x

    def backward(self, p: Views, g: Views, dy: Array, x: Array, want_dx: bool = True) -> Array:
        return dy * np.where(x > 0, 1, self.alpha * np.exp(np.minimum(x, 0)))


class Sigmoid(Activation):
    """y = 1 / (1 + e⁻ˣ).   (..., N) -> (..., N)"""

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        y = sigmoid(x)
        return y, y

    def backward(self, p: Views, g: Views, dy: Array, y: Array, want_dx: bool = True) -> Array:
        return dy * y * (1 - y)


class Tanh(Activation):
    """y = tanh(x).   (..., N) -> (..., N)"""

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        y = np.tanh(x)
        return y, y

    def backward(self, p: Views, g: Views, dy: Array, y: Array, want_dx: bool = True) -> Array:
        return dy * (1 - y * y)


class SiLU(Activation):
    """y = x·sigmoid(x), also called swish (arxiv.org/abs/1702.03118).   (..., N) -> (..., N)"""

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, tuple[Array, Array]]:
        s = sigmoid(x)
        return x * s, (x, s)

    def backward(self, p: Views, g: Views, dy: Array, cache: tuple[Array, Array], want_dx: bool = True) -> Array:
        x, s = cache
        return dy * s * (1 + x * (1 - s))


class GELU(Activation):
    """y = x·(1 + tanh(√(2/π)·(x + 0.044715 x³))) / 2, the tanh form (arxiv.org/abs/1606.08415, section 2).

    (..., N) -> (..., N).   The tanh form, since NumPy has no erf; it is within 5e-4 of x·Φ(x).
    """

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, tuple[Array, Array]]:
        t = np.tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x))
        return 0.5 * x * (1 + t), (x, t)

    def backward(self, p: Views, g: Views, dy: Array, cache: tuple[Array, Array], want_dx: bool = True) -> Array:
        x, t = cache
        du = sqrt(2 / pi) * (1 + 3 * 0.044715 * x * x)
        return dy * 0.5 * (1 + t + x * (1 - t * t) * du)


class Softmax(Activation):
    """yᵢ = eˣⁱ / Σ eˣʲ over the features: as a layer, for networks that need one; losses work on logits.

    (features, N) -> (features, N), or over the channels of pictures (C, H, W, N).
    """

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        y = softmax(x)
        return y, y

    def backward(self, p: Views, g: Views, dy: Array, y: Array, want_dx: bool = True) -> Array:
        return y * (dy - (dy * y).sum(axis=0))


def sigmoid(x: Array) -> Array:
    """1 / (1 + e⁻ˣ) as (1 + tanh(x/2)) / 2, which cannot overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def softmax(logits: Array) -> Array:
    """Probabilities over the first axis.  The largest logit is subtracted first, so that nothing overflows."""
    y: Array = np.exp(logits - logits.max(axis=0))
    y /= y.sum(axis=0)
    return y


def with_background(logits: Array) -> Array:
    """The logits and that of one more class, "none of these", which is always 0.   (classes, ...) -> (classes + 1, ...)

    A softmax sees only differences, so a logit that the network computed could do no more.
    """
    return np.concatenate([logits, np.zeros_like(logits[:1])])


def class_probabilities(logits: Array, background: bool) -> Array:
    """The softmax of the logits; with background, what is missing to 1 is the probability of "none of these"."""
    return softmax(with_background(logits))[:-1] if background else softmax(logits)


ACTIVATIONS = (ReLU, LeakyReLU, ELU, GELU, SiLU, Sigmoid, Tanh, Softmax)
