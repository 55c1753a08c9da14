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
    """w = 0: for biases."""

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return np.zeros(shape)


class Ones(Initializer):
    """w = 1: for the scales of normalisation layers."""

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return np.ones(shape)


@dataclass(frozen=True, repr=False)
class Normal(Initializer):
    """w = std·z, with z standard normal, independent of the fan."""

    std: float = 0.01

    def __post_init__(self) -> None:
        positive(self.std, "Normal std")

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return self.std * rng.standard_normal(shape)


class HeNormal(Initializer):
    """w = √(2 / fan_in)·z, with z standard normal: variance 2 / fan_in, for ReLU, which passes half of the signal.

    (He et al. 2015, arxiv.org/abs/1502.01852)
    """

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return sqrt(2 / fan_in) * rng.standard_normal(shape)


class HeUniform(Initializer):
    """w = √(6 / fan_in)·u, with u uniform in -1..1: variance 2 / fan_in, as HeNormal."""

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return sqrt(6 / fan_in) * rng.uniform(-1, 1, shape)


@dataclass(frozen=True, repr=False)
class GlorotNormal(Initializer):
    """w = gain·√(2 / (fan_in + fan_out))·z, with z standard normal: keeps the variance of activations and of gradients.

    (Glorot & Bengio 2010; also called Xavier.)  gain: the reciprocal of the activation's slope at 0, so 4 for Sigmoid.
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        positive(self.gain, "GlorotNormal gain")

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return self.gain * sqrt(2 / (fan_in + fan_out)) * rng.standard_normal(shape)


@dataclass(frozen=True, repr=False)
class GlorotUniform(Initializer):
    """w = gain·√(6 / (fan_in + fan_out))·u, with u uniform in -1..1: the variance of GlorotNormal."""

    gain: float = 1.0

    def __post_init__(self) -> None:
        positive(self.gain, "GlorotUniform gain")

    def __call__(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> NDArray[np.float64]:
        return self.gain * sqrt(6 / (fan_in + fan_out)) * rng.uniform(-1, 1, shape)


class LeCunNormal(Initializer):
    """w = √(1 / fan_in)·z, with z standard normal: for tanh and linear units.

    (LeCun et al. 1998, Efficient BackProp, section 4.6)
    """

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
