"""Normalisation, naive: the mean and variance of a list of numbers, and the chain rule through both.

Batch norm normalises the numbers of one channel over all samples, layer norm those of one sample over all features.
Both are lists, so the mathematics is written once, for a list.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from numnist.naive.twins import NAIVE, Gradients, Loops
from numnist.nn import EVAL, BatchNorm, LayerNorm, Mode, Views
from numnist.nn.base import Array


def mean_and_variance(x: list[float]) -> tuple[float, float]:
    """m = Σ x_i / M and v = Σ (x_i - m)² / M"""
    m = sum(x) / len(x)
    return m, sum((x_i - m) ** 2 for x_i in x) / len(x)


def normalize(x: list[float], m: float, v: float, eps: float) -> list[float]:
    """x̂_i = (x_i - m) / √(v + eps)"""
    return [(x_i - m) / sqrt(v + eps) for x_i in x]


def normalize_backward(x: list[float], dxhat: list[float], eps: float) -> list[float]:
    """Derivatives by x_i through m and v, link by link (arxiv.org/abs/1502.03167, section 3)."""
    M = len(x)
    m, v = mean_and_variance(x)
    dv = sum(d * (x_i - m) for d, x_i in zip(dxhat, x)) * -0.5 * (v + eps) ** -1.5
    dm = -sum(dxhat) / sqrt(v + eps) + dv * sum(-2 * (x_i - m) for x_i in x) / M
    return [d / sqrt(v + eps) + dv * 2 * (x_i - m) / M + dm / M for d, x_i in zip(dxhat, x)]


def batch_norm_forward(layer: BatchNorm, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """(features, N) -> (features, N), or (C, H, W, N) -> (C, H, W, N)"""
    y = np.zeros_like(x)
    for c in range(x.shape[0]):
        numbers = x[c].ravel().tolist()
        m, v = mean_and_variance(numbers) if mode.train else (p.mean[c, 0], p.var[c, 0])
        xhat = normalize(numbers, m, v, layer.eps)
        y[c] = np.reshape([p.w[c, 0] * h + p.b[c, 0] for h in xhat], x[c].shape)
    return y


def batch_norm_backward(layer: BatchNorm, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """Under "mean" and "var" stand the batch's own statistics, which update the running ones."""
    dx, gradients = np.zeros_like(x), {name: np.zeros_like(p.w) for name in ("w", "b", "mean", "var")}
    for c in range(x.shape[0]):
        numbers, dnumbers = x[c].ravel().tolist(), dy[c].ravel().tolist()
        M = len(numbers)
        m, v = mean_and_variance(numbers) if mode.train else (p.mean[c, 0], p.var[c, 0])
        xhat = normalize(numbers, m, v, layer.eps)
        gradients["w"][c, 0] = sum(d * h for d, h in zip(dnumbers, xhat))
        gradients["b"][c, 0] = sum(dnumbers)
        dxhat = [d * p.w[c, 0] for d in dnumbers]
        if mode.train:
            gradients["mean"][c, 0] = m * mode.share
            gradients["var"][c, 0] = v * M / max(M - 1, 1) * mode.share  # unbiased
            dx[c] = np.reshape(normalize_backward(numbers, dxhat, layer.eps), x[c].shape)
        else:  # the running statistics do not depend on x
            dx[c] = np.reshape([d / sqrt(v + layer.eps) for d in dxhat], x[c].shape)
    return dx, gradients


def layer_norm_forward(layer: LayerNorm, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """(..., N) -> (..., N)"""
    y = np.zeros_like(x)
    for n in range(x.shape[-1]):
        numbers = x[..., n].ravel().tolist()
        xhat = normalize(numbers, *mean_and_variance(numbers), layer.eps)
        y[..., n] = np.reshape([w * h + b for w, h, b in zip(p.w.flat, xhat, p.b.flat)], x.shape[:-1])
    return y


def layer_norm_backward(layer: LayerNorm, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    dx, dw, db = np.zeros_like(x), np.zeros_like(p.w), np.zeros_like(p.b)
    for n in range(x.shape[-1]):
        numbers, dnumbers = x[..., n].ravel().tolist(), dy[..., n].ravel().tolist()
        xhat = normalize(numbers, *mean_and_variance(numbers), layer.eps)
        for i, (d, h) in enumerate(zip(dnumbers, xhat)):
            dw.flat[i] += d * h
            db.flat[i] += d
        dxhat = [d * w for d, w in zip(dnumbers, p.w.flat)]
        dx[..., n] = np.reshape(normalize_backward(numbers, dxhat, layer.eps), x.shape[:-1])
    return dx, {"w": dw, "b": db}


NAIVE["BatchNorm"] = Loops(batch_norm_forward, batch_norm_backward)
NAIVE["LayerNorm"] = Loops(layer_norm_forward, layer_norm_backward)
