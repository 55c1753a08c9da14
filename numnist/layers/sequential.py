"""Sequential: layers one after the other; a network is one of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numnist.errors import ShapeError, UsageError
from numnist.layers.activations import ReLU
from numnist.layers.base import EVAL, Array, Layer, Mode, Plan, Shape, Views
from numnist.layers.pool import MaxPool2d


@dataclass(frozen=True, repr=False, init=False)
class Sequential(Layer):
    """y = the last layer of ... of the first layer of x.   Sequential(Flatten(), Dense(10))"""

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer):
        if not layers or not all(isinstance(layer, Layer) for layer in layers):
            raise UsageError(f"Sequential takes one or more layers, as in Sequential(Dense(10)), but got {layers!r}.")
        object.__setattr__(self, "layers", layers)

    @classmethod
    def from_fields(cls, layers: tuple[Layer, ...]) -> Sequential:
        return cls(*layers)

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"

    def build(self, in_shape: Shape) -> Plan:
        children: list[Plan] = []
        shape = in_shape
        for i, layer in enumerate(self.layers):
            try:
                children.append(layer.build(shape))
            except ShapeError as error:
                raise ShapeError(f"layer {i} {error}") from None
            shape = children[-1].out_shape
        return Plan(self, in_shape, shape, children=tuple(children))

    @property
    def order(self) -> list[int]:
        """The order in which the layers run: as written, but max pooling before the ReLU that it follows.

        The largest of max(x, 0) is max(largest x, 0), and where it is not 0 the same pixel won: values and gradients
        are the same, not only nearly, and ReLU has a quarter of the work after a 2×2 window.
        """
        order = list(range(len(self.layers)))
        for i in range(1, len(order)):
            if isinstance(self.layers[order[i]], MaxPool2d) and isinstance(self.layers[order[i - 1]], ReLU):
                order[i - 1], order[i] = order[i], order[i - 1]
        return order

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, list[Any]]:
        caches: list[Any] = [None] * len(self.layers)
        for i in self.order:
            x, caches[i] = self.layers[i].forward(p[i], x, mode.inside(i))
        return x, caches

    def backward(self, p: Views, g: Views, dy: Array, caches: list[Any], want_dx: bool = True) -> Array | None:
        # without want_dx nothing needs to flow past the first layer that has parameters
        first = 0 if want_dx else next((i for i in range(len(self.layers)) if p[i].size), len(self.layers))
        flow: Array | None = dy
        for i in reversed(self.order):
            if i >= first:
                assert flow is not None
                flow = self.layers[i].backward(p[i], g[i], flow, caches[i], want_dx or i > first)
        return flow if want_dx else None
