"""Foreground extraction: the ink of a drawing or photograph, separated from its paper."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from numnist.ink.pixels import Floats, border, resize, resizing_matrix


def extract_foreground(grey: Floats) -> tuple[Floats, str]:
    """The strength of the ink (h, w), 0 where there is none, and the polarity: "light-on-dark" or "dark-on-light".

    Ink is on the side of the paper's grey that has more energy.  The other side is noise, and shows how much noise
    there is on the ink's side.  An empty picture gives all zeros.
    """
    frame = border(grey[None])
    even = float(np.subtract(*np.percentile(frame, [75, 25]))) <= 0.02
    above = grey - (np.median(frame) if even else _illumination(grey))  # (h, w)
    light = _energy(np.maximum(above, 0)) >= _energy(np.minimum(above, 0))
    strength = above if light else -above
    if not even and min(grey.shape) >= 128:  # what is left of shadows; fewer pixels than 16 a cell are too noisy
        strength -= resize(_opening(_cell_means(strength, 32)), *grey.shape)
    behind = strength[strength < 0]
    noise = float(np.sqrt((behind**2).mean())) if behind.size else 0.0
    if noise:  # 4 standard deviations: about 2 false pixels in 60,000
        strength = np.maximum(strength - 4 * noise, 0)
    _keep_strokes(strength, noise)
    return strength, "light-on-dark" if light else "dark-on-light"


def _energy(x: Floats) -> float:
    """The sum of squares.  x: overwritten, since a new array of a large picture takes as long as the squares"""
    x *= x
    return float(x.sum())


def _keep_strokes(strength: Floats, noise: float) -> None:
    """Removes specks, and everything if nothing stands out of the noise.  strength: (h, w), changed in place"""
    box = tuple(
        _extent(np.flatnonzero(strength.any(axis=axis))) for axis in (1, 0)
    )  # outside it all is 0, and stays so
    inside = strength[box]
    if not inside.size:
        return
    left, right = (resizing_matrix(n, min(n, 64))[:, part] for n, part in zip(strength.shape, box))
    cells = left @ inside @ right.T  # averages over a grid of at most 64 × 64 cells
    most = cells.max()
    if most <= noise:
        inside[:] = 0
    else:
        inside *= _near(cells > 0.25 * most, strength.shape, box)


def _extent(lines: NDArray[np.int64]) -> slice:
    """From the first of these lines to the last; empty if there is none."""
    return slice(int(lines[0]), int(lines[-1]) + 1) if lines.size else slice(0)


def _illumination(grey: Floats) -> Floats:
    """The paper's grey in uneven light (h, w): a quadratic surface fitted robustly to most of the page."""
    cells = _cell_means(grey, 32)
    y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in cells.shape), indexing="ij")
    A = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)  # (cells, 6)
    b = cells.ravel()
    clean = np.ones(len(b), bool)
    for _ in range(10):  # least trimmed squares: refit to the half that fits best, so that ink does not count
        c = np.linalg.lstsq(A[clean], b[clean], rcond=None)[0]
        error = np.abs(A @ c - b)
        clean = error <= np.median(error)
    y, x = np.linspace(-1, 1, grey.shape[0])[:, None], np.linspace(-1, 1, grey.shape[1])
    surface: Floats = c[0] + c[1] * x + c[2] * y + c[3] * x * x + c[4] * x * y + c[5] * y * y
    return surface


def _opening(cells: Floats, radius: int = 4) -> Floats:
    """Morphological opening: keeps what is broader than 9 cells both ways, which is no stroke."""
    for extreme in (np.min, np.max):
        around = np.pad(cells, radius, mode="edge")
        cells = extreme(sliding_window_view(around, (2 * radius + 1, 2 * radius + 1)), axis=(2, 3))
    return cells


def _near(cells: NDArray[np.bool_], shape: tuple[int, ...], box: tuple[slice, ...]) -> NDArray[np.bool_]:
    """Which pixels of a box lie in a marked cell or beside one.

    A speck marks no cell, a stroke marks all that it crosses.
    """
    grown = np.zeros((cells.shape[0] + 2, cells.shape[1] + 2), bool)
    grown[1:-1, 1:-1] = cells
    grown = grown[:-2] | grown[1:-1] | grown[2:]
    grown = grown[:, :-2] | grown[:, 1:-1] | grown[:, 2:]
    rows, columns = ((np.arange(n) * c // n)[part] for n, c, part in zip(shape, cells.shape, box))
    return grown.take(columns, axis=1).take(rows, axis=0)  # one after the other: both at once was ten times slower


def _cell_means(grey: Floats, most: int) -> Floats:
    """Averages over a grid of at most most × most cells."""
    return resize(grey, min(grey.shape[0], most), min(grey.shape[1], most))
