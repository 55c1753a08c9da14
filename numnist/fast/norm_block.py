"""A convolution with batch norm behind it as one block (see conv_block.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from numnist.fast.conv_block import Algorithm, ConvBlock, largest, spread, totals
from numnist.nn.base import Array, Mode, Views
from numnist.nn.norm import BatchNorm


class NormCache(NamedTuple):
    """What backward needs.  z: the output of the convolution, minus a number near each filter's mean."""

    run: Algorithm
    y: Array
    z: list[Array]  # of each block of rows: (phases, K, M)
    best: list[Array]  # the maximum of z in each window
    won: list[Array | None]  # where it was
    centre: Array  # (K, 1): the mean of z
    scale: Array  # (K, 1): 1 / √(var + eps)
    mean: Array  # (K, 1): of the input of batch norm
    var: Array  # (K, 1): unbiased
    share: float


@dataclass(frozen=True)
class NormBlock(ConvBlock):
    """Conv2d, BatchNorm[, ReLU][, MaxPool2d] as one.   x: (C, H, W, N) -> (K, oh, ow, N)

    In training z goes to memory once: its statistics are computed on the way, and normalising is one product and one
    sum after pooling.  For inference batch norm is folded into the weights of the convolution.
    """

    norm: BatchNorm

    def forward(self, p: Views, x: Array, mode: Mode) -> tuple[Array, Any]:
        if mode.train:
            return self.train(p, x, mode.share)
        own, norm = p[self.at], p[self.at + 1]
        factor = norm.w / np.sqrt(norm.var + self.norm.eps)  # (K, 1)
        b = norm.b + ((own.b if self.conv.bias else 0) - norm.mean) * factor
        return self.convolve(own.w * factor[:, :, None, None], b, x, keep=False)

    def train(self, p: Views, x: Array, share: float) -> tuple[Array, NormCache]:
        own, norm = p[self.at], p[self.at + 1]
        run = self.algorithm(own.w, x, border=True, keep=True)
        kept: list[Array] = []
        sums, squares = [], []
        shift = np.zeros((len(own.w), 1), x.dtype)
        for rows in run.blocks:
            z = run.outputs(rows)
            if not kept:  # Σz² - (Σz)²/n keeps its digits if the mean is small
                shift = totals(z).mean(axis=0)[:, None] / z.shape[2]
            z -= shift
            run.blank(rows, z)
            kept.append(z)
            sums.append(totals(z))
            squares.append(np.vecdot(z, z))
        n = run.count
        centre = np.concatenate(sums).sum(axis=0, dtype=np.float64)[:, None] / n
        biased = np.concatenate(squares).sum(axis=0, dtype=np.float64)[:, None] / n - centre * centre
        biased = np.maximum(biased, 0)  # rounding may make it negative where all are equal
        columns = (
            centre, 1 / np.sqrt(biased + self.norm.eps),
            centre + shift + (own.b if self.conv.bias else 0), biased * (n / max(n - 1, 1)),
        )  # fmt: skip
        centre, scale, mean, var = (column.astype(x.dtype) for column in columns)

        factor = norm.w * scale
        flip = np.where(norm.w < 0, -1, 1).astype(x.dtype) if (norm.w < 0).any() else None
        y = np.empty(run.shape, x.dtype)
        bests, winners = [], []
        for rows, z in zip(run.blocks, kept):
            best, won = largest(run.phases(z if flip is None else z * flip), keep=True)  # the maximum of w·z
            if flip is not None:
                best = best * flip[:, None]
            np.multiply(best, factor[:, None], out=run.place(y, rows))
            bests.append(best)
            winners.append(won)
        y += (norm.b - centre * factor)[:, None, None]
        y = self.finish(run, y)
        return y, NormCache(run, y, kept, bests, winners, centre, scale, mean, var, share)

    def backward(self, p: Views, g: Views, dy: Array, cache: Any, want_dx: bool = True) -> Array | None:
        run, own, norm = cache.run, g[self.at], g[self.at + 1]
        d = spread(dy * (cache.y > 0) if self.relu else dy.copy(), run.shape)
        dots = np.zeros_like(norm.b)  # Σ d·z
        for rows, best in zip(run.blocks, cache.best):
            taken = run.take(d, rows).reshape(-1, len(d), best[0, 0, 0].size)
            dots[:, 0] += np.vecdot(taken, best.reshape(taken.shape)).sum(axis=0)
        norm.b[:, 0] = totals(d.reshape(len(d), -1))
        norm.w[...] = cache.scale * (dots - cache.centre * norm.b)
        norm.mean[...], norm.var[...] = cache.share * cache.mean, cache.share * cache.var  # see BatchNorm

        # dz = factor · (d where it won - Σd/n - ẑ·Σdẑ/n), with ẑ = (z - centre)·scale
        factor = p[self.at + 1].w * cache.scale
        slope = -factor * cache.scale * norm.w / run.count
        level = -factor * norm.b / run.count - cache.centre * slope
        d *= factor[:, None, None]
        own.w[...] = 0
        if self.conv.bias:
            own.b[...] = 0  # batch norm subtracts it again
        dpadded = run.room(want_dx)
        for rows, z, won in zip(run.blocks, cache.z, cache.won):
            dz = z * slope
            dz += level
            run.blank(rows, dz)
            routed, taken = run.phases(dz), run.take(d, rows)
            routed += taken if won is None else taken * won
            run.gradient(rows, dz, own.w, dpadded)
        return None if dpadded is None else run.crop(dpadded)
