"""A layer's worked example: small numbers that really run, and some of the results once more by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from numnist import naive
from numnist.explain.numbers import brackets, number
from numnist.nn.base import Array, Layer, Mode, Plan, Views

Index = tuple[int, ...]
Words = tuple[str, Index, str] | tuple[str, Index, str, str]  # name, index, words, and why where that needs saying


@dataclass(frozen=True)
class ByHand:
    """One number worked out by hand: name[index] = words = value, and why.   value: by the naive twin"""

    name: str
    index: Index
    words: str
    value: float
    why: str = ""

    def __str__(self) -> str:
        at = brackets(self.index) if self.index else ""
        return f"{self.name}{at} = {self.words} = {number(self.value)}{f'   ({self.why})' if self.why else ''}"


def by_hand(words: Iterable[Words], results: Mapping[str, Array]) -> tuple[ByHand, ...]:
    """The words with their values, which the naive twin computed."""
    return tuple(
        ByHand(name, index, text, float(results[name][index or (0,)]), *why) for name, index, text, *why in words
    )


@dataclass(frozen=True)
class LayerRun:
    """A layer's forward and backward on small numbers.

    p: parameters by name;  results: y, the gradients dw, db ... of the parameters, and dx;  naive: the same by the
    naive twin.
    """

    layer: Layer
    plan: Plan
    mode: Mode
    p: dict[str, Array]
    x: Array
    dy: Array
    results: dict[str, Array]
    naive: dict[str, Array]


@dataclass(frozen=True)
class LayerExample:
    """A layer with small numbers.   x, dy: (..., N)

    gradient: backward's formulas;  words: some numbers of y, dx and the gradients as sums by hand;  p: values for
    parameters whose initial ones would hide something;  helpers: further functions to quote;  note: what else to know.
    """

    layer: Layer
    x: Any
    dy: Any
    gradient: tuple[str, ...]
    words: Callable[[LayerRun], Iterable[Words]]
    p: dict[str, Any] = field(default_factory=dict)
    paper: str = ""
    helpers: tuple[Callable[..., Any], ...] = ()
    note: str = ""


def run_layer(layer: Layer, x: Any, dy: Any, values: Mapping[str, Any]) -> LayerRun:
    """Forward and backward in training mode, in float64.   values: of parameters; the others have their initial ones"""
    x, dy = np.array(x, float), np.array(dy, float)
    plan, mode, rng = layer.build(x.shape[:-1]), Mode(True), np.random.default_rng(0)
    p = {
        name: np.array(values[name], float).reshape(param.shape)
        if name in values
        else param.initializer(rng, param.shape, param.fan_in, param.fan_out)
        for name, param in plan.walk()
    }
    g, views = {name: np.full(array.shape, np.nan) for name, array in p.items()}, Views(plan, p)
    y, cache = layer.forward(views, x, mode)
    dx = layer.backward(views, Views(plan, g), dy, cache)
    naive_y, (naive_dx, naive_g) = naive.forward(layer, views, x, mode), naive.backward(layer, views, x, dy, mode)
    return LayerRun(layer, plan, mode, p, x, dy, _results(y, g, dx), _results(naive_y, naive_g, naive_dx))


def gradient_name(name: str) -> str:
    """dw for w, 0.dw for 0.w"""
    place, dot, own = name.rpartition(".")
    return f"{place}{dot}d{own}"


def _results(y: Array, gradients: dict[str, Array], dx: Array | None) -> dict[str, Array]:
    assert dx is not None
    return {"y": np.array(y)} | {gradient_name(name): g for name, g in gradients.items()} | {"dx": np.array(dx)}
