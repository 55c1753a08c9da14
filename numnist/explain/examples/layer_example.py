"""A layer's worked example: small numbers that really run, and some of the results once more by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.explain.matrices import number
from numnist.nn.base import Layer, Mode, Plan, Views

Array = NDArray[Any]
Index = tuple[int, ...]


@dataclass(frozen=True)
class ByHand:
    """One number worked out by hand: name[index] = words = value, and why, where that needs saying."""

    name: str
    index: Index
    words: str
    value: float
    why: str = ""

    def __str__(self) -> str:
        at = f"[{', '.join(map(str, self.index))}]" if self.index else ""
        return f"{self.name}{at} = {self.words} = {number(self.value)}{f'   ({self.why})' if self.why else ''}"


@dataclass(frozen=True)
class LayerRun:
    """A layer's forward and backward on small numbers.   p: parameters, g: their gradients, by name"""

    layer: Layer
    plan: Plan
    mode: Mode
    p: dict[str, Array]
    x: Array
    y: Array
    dy: Array
    dx: Array
    g: dict[str, Array]


@dataclass(frozen=True)
class LayerExample:
    """A layer with small numbers.   x, dy: (..., N)

    gradient: backward's formulas;  by_hand: works out some numbers of y, dx and the gradients;  p: values for
    parameters whose initial ones would hide something;  helpers: further functions to quote;  note: what else to know.
    """

    layer: Layer
    x: Any
    dy: Any
    gradient: tuple[str, ...]
    by_hand: Callable[[LayerRun], Iterable[ByHand]]
    p: dict[str, Any] = field(default_factory=dict)
    paper: str = ""
    helpers: tuple[Callable[..., Any], ...] = ()
    note: str = ""

    def run(self) -> LayerRun:
        """Forward and backward in training mode, in float64."""
        x, dy = np.array(self.x, float), np.array(self.dy, float)
        plan, mode, rng = self.layer.build(x.shape[:-1]), Mode(True), np.random.default_rng(0)
        p = {
            name: np.array(self.p[name], float).reshape(param.shape)
            if name in self.p
            else param.initializer(rng, param.shape, param.fan_in, param.fan_out)
            for name, param in plan.walk()
        }
        g = {name: np.full(array.shape, np.nan) for name, array in p.items()}
        y, cache = self.layer.forward(Views(plan, p), x, mode)
        dx = self.layer.backward(Views(plan, p), Views(plan, g), dy, cache)
        assert dx is not None
        return LayerRun(self.layer, plan, mode, p, x, np.array(y), dy, np.array(dx), g)
