"""Twins: what every slow twin answers to, and the table in which they are found by their layer's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from numnist.nn.base import Array
from numnist.support.errors import UsageError

Gradients = dict[str, Array]


class Twin(NamedTuple):
    """forward(layer, p, x, mode) -> y  and  backward(layer, p, x, dy, mode) -> (dx, {name: gradient}).

    There is no cache: backward is given x again and works out what it needs, as the textbook does.
    """

    forward: Callable[..., Array]
    backward: Callable[..., tuple[Array, Gradients]]


NAIVE: dict[str, Twin] = {}  # filled by the files of this folder: {"Dense": Twin(...), ...}


def twin(layer: Any) -> Twin:
    """The slow twin of a layer."""
    name = type(layer).__name__
    if name not in NAIVE:
        raise UsageError(f"{name} has no slow twin: add one to numnist/naive and to its table NAIVE.")
    return NAIVE[name]
