"""Residual: a shortcut around layers, so that they learn what to add to their input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numnist.nn.base import EVAL, Array, Layer, Mode, Plan, Shape, Views
from numnist.support.checks import instance
from numnist.support.errors import ShapeError


@dataclass(frozen=True, repr=False)
class Residual(Layer):
    """y = body(x) + shortcut(x); without a shortcut y = body(x) + x (arxiv.org/abs/1512.03385).

    Both shapes must be equal: where the body changes the shape, give a shortcut such as Conv2d(filters, 1).
    """

    body: Layer
    shortcut: Layer | None = None

    def __post_init__(self) -> None:
        instance(self.body, "Residual body", Layer)
        if self.shortcut is not None:
            instance(self.shortcut, "Residual shortcut", Layer)

    def build(self, in_shape: Shape) -> Plan:
        branches = [self.body] if self.shortcut is None else [self.body, self.shortcut]
        children = tuple(layer.build(in_shape) for layer in branches)
        around = in_shape if self.shortcut is None else children[1].out_shape
        if children[0].out_shape != around:
            raise ShapeError(
                f"{self}: the body makes {children[0].out_shape} of {in_shape}, but the shortcut makes {around}: "
                "give a shortcut with the body's output shape, e.g. Conv2d(filters, 1, stride)."
            )
        return Plan(self, in_shape, around, children=children)

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, tuple[Any, Any]]:
        y, body = self.body.forward(p[0], x, mode.inside(0))
        if self.shortcut is None:
            return y + x, (body, None)
        around, shortcut = self.shortcut.forward(p[1], x, mode.inside(1))
        return y + around, (body, shortcut)

    def backward(self, p: Views, g: Views, dy: Array, cache: tuple[Any, Any], want_dx: bool = True) -> Array | None:
        body, shortcut = cache
        dx = self.body.backward(p[0], g[0], dy, body, want_dx)
        if self.shortcut is None:
            return None if dx is None else dx + dy
        around = self.shortcut.backward(p[1], g[1], dy, shortcut, want_dx)
        return None if dx is None or around is None else dx + around
