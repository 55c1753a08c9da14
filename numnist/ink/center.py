"""Fitting: resizing as two matrix products, and MNIST's way of placing ink in its frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FITTED = 20 / 28  # the share of the frame that MNIST gives to the longer side of the ink
EDGE = 16.5 / 255  # what is fainter bounds no ink; up to here MNIST's own boxes are exactly 20 pixels


@dataclass(frozen=True, eq=False)
class Fitted:
    """What `fit` did to each of N canvases: (N, H, W) uint8, (N, 4), (N,), (N, 2)."""

    pictures: NDArray[np.uint8]
    boxes: Ints
    scales: Floats
    shifts: Ints


def fit(canvases: NDArray[np.floating[Any]], frame: tuple[int, int] = (28, 28)) -> Fitted:
    """Clean canvases, each with some ink, as MNIST was made.  canvases: (N, h, w), 0 is paper.

    Whole-pixel moves only: what fits already stays itself to the bit, and edges stay as sharp as they were.
    """
    H, W = frame
    edge = canvases.max(axis=(1, 2))[:, None] * EDGE
    top, bottom = _extent(canvases.max(axis=2) > edge)
    left, right = _extent(canvases.max(axis=1) > edge)
    scale = np.minimum(H * FITTED / (bottom - top), W * FITTED / (right - left))  # (N,)
    down, dy = _placing(canvases.sum(axis=2, dtype=np.float64), top, bottom, scale, H)  # (N, H, h), (N,)
    across, dx = _placing(canvases.sum(axis=1, dtype=np.float64), left, right, scale, W)  # (N, W, w), (N,)
    out = down @ canvases @ across.transpose(0, 2, 1)  # (N, H, W)
    out *= 255 / out.max(axis=(1, 2), keepdims=True)
    return Fitted(
        np.rint(out).astype(np.uint8),
        np.stack([top, left, bottom, right], axis=1),
        scale,
        np.stack([dy, dx], axis=1),
    )


def _extent(inked: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """First inked line, and one past the last.  inked: (N, lines)"""
    return inked.argmax(axis=1), inked.shape[1] - inked[:, ::-1].argmax(axis=1)


def _placing(profile: Floats, start: Ints, stop: Ints, scale: Floats, frame: int) -> tuple[Floats, Ints]:
    """One axis of `fit`: the resampling matrices (N, frame, size), and the shifts from the middle (N,).

    profile: (N, size), the ink in each line, whose mean is the centre of mass.
    """
    length = stop - start
    fitted = np.maximum(np.rint(length * scale), 1).astype(np.int64)
    middles = np.arange(profile.shape[1]) + 0.5
    centre = (profile @ middles / profile.sum(axis=1) - start) * (fitted / length)
    # the whole pixel that leaves the centre of mass in [14, 15), which is where all of MNIST has it;
    # 1e-6: the ink of symmetric shapes is exactly on that edge, and must not fall to either side by rounding
    offset = np.clip(np.ceil(frame / 2 - centre - 1e-6).astype(np.int64), 0, frame - fitted)
    return _resampling(start, length, offset, fitted, frame, profile.shape[1]), offset - (frame - fitted) // 2


def _resampling(start: Any, length: Any, offset: Any, fitted: Any, frame: int, size: int) -> Floats:
    """Matrices (N, frame, size) that take `length` lines from `start` to `fitted` lines at `offset`.

    Shrinking averages areas: the weight is how much of the old pixel lies in the new one.  Enlarging draws
    straight lines between the middles of pixels.  At scale 1 both are the identity.
    """
    start, length, offset, fitted = (np.reshape(a, (-1, 1, 1)) for a in (start, length, offset, fitted))
    step = length / fitted  # old pixels per new pixel
    new = np.arange(frame)[:, None] - offset  # (N, frame, 1) counted from the box
    old = np.arange(size) - start  # (N, 1, size) counted from the box
    shrink = np.minimum((new + 1) * step, old + 1) - np.maximum(new * step, old)
    enlarge = 1 - np.abs((new + 0.5) * step - (old + 0.5))
    weights = np.maximum(np.where(step >= 1, shrink, enlarge), 0)
    weights *= (new >= 0) & (new < fitted) & (old >= 0) & (old < length)
    total = weights.sum(axis=2, keepdims=True)
    normalised: Floats = weights / np.where(total > 0, total, 1)
    return normalised


def resize(planes: Floats, rows: int, columns: int) -> Floats:
    """(..., h, w) -> (..., rows, columns)"""
    resized: Floats = _resizing(planes.shape[-2], rows) @ planes @ _resizing(planes.shape[-1], columns).T
    return resized


@lru_cache(maxsize=8)  # drawings are of one size, and making the matrix takes longer than using it
def _resizing(size: int, resized: int) -> Floats:
    """The matrix (resized, size) that takes all lines to all lines."""
    matrix = _resampling(0, size, 0, resized, resized, size)[0]
    matrix.flags.writeable = False
    return matrix
