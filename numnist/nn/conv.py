"""Conv2d: the same small weights looked through at every place of a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from numnist.nn.base import EVAL, HE, ZEROS, Array, Layer, Mode, Param, Plan, Shape, Views, expect_picture
from numnist.nn.initializers import Initializer
from numnist.nn.windows import Padding, Windows, check_padding
from numnist.support.checks import Pair, instance, pair, whole
from numnist.support.errors import ShapeError, UsageError

CACHE_BYTES = 1 << 20  # of columns at a time, half of a core's second-level cache


@dataclass(frozen=True, repr=False)
class Conv2d(Layer):
    """y[k, oi, oj] = Σ w[k, c, i, j] · x[c, oi·stride + i·dilation, oj·stride + j·dilation] + b[k]

    (Cross-correlation, as everywhere in the field.)   x: (C, H, W, N) -> y: (filters, oh, ow, N);
    w: (filters, C/groups, kh, kw), b: (filters, 1).

    kernel, stride, dilation: one number or (rows, columns); padding: the same, or "valid" (none), or "same"
    (output size ⌈H/stride⌉).  groups: filters and channels fall into that many groups which do not see each other.

    The columns of a few output rows at a time are gathered (im2col), multiplied and forgotten: they stay in
    cache, and backward gathers them again, which costs less than fetching them from memory.
    """

    filters: int
    kernel: Pair
    stride: Pair = 1
    padding: Padding = 0
    dilation: Pair = 1
    groups: int = 1
    bias: bool = True
    initializer: Initializer = HE

    def __post_init__(self) -> None:
        whole(self.filters, "Conv2d filters")
        whole(self.groups, "Conv2d groups")
        for name in ("kernel", "stride", "dilation"):
            pair(getattr(self, name), f"Conv2d {name}")
        check_padding(self.padding, "Conv2d padding")
        instance(self.bias, "Conv2d bias", bool)
        instance(self.initializer, "Conv2d initializer", Initializer)
        if self.filters % self.groups:
            raise UsageError(f"Conv2d cannot share {self.filters} filters among {self.groups} groups evenly.")

    def windows(self, H: int, W: int) -> Windows:
        return Windows.over(self, H, W, self.kernel, self.stride, self.padding, self.dilation)

    def build(self, in_shape: Shape) -> Plan:
        C, H, W = expect_picture(self, in_shape)
        if C % self.groups:
            raise ShapeError(f"{self} cannot share the {C} channels that it gets among {self.groups} groups evenly.")
        win = self.windows(H, W)
        area = win.kh * win.kw
        shape = (self.filters, C // self.groups, win.kh, win.kw)
        fan_in, fan_out = shape[1] * area, self.filters // self.groups * area
        params = {"w": Param(shape, self.initializer, fan_in, fan_out, decayed=True)}
        if self.bias:
            params["b"] = Param((self.filters, 1), ZEROS)
        return Plan(
            self, in_shape, (self.filters, win.oh, win.ow), params, macs=self.filters * fan_in * win.oh * win.ow
        )

    def columns(self, win: Windows, padded: Array) -> Iterator[tuple[int, int, Array]]:
        """Yield (start, stop, columns) for a few output rows; columns: (groups, C/groups·kh·kw, rows·ow·N)."""
        C, _, _, N = padded.shape
        each = C * win.kh * win.kw * win.ow * max(1, N) * padded.itemsize  # bytes of columns for one output row
        step, look = max(1, CACHE_BYTES // each), win.look(padded)[0, 0]
        for start in range(0, win.oh, step):
            stop = min(start + step, win.oh)
            cols = np.ascontiguousarray(look[:, :, :, start:stop])
            yield start, stop, cols.reshape(self.groups, C // self.groups * win.kh * win.kw, -1)

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        _, H, W, N = x.shape
        win = self.windows(H, W)
        y = np.empty((self.filters, win.oh, win.ow, N), x.dtype)
        w = p.w.reshape(self.groups, self.filters // self.groups, -1)  # (groups, K/groups, C/groups·kh·kw)
        for start, stop, cols in self.columns(win, win.pad(x)):
            rows = y[:, start:stop].reshape(self.filters, -1)  # a view
            np.matmul(w, cols, out=rows.reshape(self.groups, w.shape[1], -1))
            if self.bias:
                rows += p.b  # while the rows are still in cache
        return y, x

    def backward(self, p: Views, g: Views, dy: Array, x: Array, want_dx: bool = True) -> Array | None:
        C, H, W, N = x.shape
        win = self.windows(H, W)
        if self.bias:
            np.sum(dy.reshape(self.filters, -1), axis=1, keepdims=True, out=g.b)
        w = p.w.reshape(self.groups, self.filters // self.groups, -1)
        dw = g.w.reshape(w.shape)
        dw[...] = 0
        padded = win.pad(x)
        dpadded = np.zeros_like(padded) if want_dx else None
        for start, stop, cols in self.columns(win, padded):
            rows = dy[:, start:stop].reshape(self.groups, w.shape[1], -1)  # (groups, K/groups, rows·ow·N)
            dw += rows @ cols.transpose(0, 2, 1)
            if dpadded is not None:
                dcols = (w.transpose(0, 2, 1) @ rows).reshape(C, win.kh, win.kw, stop - start, win.ow, N)
                for i, j in win.places():
                    part = win.at(dpadded, i, j, start, stop)
                    part += dcols[:, i, j]
        return None if dpadded is None else win.crop(dpadded, H, W)
