"""Lifting: whatever picture is given as grey from 0 to 1, and the ink taken off its paper."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from numnist.ink.center import resize
from numnist.support.errors import UsageError

Floats = NDArray[np.float64]

ENOUGH = 2000  # pixels a side; of larger photographs only every second, third... is looked at


def pixels_of(picture: NDArray[Any]) -> tuple[Floats, int]:
    """Whatever was given as (h, w, 1 or 3) from 0 to 1, transparency laid on white; of every how many pixels."""
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


def grey_of(pixels: Floats) -> Floats:
    """(h, w, 1 or 3) -> (h, w), weighted as the eye does (ITU-R BT.601)."""
    grey: Floats = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels @ np.array([0.299, 0.587, 0.114])
    return grey


def border_of(planes: Floats) -> Floats:
    """The outermost pixels.  (C, h, w) -> (C, pixels)"""
    return np.concatenate([planes[:, 0], planes[:, -1], planes[:, :, 0], planes[:, :, -1]], axis=1)


def lift(grey: Floats) -> tuple[Floats, str]:
    """Take the ink off the paper: strength (h, w), 0 where there is none, and the polarity found.

    Ink is on the side of the paper's grey that has more energy; the other side is noise, which tells how much of the
    ink's side is noise too.  Nothing drawn gives all zeros.
    """
    border = border_of(grey[None])
    even = float(np.subtract(*np.percentile(border, [75, 25]))) <= 0.02
    above = grey - (np.median(border) if even else _light(grey))  # (h, w)
    light = float((np.maximum(above, 0) ** 2).sum()) >= float((np.minimum(above, 0) ** 2).sum())
    strength = above if light else -above
    if not even and min(grey.shape) >= 128:  # what is left of shadows; fewer pixels than 16 a cell are too noisy
        strength -= resize(_broad(_cells(strength, 32)), *grey.shape)
    behind = strength[strength < 0]
    noise = float(np.sqrt((behind**2).mean())) if behind.size else 0.0
    strength = np.maximum(strength - 4 * noise, 0)  # 4 standard deviations: about 2 false pixels in 60,000
    cells = _cells(strength, 64)
    if cells.max() <= noise:  # nothing stands out of the noise
        strength = np.zeros_like(strength)
    strength *= _near(cells > 0.25 * cells.max(), strength.shape)
    return strength, "light-on-dark" if light else "dark-on-light"


def _light(grey: Floats) -> Floats:
    """The grey of a page in uneven light (h, w): the smooth surface that lies under most of it."""
    cells = _cells(grey, 32)
    y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in cells.shape), indexing="ij")
    A = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)  # (cells, 6)
    b = cells.ravel()
    clean = np.ones(len(b), bool)
    for _ in range(10):  # least trimmed squares: refit to the half that fits best, so that ink has no say
        c = np.linalg.lstsq(A[clean], b[clean], rcond=None)[0]
        error = np.abs(A @ c - b)
        clean = error <= np.median(error)
    y, x = np.linspace(-1, 1, grey.shape[0])[:, None], np.linspace(-1, 1, grey.shape[1])
    surface: Floats = c[0] + c[1] * x + c[2] * y + c[3] * x * x + c[4] * x * y + c[5] * y * y
    return surface


def _broad(cells: Floats, radius: int = 4) -> Floats:
    """What is broader than 9 cells both ways, and so no stroke (a morphological opening)."""
    for extreme in (np.min, np.max):
        around = np.pad(cells, radius, mode="edge")
        cells = extreme(sliding_window_view(around, (2 * radius + 1, 2 * radius + 1)), axis=(2, 3))
    return cells


def _near(cells: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which pixels lie in a marked cell or beside one: a speck marks no cell, a stroke all along itself."""
    grown = np.pad(cells, 1)
    grown = grown[:-2] | grown[1:-1] | grown[2:]
    grown = grown[:, :-2] | grown[:, 1:-1] | grown[:, 2:]
    rows, columns = (np.arange(n) * c // n for n, c in zip(shape, cells.shape))
    return grown.take(columns, axis=1).take(rows, axis=0)  # one after the other: together measured ten times slower


def _cells(grey: Floats, most: int) -> Floats:
    """Averages over a grid of at most most × most cells."""
    return resize(grey, min(grey.shape[0], most), min(grey.shape[1], most))
