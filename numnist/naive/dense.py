"""Dense, naive: y_k = Σ_j w_kj x_j + b_k for one sample after the other."""

from __future__ import annotations

from itertools import product

import numpy as np

from numnist.naive.twins import NAIVE, Gradients, Loops
from numnist.nn import EVAL, Dense, Mode, Views
from numnist.nn.base import Array


def dense_forward(layer: Dense, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """x: (in, N) -> y: (units, N)"""
    J, N = x.shape
    y = np.zeros((layer.units, N), x.dtype)
    for k, n in product(range(layer.units), range(N)):
        for j in range(J):
            y[k, n] += p.w[k, j] * x[j, n]
        if layer.bias:
            y[k, n] += p.b[k, 0]
    return y


def dense_backward(layer: Dense, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """Each product w_kj x_j passes dy_k on, times x_j to w_kj and times w_kj to x_j."""
    J, N = x.shape
    dx, dw, db = np.zeros_like(x), np.zeros_like(p.w), np.zeros((layer.units, 1), x.dtype)
    for k, n in product(range(layer.units), range(N)):
        for j in range(J):
            dw[k, j] += dy[k, n] * x[j, n]
            dx[j, n] += dy[k, n] * p.w[k, j]
        db[k, 0] += dy[k, n]
    return dx, {"w": dw, "b": db} if layer.bias else {"w": dw}


NAIVE["Dense"] = Loops(dense_forward, dense_backward)
