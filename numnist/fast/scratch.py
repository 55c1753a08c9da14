"""Arrays that the layers of one prepared network share, since they need them one after the other."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from numnist.nn.base import Array, Shape

COLUMN_BYTES = 1 << 19  # of a convolution's columns at a time, half of a core's second-level cache or less


class Scratch:
    """Arrays of one type.  What one layer has written there is gone when the next one runs."""

    def __init__(self, dtype: Any):
        self.dtype = np.dtype(dtype)
        self._columns = np.empty(COLUMN_BYTES // self.dtype.itemsize, dtype)
        self._zeros: Array = np.zeros(0, dtype)

    def columns(self, shape: Shape) -> Array:
        """An array for columns; of its own if it is larger than COLUMN_BYTES."""
        size = prod(shape)
        return self._columns[:size].reshape(shape) if size <= self._columns.size else np.empty(shape, self.dtype)

    def zeros(self, shape: Shape) -> Array:
        """Zeros, to be read: np.maximum of two arrays takes a third of the time of one array and a number."""
        if prod(shape) > self._zeros.size:
            self._zeros = np.zeros(prod(shape), self.dtype)
        return self._zeros[: prod(shape)].reshape(shape)
