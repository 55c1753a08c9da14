"""Dense: every output is a weighted sum of every input."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from numnist.nn.base import EVAL, HE, ZEROS, Array, Layer, Mode, Param, Plan, Shape, Views, expect_features, halves
from numnist.nn.initializers import Initializer
from numnist.support.checks import instance, whole


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

    def build(self, in_shape: Shape) -> Plan:
        n = expect_features(self, in_shape)
        params = {"w": Param((self.units, n), self.initializer, n, self.units, decayed=True)}
        if self.bias:
            params["b"] = Param((self.units, 1), ZEROS)
        return Plan(self, in_shape, (self.units,), params, macs=self.units * n)

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, tuple[Array, Mode]]:
        y = np.empty((self.units, x.shape[1]), x.dtype)

        def rows(part: slice) -> None:
            np.matmul(p.w[part], x, out=y[part])
            if self.bias:
                y[part] += p.b[part]

        mode.each([partial(rows, part) for part in halves(self.units, p.w.size)])
        return y, (x, mode)

    def backward(self, p: Views, g: Views, dy: Array, cache: tuple[Array, Mode], want_dx: bool = True) -> Array | None:
        x, mode = cache
        tasks = [partial(np.matmul, dy[part], x.T, out=g.w[part]) for part in halves(self.units, p.w.size)]
        if self.bias:
            np.sum(dy, axis=1, keepdims=True, out=g.b)
        dx = np.empty_like(x) if want_dx else None
        if dx is not None:
            tasks += [partial(np.matmul, p.w.T[part], dy, out=dx[part]) for part in halves(len(x), p.w.size)]
        mode.each(tasks)
        return dx
