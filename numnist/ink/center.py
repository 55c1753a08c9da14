"""Size normalisation and centring: ink is placed in its frame as MNIST's was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.ink.pixels import Floats, resampling_matrices

Ints = NDArray[np.int64]

INK_SHARE = 20 / 28  # the share of the frame that MNIST gives to the longer side of the ink
THRESHOLD = 16.5 / 255  # fainter ink does not count for the box; up to here MNIST's own boxes are exactly 20 pixels
SOFT = 1.5  # times as large: from here on edges are steeper than linear interpolation leaves them
STEEPEST = 1.5  # times as steep; more gained nothing on pictures of 8 to 20 pixels


@dataclass(frozen=True, eq=False)
class Centered:
    """What `center_in_frame` did to each of N canvases."""

    pictures: NDArray[np.uint8]  # (N, H, W)
    boxes: Ints  # (N, 4) top, left, bottom, right
    scales: Floats  # (N,)
    shifts: Ints  # (N, 2) down, right


def center_in_frame(canvases: NDArray[np.floating[Any]], frame: tuple[int, int] = (28, 28)) -> Centered:
    """Resize the ink to 20/28 of the frame and move its centre of mass to the middle, as MNIST was made.

    canvases: (N, h, w), 0 is paper, each with some ink.  The ink moves by whole pixels only, so that a picture that
    is centred already stays the same to the bit, and edges stay sharp.
    """
    H, W = frame
    rows, columns = canvases.max(axis=2), canvases.max(axis=1)  # the most ink in each: (N, h), (N, w)
    edge = rows.max(axis=1, keepdims=True) * THRESHOLD
    top, bottom = _extent(rows > edge)
    left, right = _extent(columns > edge)
    scale = np.minimum(H * INK_SHARE / (bottom - top), W * INK_SHARE / (right - left))  # (N,)
    down, dy = _place_axis(canvases.sum(axis=2, dtype=np.float64), top, bottom, scale, H)  # (N, H, h), (N,)
    across, dx = _place_axis(canvases.sum(axis=1, dtype=np.float64), left, right, scale, W)  # (N, W, w), (N,)
    out = down @ canvases @ across.transpose(0, 2, 1)  # (N, H, W)
    out *= 255 / out.max(axis=(1, 2), keepdims=True)
    soft = scale > SOFT
    if soft.any():  # enlarging makes edges soft, which are sharp in MNIST; the middle grey lies on the edge and stays
        steeper = np.minimum(1 + scale[soft] - SOFT, STEEPEST)[:, None, None]
        out[soft] = np.clip(127.5 + (out[soft] - 127.5) * steeper, 0, 255)
    boxes, shifts = np.stack([top, left, bottom, right], axis=1), np.stack([dy, dx], axis=1)
    return Centered(np.rint(out).astype(np.uint8), boxes, scale, shifts)


def _extent(inked: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """First inked line, and one past the last.  inked: (N, lines)"""
    return inked.argmax(axis=1), inked.shape[1] - inked[:, ::-1].argmax(axis=1)


def _place_axis(profile: Floats, start: Ints, stop: Ints, scale: Floats, frame: int) -> tuple[Floats, Ints]:
    """One axis of `center_in_frame`: resampling matrices (N, frame, size), and the shifts from the middle (N,).

    profile: (N, size), the ink in each line, whose mean is the centre of mass.
    """
    length = stop - start
    resized = np.maximum(np.rint(length * scale), 1).astype(np.int64)
    middles = np.arange(profile.shape[1]) + 0.5
    center = (profile @ middles / profile.sum(axis=1) - start) * (resized / length)
    # the whole pixel that leaves the centre of mass in [14, 15), which is where all of MNIST has it;
    # 1e-6: the centre of symmetric shapes is exactly on that edge, and must not fall to either side by rounding
    offset = np.clip(np.ceil(frame / 2 - center - 1e-6).astype(np.int64), 0, frame - resized)
    matrices = resampling_matrices(start, length, offset, resized, frame, profile.shape[1])
    return matrices, offset - (frame - resized) // 2
