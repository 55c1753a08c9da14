"""Dense: each output is a weighted sum of all inputs."""

from __future__ import annotations

from dataclasses import dataclass

from numnist.nn.base import EVAL, HE, ZEROS, Array, Layer, Mode, Param, Plan, Shape, Views, expect_features
from numnist.nn.initializers import Initializer
from numnist.support.checks import instance, plain_numbers, whole


@dataclass(frozen=True, repr=False)
class Dense(Layer):
    """y = w x + b.   x: (in, N) -> y: (units, N);   w: (units, in), b: (units, 1)"""

    units: int
    bias: bool = True
    initializer: Initializer = HE

    def __post_init__(self) -> None:
        whole(self.units, "Dense units")
        instance(self.bias, "Dense bias", bool)
        instance(self.initializer, "Dense initializer", Initializer)
        plain_numbers(self)

    def build(self, in_shape: Shape) -> Plan:
        n = expect_features(self, in_shape)
        params = {"w": Param((self.units, n), self.initializer, n, self.units, decayed=True)}
        if self.bias:
            params["b"] = Param((self.units, 1), ZEROS)
        return Plan(self, in_shape, (self.units,), params, macs=self.units * n)

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        y = p.w @ x + p.b if self.bias else p.w @ x
        return y, x

    def backward(self, p: Views, g: Views, dy: Array, x: Array, want_dx: bool = True) -> Array | None:
        g.w[...] = dy @ x.T
        if self.bias:
            g.b[...] = dy.sum(axis=1, keepdims=True)
        return p.w.T @ dy if want_dx else None
