"""Pixels as floats from 0 to 1: from any picture, in grey, the border, and resizing.

Resizing is two matrix products, so that a picture gives the same bits everywhere.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.support.errors import UsageError

Floats = NDArray[np.float64]

HIDDEN = 16.5  # of 255: fainter differences are not seen, as for ink
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
    elif not (values.min() >= 0 and values.max() <= 1):
        raise UsageError(
            f"a float picture runs from 0 to 1, this one from {values.min():.3g} to {values.max():.3g}: "
            "divide by the largest value, or pass uint8."
        )
    if picture.shape[2] == 4:
        values = lay_on_white(values)
    return values, stride


def lay_on_white(pixels: Floats) -> Floats:
    """Transparency laid on white: (h, w, 4) -> (h, w, 3); or the transparency itself (h, w, 1), if white hides all.

    White ink on a transparent canvas, and strokes cut out of a white one, are seen in nothing else.
    """
    alpha = pixels[:, :, 3:]
    laid: Floats = pixels[:, :, :3] * alpha + (1 - alpha)
    return alpha if is_hidden(laid * 255) and not is_hidden(alpha * 255) else laid


def is_hidden(picture: NDArray[Any]) -> bool:
    """Whether all pixels, from 0 to 255, look the same."""
    return bool(np.ptp(picture) < HIDDEN)


def to_grey(pixels: Floats) -> Floats:
    """Grayscale: (h, w, 1 or 3) -> (h, w), the luma of ITU-R BT.601."""
    grey: Floats = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels @ np.array([0.299, 0.587, 0.114])
    return grey


def border(planes: Floats) -> Floats:
    """The outermost pixels.  (C, h, w) -> (C, pixels)"""
    return np.concatenate([planes[:, 0], planes[:, -1], planes[:, :, 0], planes[:, :, -1]], axis=1)


def resize(planes: Floats, rows: int, columns: int) -> Floats:
    """(..., h, w) -> (..., rows, columns)"""
    resized: Floats = resizing_matrix(planes.shape[-2], rows) @ planes @ resizing_matrix(planes.shape[-1], columns).T
    return resized


def resize_into(planes: Floats, frame: tuple[int, int], background: Any) -> tuple[Floats, float]:
    """Resize pictures (C, h, w) into the middle of a frame (H, W), keeping their proportions; and the scale."""
    (C, h, w), (H, W) = planes.shape, frame
    scale = min(H / h, W / w)
    rows, columns = max(1, round(h * scale)), max(1, round(w * scale))
    top, left = (H - rows) // 2, (W - columns) // 2
    placed = np.empty((C, H, W))
    placed[:] = background
    placed[:, top : top + rows, left : left + columns] = resize(planes, rows, columns)
    return placed, scale


def resampling_matrices(start: Any, length: Any, offset: Any, resized: Any, frame: int, size: int) -> Floats:
    """Matrices (N, frame, size) that resample `length` lines from `start` to `resized` lines from `offset`.

    Shrinking averages areas: the weight is how much of the old pixel lies in the new one.  Enlarging interpolates
    linearly between the centres of pixels.  At scale 1 both are the identity.
    """
    start, length, offset, resized = (np.reshape(a, (-1, 1, 1)) for a in (start, length, offset, resized))
    step = length / resized  # old pixels per new pixel
    new = np.arange(frame)[:, None] - offset  # (N, frame, 1) counted from the box
    old = np.arange(size) - start  # (N, 1, size) counted from the box
    weights: Floats = np.minimum((new + 1) * step, old + 1) - np.maximum(new * step, old)
    if (step < 1).any():
        enlarge = 1 - np.abs((new + 0.5) * step - (old + 0.5))
        weights = np.where(step >= 1, weights, enlarge)
    weights = np.maximum(weights, 0)
    weights *= (new >= 0) & (new < resized) & (old >= 0) & (old < length)
    total = weights.sum(axis=2, keepdims=True)
    weights /= np.where(total > 0, total, 1)
    return weights


@lru_cache(maxsize=8)  # drawings are of one size, and making the matrix takes longer than using it
def resizing_matrix(size: int, resized: int) -> Floats:
    """The matrix (resized, size) that takes all lines to all lines."""
    matrix = resampling_matrices(0, size, 0, resized, resized, size)[0]
    matrix.flags.writeable = False
    return matrix
