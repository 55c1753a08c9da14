"""Winograd's convolution: fewer multiplications, on small tiles in another basis.

Lavin & Gray 2015 (arxiv.org/abs/1509.09308), with tiles of 4 × 4 outputs.  A 1-D correlation of n inputs d with k
weights g, which gives m = n - k + 1 outputs, needs only n multiplications instead of m·k:

    y = Aᵀ [(G g) * (B d)]        A: (n, m), G: (n, k), B: (n, n)

It is the Toom-Cook product of polynomials, transposed: values at n points are multiplied point by point.  In two
dimensions the same matrices apply to rows and columns, which for a flattened tile is one product with their Kronecker
product: 3 × 3 kernels need 36 multiplications for 16 outputs instead of 144.

Backward transposes every step, so it is the exact gradient of what forward computes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from numnist.fast.products import SMALL
from numnist.nn.base import Array, Shape
from numnist.nn.windows import Windows
from numnist.support.checks import pair

if TYPE_CHECKING:
    from numnist.nn.conv import Conv2d

TILE = 4  # outputs of a tile in each dimension
POINTS = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5)  # small and exact in binary; the last point is infinity
KERNELS = (3, 5)  # 36 and 64 products for 16 outputs; larger kernels would need points that cost precision
CHANNELS = 8  # in and out: with fewer, the transforms cost more than they save (docs/design.md)
PICTURES = 8  # with fewer, the transform of the weights costs more than it saves, and
SAMPLES = 128  # so it does with fewer pictures times channels (docs/design.md)


class Transforms(NamedTuple):
    """Kronecker products for tiles of n × n inputs: A (n², 16), G (n², k²), B (n², n²)."""

    A: Array
    G: Array
    B: Array


@cache
def transforms(k: int, dtype: np.dtype[Any]) -> Transforms:
    """For kernels of k × k.  The rows of B are Lagrange polynomials; G carries their denominators."""
    points = np.array(POINTS[: TILE + k - 2])
    n = len(points) + 1
    A, G, B = np.zeros((n, TILE)), np.zeros((n, k)), np.zeros((n, n))
    for i, point in enumerate(points):
        others = np.delete(points, i)
        A[i] = point ** np.arange(TILE)
        G[i] = point ** np.arange(k) / np.prod(point - others)
        B[i, :-1] = np.poly(others)[::-1]
    A[-1, -1] = G[-1, -1] = 1  # at infinity only the highest power counts
    B[-1] = np.poly(points)[::-1]
    return Transforms(*(np.kron(each, each).astype(dtype) for each in (A, G, B)))


def pays(conv: Conv2d, window: tuple[int, int], channels: int, N: int) -> bool:
    """Whether Winograd is faster than im2col for a convolution over `channels` and N pictures, pooled by (ph, pw)."""
    (kh, kw), steps = pair(conv.kernel, "kernel"), {conv.stride, conv.dilation}
    fits = kh == kw and kh in KERNELS and steps <= {1, (1, 1)} and not any(TILE % side for side in window)
    least = min(conv.filters, channels)
    return fits and least >= CHANNELS and N >= PICTURES and least * N >= SAMPLES


def row_size(conv: Conv2d, in_shape: Shape) -> int:
    """How many numbers of one picture are in a row of transformed tiles."""
    C, H, W = in_shape
    k, _ = pair(conv.kernel, "kernel")
    return (TILE + k - 1) ** 2 * C * -(-conv.windows(H, W).ow // TILE)


class Winograd:
    """The convolution of one shard, a row of tiles at a time, for conv_block.py, with the methods of Im2col.

    w: (K, C, k, k), x: (C, H, W, N).  border: whether to compute outputs at the border that pooling leaves out.
    shape: of the pooled outputs of whole tiles, (K, rows, columns, N); pooled: rows and columns of them in the picture.
    count: outputs of one filter, before pooling.  keep: the transformed inputs, for backward.
    """

    def __init__(self, conv: Conv2d, window: tuple[int, int], w: Array, x: Array, border: bool, keep: bool):
        C, H, W, N = x.shape
        K, _, k, _ = w.shape
        win, (ph, pw) = conv.windows(H, W), window
        self.window, self.size, self.pooled = window, (H, W), (win.oh // ph, win.ow // pw)
        self.corner = (win.top, win.left)
        self.filled = (win.oh, win.ow) if border else (self.pooled[0] * ph, self.pooled[1] * pw)
        th, tw = (-(-size // TILE) for size in self.filled)
        n = TILE + k - 1
        self.win = Windows(H, W, n, n, TILE, TILE, 1, 1, 0, 0, 0, 0, th, tw)  # overlapping tiles
        self.A, self.G, self.B = transforms(k, x.dtype)
        self.u = np.matmul(self.G, w.reshape(K * C, -1).T).reshape(-1, K, C)  # (n², K, C)
        self.shape = (K, th * TILE // ph, tw * TILE // pw, N)
        self.count = win.oh * win.ow * N
        self.blocks = [slice(row, row + 1) for row in range(th)]
        height = max(th * TILE + k - 1, win.top + H + win.bottom)
        width = max(tw * TILE + k - 1, win.left + W + win.right)
        if (height, width) == (H, W):
            self.padded = x
        else:
            self.padded = np.zeros((C, height, width, N), x.dtype)
            self.crop(self.padded)[...] = x
        self.look = self.win.look(self.padded)[0, 0]  # (C, n, n, th, tw, N)
        self.keep, self.kept = keep, list[Array]()
        self.du = self.below = self.u  # in backward: the gradients of u, of the blocks done, and of the rows below them

    def tiles(self, block: slice) -> Array:
        """The inputs of a row of tiles in the other basis, V: (n², C, T), T = tiles·N."""
        d = np.ascontiguousarray(self.look[:, :, :, block]).reshape(self.look.shape[0], len(self.B), -1)  # (C, n², T)
        return _over_channels(self.B, d.transpose(1, 0, 2))

    def outputs(self, block: slice) -> Array:
        """Σ w·x, no bias yet: (16, K, T)."""
        v = self.tiles(block)
        if self.keep:  # for backward: reading it from memory costs less than computing it again
            self.kept.append(v)
        return _over_channels(self.A.T, np.matmul(self.u, v))

    def empty(self, block: slice) -> Array:
        """An empty array for the outputs of a block or their gradient: (16, K, T)."""
        return np.empty((TILE * TILE, self.shape[0], self.win.ow * self.shape[3]), self.padded.dtype)

    def phases(self, z: Array) -> Array:
        """A view of outputs, or of their gradient, by place in the pooling window: (ph, pw, r, s, K, tiles, N)."""
        (ph, pw), N = self.window, self.shape[3]
        tile = z.reshape(TILE // ph, ph, TILE // pw, pw, z.shape[1], -1, N)
        return tile.transpose(1, 3, 0, 2, 4, 5, 6)

    def place(self, y: Array, block: slice) -> Array:
        """A view of the pooled outputs of a block in y, of self.shape: (r, s, K, tiles, N)."""
        r, s = TILE // self.window[0], TILE // self.window[1]
        rows = y[:, block.start * r : block.stop * r]  # (K, r, tiles·s, N)
        return rows.reshape(len(y), r, -1, s, y.shape[3]).transpose(1, 3, 0, 2, 4)

    def take(self, d: Array, block: slice) -> Array:
        """The same, for reading, contiguous."""
        return np.ascontiguousarray(self.place(d, block))

    def blank(self, block: slice, z: Array) -> None:
        """Set to zero what lies outside of the picture, in outputs or their gradient: (16, K, T)."""
        tile = z.reshape(TILE, TILE, z.shape[1], -1, self.shape[3])
        tile[max(0, self.filled[0] - block.start * TILE) :] = 0
        tile[:, self.filled[1] - (self.win.ow - 1) * TILE :, :, -1] = 0

    def gradient(self, block: slice, dz: Array, dw: Array, dpadded: Array | None) -> None:
        """Add the share of a block to dw (K, C, k, k) and to the gradient of the padded pictures."""
        K, C = dw.shape[:2]
        dm = _over_channels(self.A, dz)  # (n², K, T)
        du = np.matmul(dm, self.kept[block.start].transpose(0, 2, 1))  # (n², K, C)
        self.du = np.add(self.du, du, out=self.du) if block.start else du
        if block == self.blocks[-1]:  # all at once: back in the basis of the weights
            dw += np.matmul(self.du.reshape(-1, K * C).T, self.G).reshape(dw.shape)
        if dpadded is None:
            return
        dv = np.matmul(self.u.transpose(0, 2, 1), dm)  # (n², C, T)
        dd = _over_channels(self.B.T, dv).reshape(self.win.kh, self.win.kw, C, self.win.ow, -1)
        # tiles overlap: what reaches over the edge is added to the next tile, and to the next row of tiles
        dd[:, :-TILE, :, 1:] += dd[:, TILE:, :, :-1]
        if block.start:
            dd[:-TILE] += self.below
        self.below = dd[TILE:]
        self.lay_out(dd[:TILE], dpadded[:, block.start * TILE :])
        if block == self.blocks[-1]:
            self.lay_out(self.below, dpadded[:, block.stop * TILE :])

    def lay_out(self, dd: Array, rows: Array) -> None:
        """Write rows of tiles (r, n, C, tiles, N), the last with what reaches over its edge, to (C, ≥ r, W, N)."""
        r, _, C, tiles, N = dd.shape
        width = tiles * TILE
        rows[:, :r, :width].reshape(C, r, tiles, TILE, N)[...] = dd[:, :TILE].transpose(2, 0, 3, 1, 4)
        rows[:, :r, width : width + self.win.kw - TILE] = dd[:, TILE:, :, -1].transpose(2, 0, 1, 3)

    def room(self, want: bool) -> Array | None:
        """An array for the gradient of the padded pictures, if it is wanted: 0 where no tile reaches."""
        if not want:
            return None
        dpadded = np.empty_like(self.padded)
        dpadded[:, self.win.oh * TILE + self.win.kh - TILE :] = 0
        dpadded[:, :, self.win.ow * TILE + self.win.kw - TILE :] = 0
        return dpadded

    def crop(self, padded: Array) -> Array:
        """A view of the pictures (C, H, W, N) inside their padding."""
        (top, left), (H, W) = self.corner, self.size
        return padded[:, top : top + H, left : left + W]


def _over_channels(matrix: Array, values: Array) -> Array:
    """matrix (a, b) times values (b, C, T), channel by channel: (a, C, T), in products that are small."""
    _, C, T = values.shape
    parts = max(1, -(-matrix.size * T // SMALL))
    if T % parts:
        parts = 1
    out = np.empty((len(matrix), C, T), values.dtype)
    by_part = (-1, C, parts, T // parts)
    np.matmul(matrix, values.reshape(by_part).transpose(1, 2, 0, 3), out=out.reshape(by_part).transpose(1, 2, 0, 3))
    return out
