"""Thumbnails: pictures as data: URLs, so that a page or a notebook needs no other file."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 48  # pixels of the longer side; larger pictures are scaled down


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
