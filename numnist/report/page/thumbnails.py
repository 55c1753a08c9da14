"""Thumbnails: pictures as data: URLs, so that the page needs no other file."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

LARGEST = 48  # pixels of the longer side; larger pictures are scaled down

Key = TypeVar("Key")


def thumbnail(x: NDArray[Any]) -> str:
    """The URL of a picture (C, H, W), uint8 or 0..1: three channels in colour, others as their mean."""
    pixels = x if x.dtype == np.uint8 else np.rint(255 * np.clip(x, 0, 1)).astype(np.uint8)
    return png(np.moveaxis(pixels, 0, 2) if len(pixels) == 3 else pixels.mean(axis=0).astype(np.uint8), LARGEST)


def png(pixels: NDArray[np.uint8], largest: int | None = None) -> str:
    """The URL of a PNG of pixels (H, W), (H, W, 3) or (H, W, 4), scaled down to sides of at most `largest`."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels))
    if largest is not None and max(image.size) > largest:
        image.thumbnail((largest, largest))
    out = io.BytesIO()
    image.save(out, "png")
    return "data:image/png;base64," + b64encode(out.getvalue()).decode()


def room(pictures: NDArray[Any], size: int) -> int:
    """About how many thumbnails of these pictures (N, C, H, W) fit into `size` bytes, estimated from a sample."""
    some = pictures[:: max(1, len(pictures) // 8)]
    return size * len(some) // sum(len(thumbnail(x)) for x in some)


def fair_share(groups: Mapping[Key, NDArray[np.int64]], each: int, most: int) -> dict[Key, NDArray[np.int64]]:
    """The first of every group, then the second and so on: at most `each` of a group, about `most` in all."""
    sizes = [len(group) for group in groups.values()]
    deep = max((n for n in range(1, each + 1) if sum(min(n, size) for size in sizes) <= most), default=1)
    return {key: group[:deep] for key, group in groups.items()}
