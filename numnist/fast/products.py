"""Matrix products in blocks that OpenBLAS multiplies where they are.

Before a large product OpenBLAS copies both operands into an order that suits its kernel.  Its kernels for processors
with AVX-512 do without in products of at most a million multiply-adds, and are faster there (docs/performance.md).  So
a dense layer's product is cut into blocks of that size; with other kernels it stays whole.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from numnist.nn.base import Array
from numnist.support.blas import has_small_products

SMALL = 1_000_000  # multiply-adds: up to here OpenBLAS does not copy its operands
DEPTH, ROWS, COLUMNS = 1024, 32, 64  # of a block at most
SHALLOW = 16  # sums of so few are worth the copy of an operand that is transposed


def product(a: Array, b: Array, out: Array | None = None) -> Array:
    """a (M, K) times b (K, N): (M, N), written to `out` if given."""
    (M, K), N = a.shape, b.shape[1]
    in_order = b.flags.c_contiguous
    cut = cuts(M, K, N) if has_small_products() and (in_order or K <= SHALLOW) else None
    if cut is None:
        return np.matmul(a, b, out=out)
    if not in_order:  # OpenBLAS is slow at small products of a transposed operand
        b = np.ascontiguousarray(b)
    y = np.empty((M, N), np.result_type(a, b)) if out is None else out
    part = y
    for depth in cut.depths:
        for down in cut.rows:
            for across in cut.columns:
                _in_blocks(a[down, depth], b[depth, across], part[down, across], cut.height, cut.width)
        if part is not y:
            y += part
        elif len(cut.depths) > 1:
            part = np.empty_like(y)
    return y


class Cut(NamedTuple):
    """A product in blocks of height × width.

    rows, columns: what makes whole blocks, and what is left over.  depths: of products that are added up.
    """

    depths: list[slice]
    rows: list[slice]
    columns: list[slice]
    height: int
    width: int


@cache
def cuts(M: int, K: int, N: int) -> Cut | None:
    """How to cut a product of (M, K) and (K, N); None: not at all."""
    width = min(N, COLUMNS)
    if M * K * N <= SMALL or width < 8:
        return None
    count = next((count for count in range(-(-K // DEPTH), K // 128) if K % count == 0), 1)
    most = min(M, 2 * ROWS if K < 256 else ROWS, SMALL // (K // count * width)) // 4 * 4
    height = next((rows for rows in range(most, 12, -4) if M % rows == 0), most)
    if height * width < 256:
        return None
    depths = [slice(k * K // count, (k + 1) * K // count) for k in range(count)]
    return Cut(depths, _whole_and_rest(M, height), _whole_and_rest(N, width), height, width)


def _whole_and_rest(length: int, step: int) -> list[slice]:
    end = length - length % step
    return [part for part in (slice(0, end), slice(end, length)) if part.start < part.stop]


def _in_blocks(a: Array, b: Array, out: Array, height: int, width: int) -> None:
    """out = a b, in blocks of height × width, or in one where there is less."""
    (M, K), N = a.shape, b.shape[1]
    rows, columns = min(height, M), min(width, N)
    np.matmul(
        a.reshape(M // rows, 1, rows, K),
        b.reshape(K, N // columns, columns).transpose(1, 0, 2),
        out=out.reshape(M // rows, rows, N // columns, columns).transpose(0, 2, 1, 3),
    )
