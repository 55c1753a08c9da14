"""The network under construction.  Keras's pictures are (H, W, C), numnist's (C, H, W): weights are turned to fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from numnist.importing.keras.options import Options
from numnist.importing.parts import Part
from numnist.model.limits import NUMBERS, PLACES
from numnist.nn import Flatten
from numnist.nn.base import Array, Layer, Shape
from numnist.support.errors import UsageError


class Network:
    """The layers so far.

    in_keras, in_shape: of the input in Keras's order and in numnist's;  shape: of what flows, in Keras's order, (F,),
    (H, W) or (H, W, C);  ours: the same in numnist's, (C, H, W) or (F,);  order: where features were flattened from
    pictures, which of Keras's features stands at each place of ours;  padding: zeros (top, bottom, left, right) that
    the next layer must add;  notes: what was changed.
    """

    def __init__(self, shape: Shape, picture: tuple[int, int, int]):
        H, W, C = picture
        self.in_keras, self.in_shape, self.shape = shape, (C, H, W), shape
        self.ours: Shape = (C, H, W)
        self.order: Array | None = None
        self.padding: tuple[int, int, int, int] | None = None
        self.parts: list[Part] = []
        self.notes: list[str] = []

    def add(self, options: Options, layer: Layer, arrays: Mapping[str, Array] | None = None) -> None:
        """Append a layer with its parameters, in its own shapes.  Raises ModelFileError where they do not fit."""
        arrays = arrays or {}
        try:
            plan = layer.build(self.ours)
        except UsageError as error:
            raise options.refused(str(error)) from None
        if {name: param.shape for name, param in plan.params.items()} != {n: a.shape for n, a in arrays.items()}:
            shapes = ", ".join(str(array.shape) for array in arrays.values())
            raise options.refused(f"its arrays of the shapes {shapes} do not fit an input of {self.shape}")
        if prod(plan.out_shape) > NUMBERS:
            raise options.refused(f"it makes {plan.out_shape}, which is more than is read here")
        self.parts.append(Part(layer, arrays))
        self.ours = plan.out_shape
        if len(self.ours) == 1:
            self.shape = self.ours
        elif len(self.shape) == 3:  # else an elementwise layer, on pictures (H, W)
            C, H, W = self.ours
            self.shape = (H, W, C)

    def features(self, options: Options) -> int:
        """The number of features that come in.  Raises ModelFileError for pictures."""
        if len(self.shape) != 1:
            raise options.refused(f"it gets {self.shape}, where only a row of features can be read: flatten before it")
        self.flatten(options)
        return self.shape[0]

    def pictures(self, options: Options) -> tuple[int, int, int]:
        """H, W, C of the pictures that come in.  Raises ModelFileError for features."""
        if len(self.shape) != 3:
            raise options.refused(f"it gets {self.shape}, where only pictures (H, W, C) can be read")
        H, W, C = self.shape
        return H, W, C

    def either(self, options: Options) -> None:
        """Features or pictures, on which elementwise layers work."""
        if len(self.shape) == 1:
            self.features(options)

    def flatten(self, options: Options) -> None:
        """Have features, if there are pictures.  Their order differs from Keras's from now on."""
        if len(self.ours) == 3:
            C, H, W = self.ours
            if C > 1 and H * W > 1:
                if H * W * C > PLACES:
                    raise options.refused(f"it turns {H * W * C:,} numbers of each picture, more than {PLACES:,}")
                self.order = np.arange(H * W * C).reshape(H, W, C).transpose(2, 0, 1).ravel()
            self.add(options, Flatten())

    def ordered(self, array: Array) -> Array:
        """A feature's numbers, in the order of ours.   array: (features, ...) in Keras's"""
        return array if self.order is None else array[self.order]


def column(array: Array) -> Array:
    """(n,) -> (n, 1), as numnist has biases."""
    return array[:, None]


def expect(options: Options, arrays: Sequence[Array], shapes: Mapping[str, Sequence[int]]) -> dict[str, Array]:
    """A layer's arrays by name, after checking their number and shapes.  Raises ModelFileError."""
    if [array.shape for array in arrays] != [tuple(shape) for shape in shapes.values()]:
        found = ", ".join(str(array.shape) for array in arrays) or "none"
        wanted = ", ".join(f"{name} {tuple(shape)}" for name, shape in shapes.items()) or "none"
        raise options.refused(f"its arrays are {found}, but should be {wanted}")
    if any(array.dtype.kind != "f" for array in arrays):
        raise options.refused("its arrays hold whole numbers")
    return dict(zip(shapes, arrays))


def both(value: tuple[int, int]) -> Any:
    """(3, 3) as 3, as one writes it."""
    return value[0] if value[0] == value[1] else value
