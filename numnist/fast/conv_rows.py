"""Conv2d, a few rows of output at a time: for grouped convolutions, and for one that stands alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from numnist.nn.base import EVAL, Array, Layer, Mode, Views
from numnist.nn.conv import Conv2d
from numnist.nn.windows import Windows

CACHE_BYTES = 1 << 20  # of columns at a time, half of a core's second-level cache


@dataclass(frozen=True, repr=False)
class ConvRows(Layer):
    """Conv2d.   x: (C, H, W, N) -> y: (filters, oh, ow, N)

    The columns of a few output rows at a time are gathered (im2col), multiplied and forgotten: they stay in cache, and
    backward gathers them again, which costs less than fetching them from memory.
    """

    conv: Conv2d

    def columns(self, win: Windows, padded: Array) -> Iterator[tuple[slice, Array]]:
        """Yield (rows, columns) for a few output rows; columns: (groups, C/groups·kh·kw, rows·ow·N)."""
        C, _, _, N = padded.shape
        bytes_per_row = C * win.kh * win.kw * win.ow * max(1, N) * padded.itemsize
        step, look = max(1, CACHE_BYTES // bytes_per_row), win.look(padded)[0, 0]
        for start in range(0, win.oh, step):
            rows = slice(start, min(start + step, win.oh))
            cols = np.ascontiguousarray(look[:, :, :, rows])
            yield rows, cols.reshape(self.conv.groups, C // self.conv.groups * win.kh * win.kw, -1)

    def by_group(self, a: Array) -> Array:
        """Weights or outputs of all filters, by group: (filters, ...) -> (groups, filters/groups, ...)"""
        return a.reshape(self.conv.groups, self.conv.filters // self.conv.groups, -1)

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        win, w = self.conv.windows(*x.shape[1:3]), self.by_group(p.w)
        y = np.empty((self.conv.filters, win.oh, win.ow, x.shape[3]), x.dtype)
        for rows, cols in self.columns(win, win.pad(x)):
            part = y[:, rows].reshape(self.conv.filters, -1)  # a view
            np.matmul(w, cols, out=self.by_group(part))
            if self.conv.bias:
                part += p.b  # while the rows are still in cache
        return y, x

    def backward(self, p: Views, g: Views, dy: Array, x: Array, want_dx: bool = True) -> Array | None:
        win, w = self.conv.windows(*x.shape[1:3]), self.by_group(p.w)
        padded = win.pad(x)
        dw, dpadded = self.by_group(g.w), np.zeros_like(padded) if want_dx else None
        dw[...] = 0
        if self.conv.bias:
            np.sum(dy.reshape(len(dy), -1), axis=1, keepdims=True, out=g.b)
        for rows, cols in self.columns(win, padded):
            dz = self.by_group(dy[:, rows])
            dw += dz @ cols.transpose(0, 2, 1)
            if dpadded is not None:
                dcols = (w.transpose(0, 2, 1) @ dz).reshape(
                    len(x), win.kh, win.kw, rows.stop - rows.start, win.ow, x.shape[3]
                )
                for i, j in win.places():
                    pixels = win.at(dpadded, i, j, rows.start, rows.stop)
                    pixels += dcols[:, i, j]
        return None if dpadded is None else win.crop(dpadded)
