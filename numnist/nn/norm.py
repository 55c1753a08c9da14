"""Normalisation layers: zero mean and unit variance, whatever the layers before produce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from numnist.nn.base import EVAL, ONES, ZEROS, Array, Layer, Mode, Param, Plan, Shape, Views, expect_some
from numnist.support.checks import positive, within


class BatchNormCache(NamedTuple):
    """What backward needs.  mean and var: of the batch, None where the running ones were used."""

    xhat: Array  # (C, M), M = H·W·N
    scale: Array  # (C, 1): 1 / √(var + eps)
    mean: Array | None  # (C, 1)
    var: Array | None  # (C, 1), unbiased
    share: float


@dataclass(frozen=True, repr=False)
class BatchNorm(Layer):
    """y = w·(x - mean) / √(var + eps) + b over the samples, for each feature or channel (arxiv.org/abs/1502.03167).

    (features, N) -> (features, N), or (C, H, W, N) -> (C, H, W, N) with the statistics also over H and W.
    In training the statistics are those of the samples given (a shard of the batch, see training/step.py); in
    evaluation mode the running ones, whose variance is unbiased as in PyTorch.  momentum: the share of a running
    statistic that a step keeps.
    """

    momentum: float = 0.9  # averages about 10 batches
    eps: float = 1e-5

    def __post_init__(self) -> None:
        within(self.momentum, "BatchNorm momentum", 0, 1)
        positive(self.eps, "BatchNorm eps")

    def build(self, in_shape: Shape) -> Plan:
        column = (expect_some(self, in_shape)[0], 1)
        params = {
            "w": Param(column, ONES),
            "b": Param(column, ZEROS),
            "mean": Param(column, ZEROS, momentum=self.momentum),
            "var": Param(column, ONES, momentum=self.momentum),
        }
        return Plan(self, in_shape, in_shape, params)

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, BatchNormCache]:
        rows = x.reshape(x.shape[0], -1)  # (C, M)
        M = rows.shape[1]
        if mode.train:
            mean = rows.mean(axis=1, keepdims=True)
            xhat = rows - mean
            biased = np.vecdot(xhat, xhat)[:, None] / M
            var = biased * (M / max(M - 1, 1))
        else:
            mean = var = None
            xhat, biased = rows - p.mean, p.var
        scale = 1 / np.sqrt(biased + self.eps)
        xhat *= scale
        y = p.w * xhat
        y += p.b
        return y.reshape(x.shape), BatchNormCache(xhat, scale, mean, var, mode.share)

    def backward(self, p: Views, g: Views, dy: Array, cache: BatchNormCache, want_dx: bool = True) -> Array | None:
        xhat, scale, mean, var, share = cache
        rows = dy.reshape(xhat.shape)  # (C, M)
        np.vecdot(rows, xhat, out=g.w[:, 0])
        np.sum(rows, axis=1, keepdims=True, out=g.b)
        # In place of a gradient, running statistics carry those of the batch, weighted by the shard's share of it:
        # summed over shards and lanes like any gradient, they become the mean over the batch.
        g.mean[...] = 0 if mean is None else share * mean
        g.var[...] = 0 if var is None else share * var
        if not want_dx:
            return None
        dx: Array = rows
        if mean is not None:  # mean and variance depend on x too
            M = xhat.shape[1]
            dx = rows - g.b / M
            dx -= xhat * (g.w / M)
        return (dx * (p.w * scale)).reshape(dy.shape)


@dataclass(frozen=True, repr=False)
class LayerNorm(Layer):
    """y = w·(x - mean) / √(var + eps) + b over the features of each sample (arxiv.org/abs/1607.06450).

    (..., N) -> (..., N);   w, b: (..., 1), one number for each feature.
    """

    eps: float = 1e-5

    def __post_init__(self) -> None:
        positive(self.eps, "LayerNorm eps")

    def build(self, in_shape: Shape) -> Plan:
        column = (*expect_some(self, in_shape), 1)
        return Plan(self, in_shape, in_shape, {"w": Param(column, ONES), "b": Param(column, ZEROS)})

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, tuple[Array, Array]]:
        axes = tuple(range(x.ndim - 1))
        xhat = x - x.mean(axis=axes)
        scale = 1 / np.sqrt((xhat * xhat).mean(axis=axes) + self.eps)  # (N,)
        xhat *= scale
        y = p.w * xhat
        y += p.b
        return y, (xhat, scale)

    def backward(self, p: Views, g: Views, dy: Array, cache: tuple[Array, Array], want_dx: bool = True) -> Array | None:
        xhat, scale = cache
        axes = tuple(range(dy.ndim - 1))
        np.sum(dy * xhat, axis=-1, keepdims=True, out=g.w)
        np.sum(dy, axis=-1, keepdims=True, out=g.b)
        if not want_dx:
            return None
        dxhat = dy * p.w
        dx = dxhat - dxhat.mean(axis=axes)
        dx -= xhat * (dxhat * xhat).mean(axis=axes)
        dx *= scale
        return dx
