"""Examples of im2col and col2im: the patches of one small picture, and the way back."""

from __future__ import annotations

from itertools import product

import numpy as np

from numnist.explain.checks import ROUNDING, Check
from numnist.explain.examples.layer_example import ByHand
from numnist.explain.numbers import added
from numnist.nn.base import Array
from numnist.nn.conv import Conv2d
from numnist.nn.windows import Windows

CONV = Conv2d(1, 2)
PICTURE = np.array(((1.0, 3, 0), (2, 5, 1), (4, 0, 2)))[None, :, :, None]  # (1, 3, 3, 1)
COLUMNS = np.arange(1.0, 17).reshape(1, 2, 2, 2, 2, 1)  # (C, kh, kw, oh, ow, N)
PLACES = "[c, oi·stride + i·dilation, oj·stride + j·dilation, n]"
FORMULAS = {
    "im2col": f"cols[c, i, j, oi, oj, n] = x{PLACES}",
    "col2im": f"dx{PLACES} += dcols[c, i, j, oi, oj, n]",
}
ABOUT = {
    "im2col": "cols = all patches of x that the kernel sees, one column for each output\n\n"
    "x: (C, H, W, N) -> cols: (C, kh, kw, oh, ow, N)\n\n"
    "With the patches as columns, a convolution is one product of matrices: w (K, C·kh·kw) times cols "
    "(C·kh·kw, oh·ow·N). That takes kh·kw times the memory of x, and is many times as fast as loops.",
    "col2im": "dx = each patch added to the pixels that it was taken from\n\n"
    "dcols: (C, kh, kw, oh, ow, N) -> dx: (C, H, W, N)\n\n"
    "The way back of im2col: a pixel that several outputs saw gets the sum of what comes back from them. It is the "
    "transpose of im2col, as wᵀ is that of w in a dense layer.",
}
NOTE = "Indices of x and dx count from the corner of the padding. The kernel is of 2 × 2, the outputs are 2 × 2."


def windows() -> Windows:
    return CONV.windows(3, 3)


def run_windows(name: str) -> tuple[dict[str, Array], tuple[ByHand, ...], tuple[Check, ...]]:
    """The arrays, some of them by hand, and the checks."""
    win = windows()
    cols, dx = win.gather(PICTURE), win.scatter(COLUMNS, 1)
    naive_cols, naive_dx = np.zeros_like(cols), np.zeros_like(dx)
    for i, j, oi, oj in product(range(2), repeat=4):
        naive_cols[0, i, j, oi, oj] = PICTURE[0, oi + i, oj + j]
        naive_dx[0, oi + i, oj + j] += COLUMNS[0, i, j, oi, oj]
    across = abs(float(np.vdot(cols, COLUMNS) - np.vdot(PICTURE, dx)))
    transposed = Check("each is the transpose of the other: Σ im2col(x)·c - Σ x·col2im(c)", across, ROUNDING)
    if name == "im2col":
        matrix = cols.reshape(4, 4)
        by_hand = (
            ByHand(
                "cols", (0, 3), "x[0, 1, 1, 0]", float(naive_cols[0, 0, 0, 1, 1, 0]), "upper left of the last output"
            ),
            ByHand("cols", (3, 0), "x[0, 1, 1, 0]", float(naive_cols[0, 1, 1, 0, 0, 0]), "lower right of the first"),
        )
        return {"x": PICTURE, "cols": matrix}, by_hand, (_loops(cols, naive_cols), transposed)
    middle = np.array([COLUMNS[0, 1 - oi, 1 - oj, oi, oj, 0] for oi, oj in product(range(2), repeat=2)])
    by_hand = (
        ByHand("dx", (0, 1, 1, 0), added(middle), float(naive_dx[0, 1, 1, 0]), "four outputs saw it"),
        ByHand("dx", (0, 0, 0, 0), added(COLUMNS[0, 0, 0, 0, 0]), float(naive_dx[0, 0, 0, 0]), "one output saw it"),
    )
    return {"dcols": COLUMNS.reshape(4, 4), "dx": dx}, by_hand, (_loops(dx, naive_dx), transposed)


def _loops(found: Array, again: Array) -> Check:
    return Check("loops: largest difference", float(np.abs(found - again).max()), ROUNDING)
