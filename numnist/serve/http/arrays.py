"""Arrays inside JSON."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

PACKED = {"float32": "<f4", "uint8": "|u1"}  # types of packed arrays: what a browser's typed arrays read


def packed(array: NDArray[Any]) -> dict[str, Any]:
    """An array inside JSON: its type, its shape, and the little-endian bytes in C order as base64.

    uint8 stays uint8; all other numbers become float32, the type that networks compute with.
    """
    dtype = "uint8" if array.dtype == np.uint8 else "float32"
    data = np.ascontiguousarray(array, PACKED[dtype])
    return {"dtype": dtype, "shape": list(array.shape), "base64": base64.b64encode(data.data).decode("ascii")}
