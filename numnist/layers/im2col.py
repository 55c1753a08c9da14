"""Im2col: a convolution as one matrix product, over the columns that its kernel sees."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from numnist.layers.base import Array

if TYPE_CHECKING:
    from numnist.layers.conv import Conv2d

SMALL = 1_000_000  # multiply-adds up to which OpenBLAS leaves out packing its operands (docs/performance.md)


class Im2col:
    """The convolution of one shard, a few rows of output at a time, for layers/blocks.py.

    Columns of a few rows stay in cache.  With a pooling window of ph × pw behind it, outputs come sorted by their
    place in that window (their phase): all upper left ones, all upper right ones ...  Pooling is then elementwise.

    w: (K, C, kh, kw), x: (C, H, W, N).  every: whether outputs that pooling leaves out at the border are wanted too.
    shape: of the pooled outputs, (K, rows, columns, N), to which `shown` and `spread` lead.
    count: outputs of one filter, before pooling.
    """

    def __init__(self, conv: Conv2d, window: tuple[int, int], w: Array, x: Array, every: bool, keep: bool):
        _, H, W, N = x.shape
        win, (ph, pw) = conv.windows(H, W), window
        self.window, self.size, self.pooled = window, (H, W), (win.oh // ph, win.ow // pw)
        self.count = win.oh * win.ow * N
        self.outside = (-win.oh % ph, -win.ow % pw) if every else (0, 0)  # rows and columns beyond the picture
        rows, cols = (-(-win.oh // ph), -(-win.ow // pw)) if every else self.pooled
        win = replace(
            win, oh=rows * ph, ow=cols * pw,
            bottom=win.bottom + self.outside[0] * win.sh, right=win.right + self.outside[1] * win.sw,
        )  # fmt: skip
        self.w = w.reshape(len(w), -1)  # (K, Q), Q = C·kh·kw
        self.padded = win.pad(x)
        self.look = win.look(self.padded, window)
        self.win = replace(win, sh=win.sh * ph, sw=win.sw * pw, oh=rows, ow=cols)  # of one phase
        self.corners = [(a * win.sh, b * win.sw) for a in range(ph) for b in range(pw)]
        self.shape = (len(w), rows, cols, N)
        step = max(1, SMALL // (self.w.size * cols * max(N, 1)))
        self.blocks = [slice(at, min(at + step, rows)) for at in range(0, rows, step)]

    def columns(self, block: slice) -> Array:
        """What the rows of a block see: (phases, Q, M), M = rows·ow·N."""
        cols = np.ascontiguousarray(self.look[:, :, :, :, :, block])
        return cols.reshape(len(self.corners), self.w.shape[1], -1)

    def outputs(self, block: slice) -> Array:
        """Σ w·x, no bias yet: (phases, K, M)."""
        return np.matmul(self.w, self.columns(block))

    def empty(self, block: slice) -> Array:
        """Room for a block's outputs or their gradient: (phases, K, M)."""
        M = (block.stop - block.start) * self.win.ow * self.shape[3]
        return np.empty((self.window[0] * self.window[1], len(self.w), M), self.padded.dtype)

    def phases(self, z: Array) -> Array:
        """A view of outputs, or of their gradient, by phase: (ph, pw, 1, 1, K, rows·ow, N)."""
        return z.reshape(*self.window, 1, 1, z.shape[1], -1, self.shape[3])

    def place(self, y: Array, block: slice) -> Array:
        """A view of where a block's pooled outputs stand in y, of self.shape: (1, 1, K, rows·ow, N)."""
        rows = y[:, block]
        return rows.reshape(1, 1, len(y), rows.shape[1] * rows.shape[2], -1)

    def take(self, d: Array, block: slice) -> Array:
        """The same to be read."""
        return self.place(d, block)

    def blank(self, block: slice, z: Array) -> None:
        """Zero what lies outside of the picture in outputs or their gradient: (phases, K, M)."""
        if self.outside == (0, 0):
            return
        by_place = z.reshape(*self.window, len(self.w), block.stop - block.start, self.win.ow, -1)
        if block.stop == self.win.oh:
            by_place[self.window[0] - self.outside[0] :, :, :, -1] = 0
        by_place[:, self.window[1] - self.outside[1] :, :, :, -1] = 0

    def gradient(self, block: slice, dz: Array, dw: Array, dpadded: Array | None) -> None:
        """Add a block's share to dw (K, C, kh, kw) and to the gradient of the padded pictures."""
        cols = self.columns(block)
        dw += np.matmul(dz, cols.transpose(0, 2, 1)).sum(axis=0).reshape(dw.shape)
        if dpadded is None:
            return
        C, _, _, N = dpadded.shape
        dcols = np.matmul(self.w.T, dz).reshape(
            len(dz), C, self.win.kh, self.win.kw, block.stop - block.start, self.win.ow, N
        )
        for (a, b), each in zip(self.corners, dcols):
            for i, j in self.win.places():
                part = self.win.at(dpadded[:, a:, b:], i, j, block.start, block.stop)
                part += each[:, i, j]

    def room(self, want: bool) -> Array | None:
        """Where the gradient of the padded pictures is gathered, if it is wanted."""
        return np.zeros_like(self.padded) if want else None

    def crop(self, dpadded: Array) -> Array:
        """dx (C, H, W, N) out of the gradient of the padded pictures."""
        return self.win.crop(dpadded, *self.size)
