"""The layer contract: a layer is a description; its parameters, gradients and activations belong to the caller.

Arrays are batch-last: the sample axis N comes last, in (features, N) and in (C, H, W, N).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numnist.nn.initializers import HeNormal, Initializer, Ones, Zeros
from numnist.support.errors import ShapeError
from numnist.support.rng import keyed_rng
from numnist.support.serialisation import constructor_repr

Array = NDArray[Any]  # float32, or float64 throughout when asked
Shape = tuple[int, ...]  # of one sample, without N

HE, ONES, ZEROS = HeNormal(), Ones(), Zeros()


@dataclass(frozen=True)
class Param:
    """One array of parameters that a layer asks for.

    `decayed` parameters take part in L2 and weight decay.  A parameter with `momentum` is a running statistic:
    it is not trained, after each step it becomes momentum × itself + (1 - momentum) × the batch's own value.
    """

    shape: Shape
    initializer: Initializer
    fan_in: int = 1
    fan_out: int = 1
    decayed: bool = False
    momentum: float | None = None

    @property
    def size(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class Plan:
    """What building a layer for an input shape worked out, once.  `macs` counts multiply-adds for one sample."""

    layer: Layer
    in_shape: Shape
    out_shape: Shape
    params: dict[str, Param] = field(default_factory=dict)
    children: tuple[Plan, ...] = ()
    macs: int = 0

    def walk(self, prefix: str = "") -> Iterator[tuple[str, Param]]:
        """Every parameter with its full name, in order: "0.w", "0.b", "3.1.w" ..."""
        for name, param in self.params.items():
            yield prefix + name, param
        for i, child in enumerate(self.children):
            yield from child.walk(f"{prefix}{i}.")

    def leaves(self, prefix: str = "") -> Iterator[tuple[str, Plan]]:
        """The plans of all layers that hold no others, with their place."""
        if not self.children:
            yield prefix.rstrip("."), self
        for i, child in enumerate(self.children):
            yield from child.leaves(f"{prefix}{i}.")

    @property
    def total_macs(self) -> int:
        return self.macs + sum(child.total_macs for child in self.children)

    @property
    def largest(self) -> int:
        """Numbers in the largest array between two layers, for one sample."""
        return max(prod(self.in_shape), *(prod(plan.out_shape) for _, plan in self.leaves()))

    @property
    def size(self) -> int:
        """Numbers in all parameters, running statistics included."""
        return sum(param.size for _, param in self.walk())


class Views:
    """A layer's arrays inside a flat vector: p.w, p.b; p[i] are those of the i-th layer inside."""

    def __init__(self, plan: Plan, arrays: dict[str, Array], prefix: str = ""):
        self.names = tuple(plan.params)
        for name in self.names:
            setattr(self, name, arrays[prefix + name])
        self.children = [Views(child, arrays, f"{prefix}{i}.") for i, child in enumerate(plan.children)]
        self.size = plan.size

    def __getitem__(self, i: int) -> Views:
        return self.children[i]

    def __getattr__(self, name: str) -> Any:  # only asked for what is not there
        raise AttributeError(f"this layer has no parameter {name!r}; it has {', '.join(self.names) or 'none'}")


class Mode(NamedTuple):
    """How forward runs: in training or in evaluation mode, and the key of its random numbers.

    seed, address: two calls with the same seed and address draw the same numbers, in any order and on any thread.
    share: the part of the batch that these samples are, which weighs their batch statistics.
    """

    train: bool = False
    seed: int = 0
    address: tuple[int, ...] = ()
    share: float = 1.0

    def inside(self, i: int) -> Mode:
        """The mode for the i-th layer inside this one."""
        return self._replace(address=(*self.address, i)) if self.train else self

    def rng(self) -> np.random.Generator:
        """This layer's own random numbers: a function of seed and address alone."""
        return keyed_rng(self.seed, "layer", *self.address)


EVAL = Mode()


@dataclass(frozen=True, repr=False)
class Layer:
    """A step of a network, described by its fields; the same object may serve many models and threads at once."""

    def build(self, in_shape: Shape) -> Plan:
        """Work out output shape and parameters for one sample's shape.  Raises ShapeError if it does not fit."""
        raise TypeError(f"{type(self).__name__} has no build: a layer defines build, forward and backward.")

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Any]:
        """(y, cache) without touching x; the cache holds what backward needs."""
        raise TypeError(f"{type(self).__name__} has no forward: a layer defines build, forward and backward.")

    def backward(self, p: Views, g: Views, dy: Array, cache: Any, want_dx: bool = True) -> Array | None:
        """Write (never add) the parameters' gradients into g and return dx, or None where it is not wanted."""
        raise TypeError(f"{type(self).__name__} has no backward: a layer defines build, forward and backward.")

    def __repr__(self) -> str:
        return constructor_repr(self)


def expect_some(layer: Layer, shape: Shape) -> Shape:
    """The shape itself where a sample holds at least one number, else ShapeError."""
    if not shape or min(shape) < 1:
        raise ShapeError(f"{layer} expects samples of at least one number, as in (features,), but gets {shape}.")
    return shape


def expect_features(layer: Layer, shape: Shape) -> int:
    """The number of features of a (features,) shape, else ShapeError."""
    if len(shape) != 1:
        raise ShapeError(f"{layer} expects (features,) but gets {shape}: put Flatten() before it.")
    return expect_some(layer, shape)[0]


def expect_picture(layer: Layer, shape: Shape) -> tuple[int, int, int]:
    """C, H, W of a (C, H, W) shape, else ShapeError."""
    if len(shape) != 3:
        raise ShapeError(
            f"{layer} expects (C, H, W) but gets {shape}: put Flatten after the last layer that needs pictures."
        )
    C, H, W = expect_some(layer, shape)
    return C, H, W
