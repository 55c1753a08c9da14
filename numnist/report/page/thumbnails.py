"""How many thumbnails fit into a page, and which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from numnist.support.thumbnails import thumbnail

Key = TypeVar("Key")


def room(pictures: NDArray[Any], size: int) -> int:
    """About how many thumbnails of these pictures (N, C, H, W) fit into `size` bytes, estimated from a sample."""
    some = pictures[:: max(1, len(pictures) // 8)]
    return size * len(some) // sum(len(thumbnail(x)) for x in some)


def fair_share(groups: Mapping[Key, NDArray[np.int64]], each: int, most: int) -> dict[Key, NDArray[np.int64]]:
    """The first of every group, then the second and so on: at most `each` of a group, about `most` in all."""
    sizes = [len(group) for group in groups.values()]
    deep = max((n for n in range(1, each + 1) if sum(min(n, size) for size in sizes) <= most), default=1)
    return {key: group[:deep] for key, group in groups.items()}
