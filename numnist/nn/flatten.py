"""Flatten: a picture as one column of numbers, as dense layers take it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from numnist.nn.base import EVAL, Array, Layer, Mode, Plan, Shape, Views, expect_some


@dataclass(frozen=True, repr=False)
class Flatten(Layer):
    """x: (C, H, W, N) -> y: (C·H·W, N)"""

    def build(self, in_shape: Shape) -> Plan:
        return Plan(self, in_shape, (prod(expect_some(self, in_shape)),))

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Shape]:
        return x.reshape(prod(x.shape[:-1]), x.shape[-1]), x.shape

    def backward(self, p: Views, g: Views, dy: Array, shape: Shape, want_dx: bool = True) -> Array:
        return dy.reshape(shape)
