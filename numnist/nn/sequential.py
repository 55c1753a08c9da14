"""Sequential: layers one after the other, which is what most networks are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numnist.nn.base import EVAL, Array, Layer, Mode, Plan, Shape, Views
from numnist.support.errors import ShapeError, UsageError


@dataclass(frozen=True, repr=False, init=False)
class Sequential(Layer):
    """y = layers[-1](... layers[1](layers[0](x))).   Sequential(Flatten(), Dense(10))"""

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

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, list[Any]]:
        caches = []
        for i, layer in enumerate(self.layers):
            x, cache = layer.forward(p[i], x, mode.inside(i))
            caches.append(cache)
        return x, caches

    def backward(self, p: Views, g: Views, dy: Array, caches: list[Any], want_dx: bool = True) -> Array | None:
        flow: Any = dy
        for i in reversed(range(len(self.layers))):
            flow = self.layers[i].backward(p[i], g[i], flow, caches[i], want_dx or i > 0)
        return flow if want_dx else None
