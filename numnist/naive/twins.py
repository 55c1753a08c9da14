"""The table of naive twins: which loops belong to which layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from numnist.nn import EVAL, Mode, Views
from numnist.nn.base import Array
from numnist.support.errors import UsageError

Gradients = dict[str, Array]


class Twin(Protocol):
    """There is no cache: backward gets x again and recomputes what it needs, as the textbook does."""

    def forward(self, layer: Any, p: Views, x: Array, mode: Mode = EVAL, /) -> Array: ...

    def backward(self, layer: Any, p: Views, x: Array, dy: Array, mode: Mode = EVAL, /) -> tuple[Array, Gradients]: ...


class Loops(NamedTuple):
    """A twin made of two functions."""

    forward: Callable[..., Array]
    backward: Callable[..., tuple[Array, Gradients]]


NAIVE: dict[str, Twin] = {}  # by the layer's name; each module of this folder adds its own


def twin(layer: Any) -> Twin:
    """The naive twin of a layer.  Raises UsageError if it has none."""
    name = type(layer).__name__
    if name not in NAIVE:
        raise UsageError(f"{name} has no naive twin: add one to numnist/naive and to its table NAIVE.")
    return NAIVE[name]


def forward(layer: Any, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """Return what the layer's forward returns, without the cache."""
    return twin(layer).forward(layer, p, x, mode)


def backward(layer: Any, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """Return (dx, {parameter: gradient}), named as in Plan.walk(): "w", "b", and "0.w", "1.0.b" for inner layers."""
    return twin(layer).backward(layer, p, x, dy, mode)
