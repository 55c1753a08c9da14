"""A dense layer with the ReLU behind it, for inference: one array, changed in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numnist.fast.products import product
from numnist.fast.relu import relu
from numnist.nn.base import Array, Mode, Views
from numnist.nn.dense import Dense
from numnist.support.errors import UsageError


@dataclass(frozen=True)
class DenseBlock:
    """Dense[, ReLU] as one.   x: (in, N) -> (units, N)

    at: the dense layer's place in the Sequential whose views p are.
    """

    at: int
    dense: Dense
    relu: bool

    def forward(self, p: Views, x: Array, mode: Mode) -> tuple[Array, None]:
        own = p[self.at]
        y = product(own.w, x)
        if self.dense.bias:
            y += own.b
        return relu(y, out=y) if self.relu else y, None

    def backward(self, p: Views, g: Views, dy: Array, cache: Any, want_dx: bool = True) -> Array | None:
        raise UsageError("a DenseBlock is for inference and keeps nothing for backward.")
