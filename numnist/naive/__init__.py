"""Naive twins: every layer, loss and optimizer once more, as plain loops in the textbook's letters.

Read numnist/naive/conv.py beside numnist/nn/conv.py: the same mathematics, first to be understood, then to be fast.
The tests hold the two equal.

    y = forward(layer, p, x)
    dx, gradients = backward(layer, p, x, dy)
    value, dlogits = naive_loss(loss, logits, labels)
    step(optimizer, theta, g, slots, rate, t)
"""

from __future__ import annotations

# each of these adds its twins to the table NAIVE
from numnist.naive import activations, containers, conv, dense, dropout, norm, pool  # noqa: F401
from numnist.naive.losses import NAIVE_LOSSES, naive_loss
from numnist.naive.numerical import descend, numerical_gradient
from numnist.naive.optimizers import NAIVE_OPTIMIZERS, step
from numnist.naive.twins import NAIVE, backward, forward, twin

__all__ = [
    "NAIVE", "NAIVE_LOSSES", "NAIVE_OPTIMIZERS", "backward", "descend", "forward", "naive_loss",
    "numerical_gradient", "step", "twin",
]  # fmt: skip
