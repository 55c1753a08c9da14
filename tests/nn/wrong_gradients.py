"""Layers whose gradients are wrong on purpose, one fault each, with the shape for which each is checked."""

from __future__ import annotations

import numpy as np

from numnist.nn import (
    GELU,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    LayerNorm,
    MaxPool2d,
    ReLU,
    Residual,
    Softmax,
)
from numnist.nn.base import EVAL


class Twice(Dense):
    def backward(self, p, g, dy, x, want_dx=True):
        return super().backward(p, g, 2 * dy, x)


class WrongSign(Dense):
    def backward(self, p, g, dy, x, want_dx=True):
        return -super().backward(p, g, dy, x)


class BiasNotSummed(Dense):
    def backward(self, p, g, dy, x, want_dx=True):
        dx = super().backward(p, g, dy, x)
        g.b[...] = dy[:, :1]
        return dx


class WeightsTransposed(Dense):  # wrong for square weights, which no shape gives away
    def backward(self, p, g, dy, x, want_dx=True):
        super().backward(p, g, dy, x)
        return p.w @ dy


class Added(Dense):
    def backward(self, p, g, dy, cache, want_dx=True):
        g.w += dy @ cache.T
        g.b += dy.sum(axis=1, keepdims=True)
        return p.w.T @ dy


class Forgotten(Dense):
    def backward(self, p, g, dy, x, want_dx=True):
        dx = super().backward(p, g, dy, x)
        g.b[...] = 0
        return dx


class NotWritten(Dense):
    def backward(self, p, g, dy, cache, want_dx=True):
        g.w = dy @ cache[0].T  # another array than the caller's
        np.sum(dy, axis=1, keepdims=True, out=g.b)
        return p.w.T @ dy


class OneEntry(Dense):
    def backward(self, p, g, dy, x, want_dx=True):
        dx = super().backward(p, g, dy, x)
        g.w[-1, 3] *= 1 + 1e-6
        return dx


class Float32Inside(Dense):
    def backward(self, p, g, dy, x, want_dx=True):
        return super().backward(p, g, dy.astype(np.float32).astype(np.float64), x)


class Float32Forward(Dense):
    def forward(self, p, x, mode=EVAL):
        y, cache = super().forward(p, x, mode)
        return y.astype(np.float32), cache


class PixelOff(Conv2d):
    def backward(self, p, g, dy, x, want_dx=True):
        return np.roll(super().backward(p, g, dy, x), 1, axis=2)


class KernelTurned(Conv2d):  # convolution taken for cross-correlation, in dw only
    def backward(self, p, g, dy, x, want_dx=True):
        dx = super().backward(p, g, dy, x)
        g.w[...] = g.w[:, :, ::-1, ::-1].copy()
        return dx


class PaddingForgotten(Conv2d):
    def backward(self, p, g, dy, x, want_dx=True):
        dx = super().backward(p, g, dy, x)
        dx[:, 0] = 0
        return dx


class NewMask(Dropout):
    def backward(self, p, g, dy, cache, want_dx=True):
        return dy * np.random.default_rng(1).permutation(cache.reshape(-1)).reshape(cache.shape)


class MaskNotScaled(Dropout):
    def backward(self, p, g, dy, cache, want_dx=True):
        return dy * (cache > 0)


class MeanIsConstant(BatchNorm):
    def backward(self, p, g, dy, cache, want_dx=True):
        dx = super().backward(p, g, dy, cache)
        return dx + (p.w * cache.scale * g.b / cache.xhat.shape[1]).reshape(-1, *[1] * (dx.ndim - 1))


class VarianceIsConstant(BatchNorm):
    def backward(self, p, g, dy, cache, want_dx=True):
        dx = super().backward(p, g, dy, cache)
        return dx + (p.w * cache.scale * cache.xhat * g.w / cache.xhat.shape[1]).reshape(dx.shape)


class EpsForgotten(BatchNorm):
    def backward(self, p, g, dy, cache, want_dx=True):
        return super().backward(p, g, dy, cache._replace(scale=1 / np.sqrt(1 / cache.scale**2 - self.eps)))


class ScaleForgotten(LayerNorm):
    def backward(self, p, g, dy, cache, want_dx=True):
        return super().backward(p, g, dy, cache) / p.w


class WrongSide(ReLU):
    def backward(self, p, g, dy, cache, want_dx=True):
        return dy * (cache[0] <= 0)


class NoSide(ReLU):
    def backward(self, p, g, dy, y, want_dx=True):
        return dy


class WrongPixel(MaxPool2d):  # to the smallest
    def forward(self, p, x, mode=EVAL):
        return super().forward(p, x, mode)[0], super().forward(p, -x, mode)[1]


class WholeWindow(MaxPool2d):
    def forward(self, p, x, mode=EVAL):
        return super().forward(p, x, mode)[0], x.shape

    def backward(self, p, g, dy, shape, want_dx=True):
        return AvgPool2d(self.window).backward(p, g, dy * 4, shape)


class NotDivided(AvgPool2d):
    def backward(self, p, g, dy, cache, want_dx=True):
        return super().backward(p, g, dy, cache) * 4


class OnlyTheDiagonal(Softmax):
    def backward(self, p, g, dy, y, want_dx=True):
        return dy * y * (1 - y)


class ConstantSlightlyOff(GELU):
    def backward(self, p, g, dy, cache, want_dx=True):
        return super().backward(p, g, dy, (cache[0] * (1 + 1e-6), cache[1]))


class NoWayAround(Residual):
    def backward(self, p, g, dy, cache, want_dx=True):
        return self.body.backward(p[0], g[0], dy, cache[0])


WRONG = {
    Twice(4): (6,),
    WrongSign(4): (6,),
    BiasNotSummed(4): (6,),
    WeightsTransposed(6): (6,),
    Added(4): (6,),
    Forgotten(4): (6,),
    NotWritten(4): (6,),
    OneEntry(10): (15,),
    Float32Inside(4): (6,),
    Float32Forward(4): (6,),
    PixelOff(2, 3): (2, 5, 5),
    KernelTurned(2, 3): (2, 5, 5),
    PaddingForgotten(2, 3, padding=1): (2, 5, 5),
    NewMask(): (9,),
    MaskNotScaled(0.1): (9,),
    MeanIsConstant(): (3, 4, 4),
    VarianceIsConstant(): (3, 4, 4),
    EpsForgotten(): (5,),
    ScaleForgotten(): (5,),
    WrongSide(): (9,),
    NoSide(): (9,),
    WrongPixel(2): (1, 4, 4),
    WholeWindow(2): (2, 4, 4),
    NotDivided(2): (2, 4, 4),
    OnlyTheDiagonal(): (5,),
    ConstantSlightlyOff(): (9,),
    NoWayAround(Dense(6)): (6,),
}
