"""The slow twins: every layer and loss again, as plain loops over numbers in the textbook's letters.

Read numnist/naive/conv.py beside numnist/nn/conv.py: the same mathematics, once to be seen, once to be
fast.  The tests hold the two equal.

    y = forward(layer, p, x)
    dx, gradients = backward(layer, p, x, dy)
"""

from __future__ import annotations

from typing import Any

# each of these adds its twins to the table
from numnist.naive import activations, conv, dense, dropout, networks, norm, pool  # noqa: F401
from numnist.naive.base import NAIVE, Gradients, Twin, twin
from numnist.naive.losses import NAIVE_LOSSES
from numnist.naive.numerical import descend, numerical_gradient
from numnist.nn import EVAL, Mode, Views
from numnist.nn.base import Array

__all__ = ["NAIVE", "NAIVE_LOSSES", "Twin", "backward", "descend", "forward", "numerical_gradient", "twin"]


def forward(layer: Any, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """What the layer's forward answers, without the cache."""
    return twin(layer).forward(layer, p, x, mode)


def backward(layer: Any, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """(dx, {parameter's name: gradient}), names as in Plan.walk(): "w", "b"; inside others "0.w", "1.0.b"."""
    return twin(layer).backward(layer, p, x, dy, mode)
