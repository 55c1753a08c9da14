"""Dropout: in training, set a random part of the units to zero, so that none relies on another."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from numnist.nn.base import EVAL, Array, Layer, Mode, Plan, Shape, Views, expect_some
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

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array | None]:
        if not mode.train or self.rate == 0:
            return x, None
        mask = self.mask(keep_bits(mode, x.shape), x.dtype)
        return x * mask, mask

    def backward(self, p: Views, g: Views, dy: Array, mask: Array | None, want_dx: bool = True) -> Array:
        return dy if mask is None else dy * mask

    def mask(self, bits: Array, dtype: Any) -> Array:
        """1 / (1 - rate) where a unit is kept, 0 where it is dropped.   bits: of 16 bits, of any shape"""
        return np.multiply(bits >= round(self.rate * 65536), 1 / (1 - self.rate), dtype=dtype)


def keep_bits(mode: Mode, shape: Shape) -> Array:
    """16 random bits for each unit, so that the rate is exact to 1 in 65,536.

    Four units share one 64-bit random number: a quarter of the price of random floats (docs/design.md).
    """
    count = prod(shape)
    words = mode.rng().integers(0, 2**64 - 1, -(-count // 4), np.uint64, endpoint=True)
    return words.view(np.uint16)[:count].reshape(shape)
