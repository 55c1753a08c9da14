"""Any picture array as floats from 0 to 1, its grey levels, and its border."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.support.errors import UsageError

Floats = NDArray[np.float64]

ENOUGH = 2000  # pixels a side; of larger photographs only every second, third... pixel is used


def as_floats(picture: NDArray[Any]) -> tuple[Floats, int]:
    """Any picture as (h, w, 1 or 3) from 0 to 1, transparency laid on white; and the stride: of every how many pixels.

    picture: (H, W), (H, W, 3) or (H, W, 4), uint8 0..255, bool, or float 0..1.  Raises UsageError for anything else.
    """
    picture = np.asarray(picture)
    if picture.ndim == 2:
        picture = picture[:, :, None]
    if picture.ndim != 3 or picture.shape[2] not in (1, 3, 4) or picture.size == 0:
        raise UsageError(
            f"a picture is (H, W), (H, W, 3) or (H, W, 4), but this array has shape {picture.shape}: "
            "pass one picture at a time, channels last."
        )
    if picture.dtype not in (np.uint8, bool) and not np.issubdtype(picture.dtype, np.floating):
        raise UsageError(f"a picture is uint8 0..255 or float 0..1, this one is {picture.dtype}: convert it.")
    stride = -(-max(picture.shape[:2]) // ENOUGH)
    values: Floats = picture[::stride, ::stride].astype(np.float64)
    if picture.dtype == np.uint8:
        values /= 255
    if not (values.min() >= 0 and values.max() <= 1):
        raise UsageError(
            f"a float picture runs from 0 to 1, this one from {values.min():.3g} to {values.max():.3g}: "
            "divide by the largest value, or pass uint8."
        )
    if picture.shape[2] == 4:
        alpha = values[:, :, 3:]
        values = values[:, :, :3] * alpha + (1 - alpha)
    return values, stride


def to_grey(pixels: Floats) -> Floats:
    """Grayscale: (h, w, 1 or 3) -> (h, w), the luma of ITU-R BT.601."""
    grey: Floats = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels @ np.array([0.299, 0.587, 0.114])
    return grey


def border(planes: Floats) -> Floats:
    """The outermost pixels.  (C, h, w) -> (C, pixels)"""
    return np.concatenate([planes[:, 0], planes[:, -1], planes[:, :, 0], planes[:, :, -1]], axis=1)
