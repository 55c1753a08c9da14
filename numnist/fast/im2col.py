"""Im2col: a convolution as a matrix product, over a few rows of output at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from numnist.nn.base import Array

if TYPE_CHECKING:
    from numnist.nn.conv import Conv2d

BLOCK_BYTES = 1 << 20  # of outputs at a time, half of a core's second-level cache


class Im2col:
    """The convolution of one shard, a few rows of output at a time, for conv_block.py.

    The columns of a few rows stay in cache, and each row is a product of its own, small enough for OpenBLAS to multiply
    without copying its operands (docs/design.md).  Before pooling by ph × pw, outputs are sorted by their place
    in that window (their phase): all upper left ones, all upper right ones ...  So pooling is elementwise.

    w: (K, C, kh, kw), x: (C, H, W, N).  border: whether to compute outputs at the border that pooling leaves out.
    shape: of the pooled outputs, (K, rows, columns, N); pooled: rows and columns of them in the picture.
    count: outputs of one filter, before pooling.  keep: unused, since backward gathers the columns again.
    """

    def __init__(self, conv: Conv2d, window: tuple[int, int], w: Array, x: Array, border: bool, keep: bool):
        N = x.shape[3]
        win, (ph, pw) = conv.windows(*x.shape[1:3]), window
        self.window, self.pooled = window, (win.oh // ph, win.ow // pw)
        self.count = win.oh * win.ow * N
        self.outside = (-win.oh % ph, -win.ow % pw) if border else (0, 0)  # rows and columns beyond the picture
        rows, cols = (-(-win.oh // ph), -(-win.ow // pw)) if border else self.pooled
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
        step = max(1, BLOCK_BYTES // (ph * pw * len(w) * cols * max(N, 1) * x.itemsize))
        self.blocks = [slice(at, min(at + step, rows)) for at in range(0, rows, step)]

    def columns(self, block: slice) -> Array:
        """The patches under the rows of a block, phase by phase and row by row: (phases·rows, Q, M), M = ow·N."""
        cols = np.ascontiguousarray(self.look[:, :, :, :, :, block].transpose(0, 1, 5, 2, 3, 4, 6, 7))
        return cols.reshape(-1, self.w.shape[1], self.win.ow * self.shape[3])

    def outputs(self, block: slice) -> Array:
        """Σ w·x, no bias yet: (phases·rows, K, M)."""
        return np.matmul(self.w, self.columns(block))

    def empty(self, block: slice) -> Array:
        """An empty array for the outputs of a block or their gradient: (phases·rows, K, M)."""
        count = len(self.corners) * (block.stop - block.start)
        return np.empty((count, len(self.w), self.win.ow * self.shape[3]), self.padded.dtype)

    def phases(self, z: Array) -> Array:
        """A view of outputs, or of their gradient, by place in the pooling window: (ph, pw, rows, 1, K, ow, N)."""
        return z.reshape(*self.window, len(z) // len(self.corners), 1, len(self.w), *self.shape[2:])

    def place(self, y: Array, block: slice) -> Array:
        """A view of the pooled outputs of a block in y, of self.shape: (rows, 1, K, ow, N)."""
        return y[:, block].transpose(1, 0, 2, 3)[:, None]

    def take(self, d: Array, block: slice) -> Array:
        """The same, for reading."""
        return self.place(d, block)

    def blank(self, block: slice, z: Array) -> None:
        """Set to zero what lies outside of the picture, in outputs or their gradient: (phases·rows, K, M)."""
        if self.outside == (0, 0):
            return
        by_place = self.phases(z)
        if block.stop == self.win.oh:
            by_place[self.window[0] - self.outside[0] :, :, -1] = 0
        by_place[:, self.window[1] - self.outside[1] :, :, :, :, -1] = 0

    def gradient(self, block: slice, dz: Array, dw: Array, dpadded: Array | None) -> None:
        """Add the share of a block to dw (K, C, kh, kw) and to the gradient of the padded pictures."""
        cols = self.columns(block)
        dw += np.matmul(dz, cols.transpose(0, 2, 1)).sum(axis=0).reshape(dw.shape)
        if dpadded is None:
            return
        C, rows = len(dpadded), block.stop - block.start
        dcols = np.matmul(self.w.T, dz)
        dcols = dcols.reshape(-1, rows, C, self.win.kh, self.win.kw, *self.shape[2:])
        for (a, b), each in zip(self.corners, dcols):
            for i, j in self.win.places():
                part = self.win.at(dpadded[:, a:, b:], i, j, block.start, block.stop)
                part += each[:, :, i, j].transpose(1, 0, 2, 3)

    def room(self, want: bool) -> Array | None:
        """An array for the gradient of the padded pictures, if it is wanted."""
        return np.zeros_like(self.padded) if want else None

    def crop(self, dpadded: Array) -> Array:
        """dx (C, H, W, N), inside the gradient of the padded pictures."""
        return self.win.crop(dpadded)
