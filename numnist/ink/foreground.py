"""Foreground extraction: the ink of a drawing or photograph, separated from its ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from numnist.ink.components import label_components
from numnist.ink.paper import EVEN, opened, paper_grey, without_shadows
from numnist.ink.pixels import Floats, resize, resizing_matrix

Mask = NDArray[np.bool_]
Box = tuple[slice, ...]

INKED = 0.25  # of the strongest ink: from here on a pixel is inked
PEAK = 0.4
DRAWING = 0.2  # of the picture's shorter side: as long as ink must be to be a drawing beside other things
COVERED = 0.92  # of the smallest rectangle around: then it is a rectangle
SLENDER = 0.25
NESTED = 4  # rectangles in one another: a page, a panel on it, a field in the panel, and its line


def extract_foreground(grey: Floats) -> tuple[Floats, str]:
    """The strength of the ink (h, w), 0 where there is none, and the polarity: "light-on-dark" or "dark-on-light".

    An empty picture gives all zeros.
    """
    strength, light = _ink(grey)
    strength, light = _within(grey, strength, light)
    return strength, "light-on-dark" if light else "dark-on-light"


def _ink(grey: Floats) -> tuple[Floats, bool]:
    """The strength of the ink (h, w), and whether it is lighter than its paper.

    Ink is on the side of the paper's grey that has more energy.  The other side is noise, and shows how much noise
    there is on the ink's side.
    """
    paper, even = paper_grey(grey)
    above = grey - paper  # (h, w)
    if even:
        light = _energy(np.maximum(above, 0)) >= _energy(np.minimum(above, 0))
        strength = above if light else -above
    else:
        light, broad = _is_light(above)
        strength = above if light else -above
        if broad:
            strength = without_shadows(strength)
    behind = strength[strength < 0]
    noise = float(np.sqrt((behind**2).mean())) if behind.size else 0.0
    if noise and not even:
        noise = min(noise, 1.4826 * max(0.0, -float(np.percentile(strength, 25))))
    if noise:  # 4 standard deviations: about 2 false pixels in 60,000
        strength = np.maximum(strength - 4 * noise, 0)
    _keep_strokes(strength, noise)
    _remove_ground(strength)
    return strength, light


def _is_light(above: Floats) -> tuple[bool, bool]:
    """Which side of the paper's grey the ink is on, where the border is not all paper."""
    cells = resize(above, *(min(n, 128) for n in above.shape))
    least = INKED * float(np.abs(cells).max())
    sides = [np.maximum(side, 0) for side in (cells, -cells)]
    grounds = [opened(side, "constant") if min(cells.shape) >= 64 else np.zeros_like(side) for side in sides]
    drawn = [_drawn(side, ground, least) for side, ground in zip(sides, grounds)]
    light, dark = (_energy(side) for side in (drawn if any(side.any() for side in drawn) else sides))
    return light >= dark, max(float(ground.max()) for ground in grounds) > EVEN


def _drawn(cells: Floats, ground: Floats, least: float) -> Floats:
    """Of these cells what is neither broader than a stroke nor at the edge."""
    inked = cells >= max(least, 0.5 * float(cells.max()))
    labels = label_components(inked)
    out = np.zeros(int(labels.max()) + 1, bool)
    for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        out[line] = True
    out[labels[ground > 0.5 * cells]] = True
    out[0] = True
    inner = ~out[labels]
    return cells * inner if _length(inner) >= DRAWING * min(cells.shape) else np.zeros_like(cells)


