"""max(x, 0), faster than np.maximum(x, 0)."""

from __future__ import annotations

from math import prod

import numpy as np

from numnist.nn.base import Array

MOST = 1 << 14  # zeros


def relu(x: Array, out: Array) -> Array:
    """max(x, 0), written to `out`: (..., N) -> (..., N).

    NumPy takes up to three times as long for the maximum of an array and a number as for that of two arrays; these
    need not be of the same shape, but the longer the rows of zeros, the better.
    """
    plane = x.shape[-2:]
    return np.maximum(x, np.zeros(plane if prod(plane) <= MOST else plane[-1:], x.dtype), out=out)
