"""Initializers: initial weights that keep the variance of signals constant through the network.

Each is called with a random generator, a shape, and the numbers of inputs and outputs that a weight connects (fan_in,
fan_out).  It returns float64; the model rounds to its own dtype.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.support.checks import positive
from numnist.support.serialisation import constructor_repr

Rng = np.random.Generator
Shape = tuple[int, ...]


@dataclass(frozen=True, repr=False)
class Initializer:
    """The initial values of one parameter array."""

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        raise TypeError(f"{type(self).__name__} must define __call__(rng, shape, fan_in, fan_out).")

    def __repr__(self) -> str:
        return constructor_repr(self)


class Zeros(Initializer):
    """All 0: for biases."""

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return np.zeros(shape)


class Ones(Initializer):
    """All 1: for the scales of normalisation layers."""

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return np.ones(shape)


@dataclass(frozen=True, repr=False)
class Normal(Initializer):
    """Gaussian with mean 0 and the given standard deviation, independent of the fan."""

    std: float = 0.01

    def __post_init__(self) -> None:
        positive(self.std, "Normal std")

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return self.std * rng.standard_normal(shape)


class HeNormal(Initializer):
    """Variance 2 / fan_in: for ReLU, which passes half of the signal (He et al. 2015, arxiv.org/abs/1502.01852)."""

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return sqrt(2 / fan_in) * rng.standard_normal(shape)


class HeUniform(Initializer):
    """As HeNormal, but uniform in ±√(6 / fan_in), whose variance is 2 / fan_in."""

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return sqrt(6 / fan_in) * rng.uniform(-1, 1, shape)


@dataclass(frozen=True, repr=False)
class GlorotNormal(Initializer):
    """Variance gain² · 2 / (fan_in + fan_out): keeps the variance of activations and of gradients (Glorot & Bengio
    2010; also called Xavier).  gain: the reciprocal of the activation's slope at 0, so 4 for Sigmoid."""

    gain: float = 1.0

    def __post_init__(self) -> None:
        positive(self.gain, "GlorotNormal gain")

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return self.gain * sqrt(2 / (fan_in + fan_out)) * rng.standard_normal(shape)


@dataclass(frozen=True, repr=False)
class GlorotUniform(Initializer):
    """As GlorotNormal, but uniform in ±gain · √(6 / (fan_in + fan_out))."""

    gain: float = 1.0

    def __post_init__(self) -> None:
        positive(self.gain, "GlorotUniform gain")

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return self.gain * sqrt(6 / (fan_in + fan_out)) * rng.uniform(-1, 1, shape)


class LeCunNormal(Initializer):
    """Variance 1 / fan_in: for tanh and linear units (LeCun et al. 1998, Efficient BackProp, section 4.6)."""

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return sqrt(1 / fan_in) * rng.standard_normal(shape)


@dataclass(frozen=True, repr=False)
class Orthogonal(Initializer):
    """Rows (or columns, whichever are fewer) orthonormal, times gain (Saxe et al. 2014, arxiv.org/abs/1312.6120)."""

    gain: float = 1.0

    def __post_init__(self) -> None:
        positive(self.gain, "Orthogonal gain")

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        rows, columns = shape[0], prod(shape[1:])
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q *= np.where(np.diag(r) < 0, -1.0, 1.0)  # without this the signs that QR chooses are not uniform
        return np.ascontiguousarray(self.gain * (q if rows >= columns else q.T)).reshape(shape)


INITIALIZERS: dict[str, type[Any]] = {
    c.__name__: c
    for c in (Zeros, Ones, Normal, HeNormal, HeUniform, GlorotNormal, GlorotUniform, LeCunNormal, Orthogonal)
}
