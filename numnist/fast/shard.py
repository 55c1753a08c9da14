"""How many pictures go through a network together: as many as its arrays leave room for in cache."""

from __future__ import annotations

from math import log2
from typing import Any

import numpy as np

from numnist.fast.winograd import pays, row_size
from numnist.nn.base import Plan
from numnist.nn.conv import Conv2d

OUTPUTS = 10 << 20  # bytes of the largest layer's outputs: a compromise between cache and calls (docs/performance.md)
TILES = 1 << 20  # bytes of a row of Winograd's transformed tiles, which are used again at once, but
LEAST = 32  # pictures for their sake, since calls cost time too


def shard_size(plan: Plan, dtype: Any) -> int:
    """Pictures of a shard, a power of 2."""
    bytes_each = np.dtype(dtype).itemsize
    room = OUTPUTS / (plan.largest * bytes_each)
    for _, leaf in plan.leaves():
        conv = leaf.layer
        if type(conv) is Conv2d and pays(conv, (1, 1), leaf.in_shape[0], LEAST):
            room = min(room, max(LEAST, TILES / (row_size(conv, leaf.in_shape) * bytes_each)))
    return 1 << max(0, int(log2(room)))
