"""A convolution with batch norm behind it as one block (see blocks.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from numnist.layers.base import Array, Mode, Views
from numnist.layers.blocks import Algorithm, ConvBlock, largest, spread, totals
from numnist.layers.norm import BatchNorm


class NormCache(NamedTuple):
    """What backward needs.  z is what the convolution made, less a number near each filter's mean."""

    run: Algorithm
    z: list[Array]  # of each block of rows: (phases, K, M)
    best: list[Array]  # the largest z of each window
    won: list[Array | None]  # which it was
    passed: list[Array | None]  # where ReLU let it through
    centre: Array  # (K,): the mean of z
    scale: Array  # (K,): 1 / √(var + eps)
    mean: Array  # (K,): of what the norm got
    var: Array  # (K,): unbiased
    share: float


@dataclass(frozen=True)
class NormBlock(ConvBlock):
    """Conv2d, BatchNorm[, ReLU][, MaxPool2d] as one.   x: (C, H, W, N) -> (K, oh, ow, N)

    In training z goes to memory once: its statistics are taken while it is made, and normalising is one product and
    one sum after pooling.  For inference the norm is folded into the convolution's weights.
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
        run = self.algorithm(own.w, x, every=True)
        kept = []
        sums, squares = np.zeros(len(own.w)), np.zeros(len(own.w))
        shift = np.zeros((len(own.w), 1), x.dtype)
        for rows in run.blocks:
            z = run.outputs(rows)
            if not kept:  # Σz² - (Σz)²/n loses no digits where the mean is small
                shift = (totals(z) / (z.size // len(own.w)))[:, None]
            z -= shift
            run.blank(rows, z)
            sums += totals(z)
            squares += np.vecdot(z, z).sum(axis=0)
            kept.append(z)
        centre, n = sums / run.count, run.count
        biased = squares / n - centre * centre
        scale = 1 / np.sqrt(biased + self.norm.eps)
        mean = centre + shift[:, 0] + (own.b[:, 0] if self.conv.bias else 0)
        columns = (each.astype(x.dtype) for each in (centre, scale, mean, biased * (n / max(n - 1, 1))))
        cache = NormCache(run, kept, [], [], [], *columns, share)

        factor = norm.w[:, 0] * cache.scale
        offset = norm.b[:, 0] - cache.centre * factor
        flip = np.where(norm.w < 0, -1, 1).astype(x.dtype) if (norm.w < 0).any() else None
        y = np.empty(run.shape, x.dtype)
        for rows, z in zip(run.blocks, kept):
            best, won = largest(run.phases(z if flip is None else z * flip), keep=True)  # of w·z, that is
            if flip is not None:
                best = best * flip[:, None]
            out = best * factor[:, None, None]
            out += offset[:, None, None]
            if self.relu:
                np.maximum(out, 0, out=out)
            run.place(y, rows)[...] = out
            cache.best.append(best)
            cache.won.append(won)
            cache.passed.append(out > 0 if self.relu else None)
        return run.shown(y), cache

    def backward(self, p: Views, g: Views, dy: Array, cache: Any, want_dx: bool = True) -> Array | None:
        run, own, norm = cache.run, g[self.at], g[self.at + 1]
        dy = spread(dy, run.shape)
        K, n = len(own.w), run.count
        ds = []  # dy of each block of rows, as far as ReLU lets it through
        db, dots = np.zeros(K, dy.dtype), np.zeros(K, dy.dtype)
        for rows, best, passed in zip(run.blocks, cache.best, cache.passed):
            d = np.array(run.place(dy, rows), order="C")  # our own: (r, s, K, columns, N)
            if passed is not None:
                np.multiply(d, passed, out=d)
            flat = d.reshape(-1, K, d[0, 0, 0].size)
            db += totals(flat)
            dots += np.vecdot(flat, best.reshape(flat.shape)).sum(axis=0)
            ds.append(d)
        dw = cache.scale * (dots - cache.centre * db)
        norm.w[:, 0], norm.b[:, 0] = dw, db
        norm.mean[:, 0], norm.var[:, 0] = cache.share * cache.mean, cache.share * cache.var  # see BatchNorm

        # dz = factor · (d where it won - db/n - ẑ·dw/n), with ẑ = (z - centre)·scale
        factor = p[self.at + 1].w[:, 0] * cache.scale
        slope = -factor * cache.scale * dw / n
        level = -factor * db / n - cache.centre * slope
        dpadded = np.zeros_like(run.padded) if want_dx else None
        own.w[...] = 0
        if self.conv.bias:
            own.b[...] = 0  # the norm takes out whatever it adds
        for rows, z, d, won in zip(run.blocks, cache.z, ds, cache.won):
            dz = z * slope[:, None]
            dz += level[:, None]
            run.blank(rows, dz)
            d *= factor[:, None, None]
            routed = run.phases(dz)
            routed += d if won is None else d * won
            run.gradient(rows, dz, own.w, dpadded)
        return None if dpadded is None else run.crop(dpadded)
