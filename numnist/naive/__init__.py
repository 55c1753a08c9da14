"""Naive twins: every layer, loss and optimizer once more, as plain loops in the textbook's letters.

Read numnist/naive/conv.py beside numnist/nn/conv.py: the same mathematics, first to be understood, then to be fast.
The tests hold the two equal.

    y = forward(layer, p, x)
    dx, gradients = backward(layer, p, x, dy)
    value, dlogits = naive_loss(loss, logits, labels)
    step(optimizer, theta, g, slots, rate, t)
"""

from __future__ import annotations

from typing import Any

# each of these adds its twins to the table NAIVE
from numnist.naive import activations, containers, conv, dense, dropout, norm, pool  # noqa: F401
from numnist.naive.losses import NAIVE_LOSSES, naive_loss
from numnist.naive.numerical import descend, numerical_gradient
from numnist.naive.optimizers import NAIVE_OPTIMIZERS, step
from numnist.naive.twins import NAIVE, Gradients, Twin, twin
from numnist.nn import EVAL, Mode, Views
from numnist.nn.base import Array

__all__ = [
    "NAIVE", "NAIVE_LOSSES", "NAIVE_OPTIMIZERS", "Twin", "backward", "descend", "forward", "naive_loss",
    "numerical_gradient", "step", "twin",
]  # fmt: skip


def forward(layer: Any, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """Return what the layer's forward returns, without the cache."""
    return twin(layer).forward(layer, p, x, mode)


def backward(layer: Any, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """Return (dx, {parameter: gradient}), named as in Plan.walk(): "w", "b", and "0.w", "1.0.b" for inner layers."""
    return twin(layer).backward(layer, p, x, dy, mode)