def _remove_ground(strength: Floats) -> None:
    """Takes away what touches the picture's edge, if what does not is a drawing.  strength: changed in place

    Ink lies on its page; frames, lines and the table run on beyond the picture.  Where nothing else is drawn,
    the picture was cut at its ink.
    """
    least = INKED * float(strength.max())
    if least <= 0 or max(strength[[0, -1]].max(), strength[:, [0, -1]].max()) <= 0:
        return
    labels = label_components(strength >= least)
    edge = np.zeros(int(labels.max()) + 1, bool)
    for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        edge[line] = True
    edge[0] = True
    peaks = np.zeros(len(edge))
    np.maximum.at(peaks, labels.ravel(), strength.ravel())
    edge |= peaks < PEAK * peaks[1:].max()
    inner = ~edge[labels]
    if _length(inner) >= DRAWING * min(strength.shape):
        strength *= _grown(inner, 2 + max(strength.shape) // 100)


def _length(mask: Mask) -> int:
    rows, columns = (_extent(np.flatnonzero(mask.any(axis=axis))) for axis in (1, 0))
    return max(rows.stop - rows.start, columns.stop - columns.start)


def _grown(mask: Mask, by: int = 2) -> Mask:
    for _ in range(by):
        around = np.pad(mask, 1)
        around = around[:-2] | around[1:-1] | around[2:]
        mask = around[:, :-2] | around[:, 1:-1] | around[:, 2:]
    return mask


def _within(grey: Floats, strength: Floats, light: bool) -> tuple[Floats, bool]:
    """What is drawn in a rectangle, if the ink is one: in a field of a form, on a panel, on a page in its frame.

    A rectangle in which something is drawn is a page; one with nothing in it is what was drawn.
    """
    outer, page, ink, side = strength, grey, strength, light
    corner, area = (0, 0), float(grey.size)
    for _ in range(NESTED):
        hull = _rectangle(ink)
        slender = ink.any() and ink is not outer and (hull is None or hull.sum() < SLENDER * area)
        if slender:
            whole = np.zeros_like(outer)
            whole[corner[0] : corner[0] + ink.shape[0], corner[1] : corner[1] + ink.shape[1]] = ink
            return whole, side
        if hull is None:
            break
        area = float(hull.sum())
        hull = ~_grown(~hull, 2)  # without the rim, whose pixels are of both tones
        rows, columns = (_extent(np.flatnonzero(hull.any(axis=axis))) for axis in (1, 0))
        page, hull = page[rows, columns].copy(), hull[rows, columns]
        if not hull.size:
            break
        rim = hull & _grown(~np.pad(hull, 1), 2)[1:-1, 1:-1]
        page[~hull] = np.median(page[rim])
        corner = (corner[0] + rows.start, corner[1] + columns.start)
        ink, side = _ink(page)
    return strength, light


def _rectangle(strength: Floats) -> Mask | None:
    """The hull (h, w) of the ink if it is a rectangle, upright or turned by up to 15 degrees; else None."""
    most = float(strength.max())
    if most <= 0:
        return None
    inked = strength >= INKED * most
    hull = _between(inked, 1) & _between(inked, 0)
    lines = np.flatnonzero(hull.any(axis=1))
    if len(lines) < 12:
        return None
    first, last = hull[lines].argmax(axis=1), hull.shape[1] - hull[lines, ::-1].argmax(axis=1)
    y, x = np.concatenate([lines, lines + 1]), np.arange(0)
    y = np.concatenate([lines, lines + 1, lines, lines + 1])
    x = np.concatenate([first, first, last, last])
    angles = np.radians(np.arange(-15, 16))[:, None]
    along, down = x * np.cos(angles) + y * np.sin(angles), y * np.cos(angles) - x * np.sin(angles)
    smallest = (np.ptp(along, axis=1) * np.ptp(down, axis=1)).min()
    return hull if hull.sum() >= COVERED * smallest else None


def _between(mask: Mask, axis: int) -> Mask:
    """Everything between the first and the last of each line."""
    seen = np.logical_or.accumulate(mask, axis=axis)
    back = np.flip(np.logical_or.accumulate(np.flip(mask, axis), axis=axis), axis)
    return seen & back


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
    return slice(int(lines[0]), int(lines[-1]) + 1) if lines.size else slice(0, 0)


def _near(cells: Mask, shape: tuple[int, ...], box: Box) -> Mask:
    """Which pixels of a box lie in a marked cell or beside one.

    A speck marks no cell, a stroke marks all that it crosses.
    """
    grown = np.zeros((cells.shape[0] + 2, cells.shape[1] + 2), bool)
    grown[1:-1, 1:-1] = cells
    grown = grown[:-2] | grown[1:-1] | grown[2:]
    grown = grown[:, :-2] | grown[:, 1:-1] | grown[:, 2:]
    rows, columns = ((np.arange(n) * c // n)[part] for n, c, part in zip(shape, cells.shape, box))
    return grown.take(columns, axis=1).take(rows, axis=0)  # one after the other: both at once was ten times slower
