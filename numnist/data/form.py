"""Whether pictures are in a model's own form already, as published data are, and need no preparation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.ink.center import THRESHOLD, center_in_frame

SAMPLE = 1000  # pictures tell for all


def in_own_form(x: NDArray[Any], shape: tuple[int, int, int], preparation: str) -> bool:
    """Whether pictures are what a model with this input shape and preparation was trained on, and need no preparation.

    x: (N, C, H, W).  They need the model's shape.  For "digits" they must be light on black, and nearly all must have
    the size and the place of MNIST's: the longer side of the ink 20 of 28 pixels, its centre of mass in the middle.
    For "photo" in grey most must lie on a dark ground.
    """
    if x.shape[1:] != shape:
        return False
    sample = x[:: -(-len(x) // SAMPLE)]
    values = sample.astype(np.float64) / (255 if x.dtype == np.uint8 else 1)
    if preparation == "photo" and shape[0] == 1:
        return bool(np.median(_frame(values, 1)) <= 0.5)
    if preparation != "digits":
        return True
    inked = values[values.max(axis=(1, 2, 3)) >= THRESHOLD]  # (n, 1, H, W)
    if not len(inked) or (_frame(inked, max(1, min(shape[1:]) // 14)) > 0).mean() > 0.01:
        return False
    right = np.abs(center_in_frame(inked[:, 0], shape[1:]).scales - 1) < 0.03
    for axis, size in ((2, shape[1]), (1, shape[2])):
        profile = inked[:, 0].sum(axis=axis)  # (n, size)
        right &= np.abs(profile @ (np.arange(size) + 0.5) / profile.sum(axis=1) - size / 2) <= 1
    return bool(right.mean() >= 0.9)


def _frame(x: NDArray[Any], width: int) -> NDArray[Any]:
    """The outermost pixels: (N, C, H, W) -> (N, C, pixels)"""
    edge = np.ones(x.shape[2:], bool)
    edge[width:-width, width:-width] = False
    return x[:, :, edge]
