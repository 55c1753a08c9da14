"""The numerical gradient: how a function changes when one number moves a little.  Slow, and hard to get wrong.

For a network of n parameters it takes 2n forward passes; backpropagation takes about as long as two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from numnist.nn.base import Array


def numerical_gradient(
    f: Callable[[Array], float], theta: Array, h: float = 1e-5, indices: Iterable[int] | None = None
) -> Array:
    """(f(θ + h eᵢ) - f(θ - h eᵢ)) / 2h for each i: central differences.   theta: (n,) float64 -> (n,)

    With `indices`, only for those, in their order.  f gets θ itself, changed in one place and then restored.
    h = 1e-5: a smaller h loses digits to rounding (1e-16 · f / h), a larger h to curvature (h² f''' / 6).
    """
    slopes = []
    for i in range(theta.size) if indices is None else indices:
        middle = theta[i]
        theta[i] = middle + h
        above = f(theta)
        theta[i] = middle - h
        below = f(theta)
        theta[i] = middle
        slopes.append((above - below) / (2 * h))
    return np.array(slopes)


def descend(
    f: Callable[[Array], float], theta: Array, learning_rate: float, steps: int, h: float = 1e-5
) -> Iterator[float]:
    """Train by the numerical gradient: yield f(θ), then θ ← θ - learning_rate · gradient, in place.

    for loss in descend(loss_of, theta, 0.1, steps=20): ...
    """
    for _ in range(steps):
        yield f(theta)
        theta -= learning_rate * numerical_gradient(f, theta, h)
