"""The layer contract: a layer is a description.  Its parameters, gradients and activations belong to the caller.

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
    """One parameter array of a layer.

    decayed: L2 and weight decay apply.  momentum: the array is a running statistic, which is not trained; after each
    step it becomes momentum × itself + (1 - momentum) × the value of the batch.
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
    """A layer built for an input shape: output shape, parameters, and `macs`, the multiply-adds for one sample."""

    layer: Layer
    in_shape: Shape
    out_shape: Shape
    params: dict[str, Param] = field(default_factory=dict)
    children: tuple[Plan, ...] = ()
    macs: int = 0

    def walk(self, prefix: str = "") -> Iterator[tuple[str, Param]]:
        """All parameters with their full names, in order: "0.w", "0.b", "3.1.w" ..."""
        for name, param in self.params.items():
            yield prefix + name, param
        for i, child in enumerate(self.children):
            yield from child.walk(f"{prefix}{i}.")

    def leaves(self, prefix: str = "") -> Iterator[tuple[str, Plan]]:
        """The plans of all layers that contain no others, with their places."""
        if not self.children:
            yield prefix.rstrip("."), self
        for i, child in enumerate(self.children):
            yield from child.leaves(f"{prefix}{i}.")

    @property
    def total_macs(self) -> int:
        return self.macs + sum(child.total_macs for child in self.children)

    @property
    def largest(self) -> int:
        """The size of the largest array between two layers, for one sample."""
        return max(prod(self.in_shape), *(prod(plan.out_shape) for _, plan in self.leaves()))

    @property
    def size(self) -> int:
        """The number of parameters, running statistics included."""
        return sum(param.size for _, param in self.walk())


class Views:
    """A layer's arrays, as views into a flat vector: p.w, p.b; p[i] has those of the i-th layer inside.

    arrays: of all layers by their full names.  A copied or unpickled Views belongs to the copy of `arrays`.
    """

    def __init__(self, plan: Plan, arrays: dict[str, Array], prefix: str = ""):
        self._plan, self.names, self.prefix = plan, tuple(plan.params), prefix
        self.children = [Views(child, arrays, f"{prefix}{i}.") for i, child in enumerate(plan.children)]
        self.size = plan.size
        self.look_into(arrays)

    def look_into(self, arrays: dict[str, Array]) -> None:
        """Have these arrays, by their full names."""
        self._arrays = arrays
        for name in self.names:
            setattr(self, name, arrays[self.prefix + name])
        for child in self.children:
            child.look_into(arrays)

    def __reduce__(self) -> tuple[Any, ...]:
        return Views, (
            self._plan,
            self._arrays,
            self.prefix,
        )  # array by array, it would be cut off from its vector

    def __getitem__(self, i: int) -> Views:
        return self.children[i]

    def __getattr__(self, name: str) -> Any:  # called only for a missing attribute
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
    """A part of a network, described by its fields.  One object may be used by many models and threads at once."""

    def build(self, in_shape: Shape) -> Plan:
        """Infer output shape and parameters from the shape of one sample.  Raises ShapeError where it does not fit."""
        raise TypeError(f"{type(self).__name__} must define build(in_shape), forward and backward.")

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Any]:
        """Return (y, cache).  x stays as it is; the cache holds what backward needs."""
        raise TypeError(f"{type(self).__name__} must define forward(p, x, mode), build and backward.")

    def backward(self, p: Views, g: Views, dy: Array, cache: Any, want_dx: bool = True) -> Array | None:
        """Write (never add) the gradients of the parameters into g.  Return dx, or None if it is not wanted."""
        raise TypeError(f"{type(self).__name__} must define backward(p, g, dy, cache, want_dx), build and forward.")

    def __repr__(self) -> str:
        return constructor_repr(self)


def expect_some(layer: Layer, shape: Shape) -> Shape:
    """Return the shape.  Raises ShapeError if a sample is empty."""
    if not shape or min(shape) < 1:
        raise ShapeError(f"{layer} expects samples that are not empty, such as (features,), but gets {shape}.")
    return shape


def expect_features(layer: Layer, shape: Shape) -> int:
    """Return the number of features of a shape (features,).  Raises ShapeError for other shapes."""
    if len(shape) != 1:
        raise ShapeError(f"{layer} expects (features,) but gets {shape}: put Flatten() before it.")
    return expect_some(layer, shape)[0]


def expect_picture(layer: Layer, shape: Shape) -> tuple[int, int, int]:
    """Return C, H, W of a shape (C, H, W).  Raises ShapeError for other shapes."""
    if len(shape) != 3:
        raise ShapeError(
            f"{layer} expects (C, H, W) but gets {shape}: put Flatten() after the last layer that takes pictures."
        )
    C, H, W = expect_some(layer, shape)
    return C, H, W
