"""Dropout: in training, switch off a random part of the units, so that none relies on another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from numnist.nn.base import EVAL, Array, Layer, Mode, Plan, Shape, Views, expect_some, halves
from numnist.support.checks import within
from numnist.support.errors import UsageError


@dataclass(frozen=True, repr=False)
class Dropout(Layer):
    """y = x·mask / (1 - rate), each unit kept with probability 1 - rate (Srivastava et al. 2014).

    (..., N) -> (..., N).   Does nothing outside training.
    """

    rate: float = 0.5

    def __post_init__(self) -> None:
        if within(self.rate, "Dropout rate", 0, 1) == 1:
            raise UsageError("Dropout rate is 1, which drops everything: choose a rate below 1.")

    def build(self, in_shape: Shape) -> Plan:
        return Plan(self, in_shape, expect_some(self, in_shape))

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, tuple[Array, Mode] | None]:
        if not mode.train or self.rate == 0:
            return x, None
        # 16 random bits a unit, four of a 64-bit number: a quarter of the price of random float32 (docs/design.md),
        # and the rate is exact to 1 in 65,536
        words = mode.rng().integers(0, 2**64 - 1, -(-x.size // 4), np.uint64, endpoint=True)
        bits = words.view(np.uint16)[: x.size].reshape(x.shape)
        mask, y = np.empty_like(x), np.empty_like(x)

        def drop(part: slice) -> None:
            np.multiply(bits[part] >= round(self.rate * 65536), 1 / (1 - self.rate), out=mask[part], dtype=x.dtype)
            np.multiply(x[part], mask[part], out=y[part])

        mode.each([partial(drop, part) for part in halves(len(x), x.size)])
        return y, (mask, mode)

    def backward(self, p: Views, g: Views, dy: Array, cache: tuple[Array, Mode] | None, want_dx: bool = True) -> Array:
        if cache is None:
            return dy
        mask, mode = cache
        dx = np.empty_like(dy)
        mode.each([partial(np.multiply, dy[part], mask[part], out=dx[part]) for part in halves(len(dy), dy.size)])
        return dx
