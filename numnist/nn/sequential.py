"""Sequential: layers one after the other; a network is one of these."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from numnist.fast.compile import Single, Step, fuse
from numnist.nn.base import EVAL, Array, Layer, Mode, Plan, Shape, Views
from numnist.support.errors import ShapeError, UsageError

FEW = 8  # pictures: with fewer the rows of a block are too short for products of their own (docs/performance.md)


@dataclass(frozen=True, repr=False, init=False)
class Sequential(Layer):
    """y = the last layer of ... of the first layer of x.   Sequential(Flatten(), Dense(10))

    Training, and inference for more than a few pictures, run it in fewer steps (see steps.py), everything else the
    layers as they are written.
    """

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

    @cached_property
    def written(self) -> tuple[Step, ...]:
        return tuple(Single(i, layer) for i, layer in enumerate(self.layers))

    @cached_property
    def fused(self) -> tuple[Step, ...]:
        return fuse(self.layers)

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Any]:
        count = x.shape[-1]
        steps = self.fused if (mode.train and count) or (mode.inference and count >= FEW) else self.written
        caches = []
        for step in steps:
            x, cache = step.forward(p, x, mode)
            caches.append(cache)
        return x, (steps, caches)

    def backward(self, p: Views, g: Views, dy: Array, cache: Any, want_dx: bool = True) -> Array | None:
        steps, caches = cache
        # without want_dx nothing needs to flow past the first layer that has parameters
        first = 0 if want_dx else next((i for i in range(len(self.layers)) if p[i].size), len(self.layers))
        flow: Array | None = dy
        for step, kept in zip(reversed(steps), reversed(caches)):
            if step.at >= first:
                assert flow is not None
                flow = step.backward(p, g, flow, kept, want_dx or step.at > first)
        return flow if want_dx else None
