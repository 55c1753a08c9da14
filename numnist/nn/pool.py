"""Pooling: downsample a picture by the maximum or the mean of each window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numnist.nn.base import EVAL, Array, Layer, Mode, Plan, Shape, Views, expect_picture
from numnist.nn.windows import Padding, Windows, check_padding
from numnist.support.checks import Pair, instance, pair, plain_numbers
from numnist.support.errors import UsageError


@dataclass(frozen=True, repr=False)
class Pool2d(Layer):
    """Base of both kinds of pooling.   x: (C, H, W, N) -> y: (C, oh, ow, N)

    window: one number or (rows, columns); stride: the same, None means the window's; padding: at most half of the
    window, or "valid" (none), or "same" (output size ⌈H/stride⌉).
    """

    window: Pair
    stride: Pair | None = None
    padding: Padding = 0

    def __post_init__(self) -> None:
        name = type(self).__name__
        window = pair(self.window, f"{name} window")
        if self.stride is not None:
            pair(self.stride, f"{name} stride")
        check_padding(self.padding, f"{name} padding")
        if not isinstance(self.padding, str):
            padding = pair(self.padding, f"{name} padding", 0)
            if any(2 * p > k for p, k in zip(padding, window)):
                raise UsageError(f"{name} padding is {self.padding}, but at most half of the window {self.window}.")
        plain_numbers(self)

    def windows(self, H: int, W: int) -> Windows:
        stride = self.window if self.stride is None else self.stride
        return Windows.over(self, H, W, self.window, stride, self.padding)

    def build(self, in_shape: Shape) -> Plan:
        C, H, W = expect_picture(self, in_shape)
        win = self.windows(H, W)
        return Plan(self, in_shape, (C, win.oh, win.ow))


class MaxPool2d(Pool2d):
    """y = the maximum of each window; the gradient goes to the first maximum in row order."""

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, tuple[Array, Array]]:
        win = self.windows(*x.shape[1:3])
        padded = win.pad(x, -np.inf)
        y = win.at(padded, 0, 0).copy()
        for i, j in win.places()[1:]:
            np.maximum(y, win.at(padded, i, j), out=y)
        return y, (x, y)

    def backward(self, p: Views, g: Views, dy: Array, cache: tuple[Array, Array], want_dx: bool = True) -> Array:
        x, y = cache
        win = self.windows(*x.shape[1:3])
        padded = win.pad(x, -np.inf)
        dpadded = np.zeros_like(padded)
        taken = np.zeros(y.shape, bool)  # windows whose maximum has been found
        for i, j in win.places():
            largest = win.at(padded, i, j) == y
            part = win.at(dpadded, i, j)
            if win.disjoint:  # no other window sees these pixels
                np.multiply(dy, largest > taken, out=part)  # largest and not taken
            else:
                part += dy * (largest > taken)
            taken |= largest
        return win.crop(dpadded)


@dataclass(frozen=True, repr=False)
class AvgPool2d(Pool2d):
    """y = the mean of each window.  count_padding: include the zeros of the padding, as PyTorch does."""

    count_padding: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        instance(self.count_padding, "AvgPool2d count_padding", bool)

    def counts(self, win: Windows, H: int, W: int) -> Array:
        """The number of pixels that each window divides by: (oh, ow, 1)."""
        if self.count_padding or not win.padded:
            return np.full((1, 1, 1), float(win.kh * win.kw))
        ones = win.pad(np.ones((1, H, W, 1)))
        return sum(win.at(ones, i, j) for i, j in win.places())[0]  # type: ignore[index]

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Shape]:
        _, H, W, _ = x.shape
        win = self.windows(H, W)
        padded = win.pad(x)
        y = np.zeros((x.shape[0], win.oh, win.ow, x.shape[3]), x.dtype)
        for i, j in win.places():
            y += win.at(padded, i, j)
        y *= (1 / self.counts(win, H, W)).astype(x.dtype)
        return y, x.shape

    def backward(self, p: Views, g: Views, dy: Array, shape: Shape, want_dx: bool = True) -> Array:
        C, H, W, N = shape
        win = self.windows(H, W)
        each = dy * (1 / self.counts(win, H, W)).astype(dy.dtype)
        dpadded = np.zeros(win.padded_shape(C, N), dy.dtype)
        for i, j in win.places():
            part = win.at(dpadded, i, j)
            part += each
        return win.crop(dpadded)


@dataclass(frozen=True, repr=False)
class GlobalAvgPool(Layer):
    """y = the mean of each channel over the whole picture.   x: (C, H, W, N) -> y: (C, N)"""

    def build(self, in_shape: Shape) -> Plan:
        C, _, _ = expect_picture(self, in_shape)
        return Plan(self, in_shape, (C,))

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Shape]:
        return x.mean(axis=(1, 2)), x.shape

    def backward(self, p: Views, g: Views, dy: Array, shape: Shape, want_dx: bool = True) -> Array:
        _, H, W, _ = shape
        return np.ascontiguousarray(np.broadcast_to((dy / (H * W))[:, None, None], shape))
