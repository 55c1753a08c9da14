"""How a kernel slides over a picture, for convolution and pooling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from numnist.nn.base import Array, Layer, Shape
from numnist.support.checks import Pair, pair
from numnist.support.errors import ShapeError, UsageError

Padding = Pair | str  # a number, (rows, columns), "same" or "valid"


@dataclass(frozen=True)
class Windows:
    """The places of a kernel on pictures of one size: y[oi, oj] sees the padded x[oi·sh + i·dh, oj·sw + j·dw].

    H, W: of the picture;  k, s, d: kernel, stride and dilation;  top ... right: padding;  oh, ow: of the output.
    """

    H: int
    W: int
    kh: int
    kw: int
    sh: int
    sw: int
    dh: int
    dw: int
    top: int
    bottom: int
    left: int
    right: int
    oh: int
    ow: int

    @classmethod
    def over(
        cls, layer: Layer, H: int, W: int, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair = 1
    ) -> Windows:
        """Infer padding and output size.  Raises ShapeError if the kernel is larger than the picture."""
        (kh, kw), (sh, sw), (dh, dw) = pair(kernel, "kernel"), pair(stride, "stride"), pair(dilation, "dilation")
        ph, pw = (None, None) if padding == "same" else (0, 0) if padding == "valid" else pair(padding, "padding", 0)
        top, bottom, oh = _along(H, kh, sh, dh, ph)
        left, right, ow = _along(W, kw, sw, dw, pw)
        if oh < 1 or ow < 1:
            raise ShapeError(
                f"{layer} looks at {(kh - 1) * dh + 1} × {(kw - 1) * dw + 1} pixels at once but gets a picture of "
                f"{H} × {W}: use a smaller kernel or dilation, more padding, or fewer layers that downsample."
            )
        return cls(H, W, kh, kw, sh, sw, dh, dw, top, bottom, left, right, oh, ow)

    @property
    def padded(self) -> bool:
        return bool(self.top or self.bottom or self.left or self.right)

    @property
    def disjoint(self) -> bool:
        """Whether no two windows overlap."""
        return self.sh > (self.kh - 1) * self.dh and self.sw > (self.kw - 1) * self.dw

    def pad(self, x: Array, value: float = 0.0) -> Array:
        """x: (C, H, W, N) -> (C, top + H + bottom, left + W + right, N); x itself where there is no padding."""
        if not self.padded:
            return x
        padded = np.full(self.padded_shape(len(x), x.shape[3]), value, x.dtype)
        self.crop(padded)[...] = x
        return padded

    def padded_shape(self, C: int, N: int) -> Shape:
        return (C, self.top + self.H + self.bottom, self.left + self.W + self.right, N)

    def crop(self, padded: Array) -> Array:
        """A view of the picture inside its padding: (C, H, W, N)."""
        return padded[:, self.top : self.top + self.H, self.left : self.left + self.W]

    def gather(self, x: Array) -> Array:
        """All patches that the kernel sees (im2col).   x: (C, H, W, N) -> (C, kh, kw, oh, ow, N)"""
        return np.ascontiguousarray(self.look(self.pad(x))[0, 0])

    def scatter(self, patches: Array, C: int) -> Array:
        """Add each patch to the pixels it was gathered from (col2im): the transpose of `gather`.   -> (C, H, W, N)"""
        N = patches.size // (C * self.kh * self.kw * self.oh * self.ow)
        patches = patches.reshape(C, self.kh, self.kw, self.oh, self.ow, N)
        padded = np.zeros(self.padded_shape(C, N), patches.dtype)
        for i, j in self.places():
            pixels = self.at(padded, i, j)
            pixels += patches[:, i, j]
        return self.crop(padded)

    def at(self, padded: Array, i: int, j: int, start: int = 0, stop: int | None = None) -> Array:
        """A view of the pixels under kernel place (i, j) for the output rows start..stop: (C, rows, ow, N)."""
        rows = (self.oh if stop is None else stop) - start
        first, left = start * self.sh + i * self.dh, j * self.dw
        return padded[
            :, first : first + (rows - 1) * self.sh + 1 : self.sh, left : left + (self.ow - 1) * self.sw + 1 : self.sw
        ]

    def look(self, padded: Array, every: tuple[int, int] = (1, 1)) -> Array:
        """A read-only view of the patches that all outputs see: (a, b, C, kh, kw, oh/a, ow/b, N).

        every = (a, b): outputs are sorted by their place among a × b neighbours, which is the first two axes.
        """
        (a, b), (c, h, w, n) = every, padded.strides
        C, N = len(padded), padded.shape[3]
        return as_strided(
            padded,
            (a, b, C, self.kh, self.kw, self.oh // a, self.ow // b, N),
            (self.sh * h, self.sw * w, c, self.dh * h, self.dw * w, a * self.sh * h, b * self.sw * w, n),
            writeable=False,
        )

    def places(self) -> list[tuple[int, int]]:
        """All (i, j) of the kernel in row order."""
        return [(i, j) for i in range(self.kh) for j in range(self.kw)]


def _along(size: int, kernel: int, stride: int, dilation: int, padding: int | None) -> tuple[int, int, int]:
    """(padding before, padding after, output size) along one direction; padding None means "same"."""
    extent = (kernel - 1) * dilation + 1
    if padding is None:  # as many outputs as ⌈size / stride⌉, an odd pixel of padding goes behind (TensorFlow's rule)
        out = -(-size // stride)
        total = max((out - 1) * stride + extent - size, 0)
        return total // 2, total - total // 2, out
    return padding, padding, (size + 2 * padding - extent) // stride + 1


def check_padding(padding: Any, what: str) -> None:
    """Raise UsageError unless padding is a number, two numbers, "same" or "valid"."""
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise UsageError(f'{what} is {padding!r}, but must be a number, two numbers, "same" or "valid".')
    else:
        pair(padding, what, 0)
