"""Dense and ReLU as they are run: the same values, in fewer arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numnist.fast.products import product
from numnist.fast.relu import relu
from numnist.nn.activations import ReLU
from numnist.nn.base import EVAL, Array, Layer, Mode, Views
from numnist.nn.dense import Dense


@dataclass(frozen=True, repr=False)
class DenseInPlace(Layer):
    """Dense.   x: (in, N) -> y: (units, N);   the bias is added, and the gradients are written, in place"""

    layer: Dense

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        y = product(p.w, x)
        if self.layer.bias:
            y += p.b
        return y, x

    def backward(self, p: Views, g: Views, dy: Array, x: Array, want_dx: bool = True) -> Array | None:
        product(dy, x.T, out=g.w)
        if self.layer.bias:
            np.sum(dy, axis=1, keepdims=True, out=g.b)
        return product(p.w.T, dy) if want_dx else None


@dataclass(frozen=True, repr=False)
class ReLUInPlace(Layer):
    """ReLU; it keeps y, which the next layer keeps too, instead of x.   (..., N) -> (..., N)"""

    layer: ReLU

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        y = relu(x, out=np.empty_like(x))
        return y, y

    def backward(self, p: Views, g: Views, dy: Array, y: Array, want_dx: bool = True) -> Array:
        return dy * (y > 0)  # a product: boolean indexing costs ten times as much (docs/design.md)
