"""Sliding windows, naive: which pixels each output of a convolution or pooling sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def both(value: Any) -> tuple[int, int]:
    """3 as (3, 3); (3, 5) as it is."""
    return value if isinstance(value, tuple) else (value, value)


def frame(size: int, kernel: int, stride: int, dilation: int, padding: Any, direction: int) -> tuple[int, int]:
    """(pixels of padding before the picture, outputs) along one direction: 0 for rows, 1 for columns."""
    extent = (kernel - 1) * dilation + 1  # pixels from the first to the last of a window
    if padding == "same":
        outputs = (size + stride - 1) // stride
        return max(0, (outputs - 1) * stride + extent - size) // 2, outputs
    before = 0 if padding == "valid" else both(padding)[direction]
    return before, (size + 2 * before - extent) // stride + 1


class Places:
    """`outputs` are all (oi, oj); `seen(oi, oj)` yields (i, j, row, column): a place in the kernel and its pixel."""

    def __init__(self, H: int, W: int, kernel: Any, stride: Any, padding: Any, dilation: Any = 1):
        self.H, self.W = H, W
        (self.kh, self.kw), (self.sh, self.sw), (self.dh, self.dw) = both(kernel), both(stride), both(dilation)
        self.top, self.oh = frame(H, self.kh, self.sh, self.dh, padding, 0)
        self.left, self.ow = frame(W, self.kw, self.sw, self.dw, padding, 1)
        self.outputs = [(oi, oj) for oi in range(self.oh) for oj in range(self.ow)]

    def seen(self, oi: int, oj: int) -> Iterator[tuple[int, int, int, int]]:
        for i in range(self.kh):
            for j in range(self.kw):
                row = oi * self.sh + i * self.dh - self.top
                column = oj * self.sw + j * self.dw - self.left
                if 0 <= row < self.H and 0 <= column < self.W:  # padding is 0 to a sum and never the maximum
                    yield i, j, row, column
