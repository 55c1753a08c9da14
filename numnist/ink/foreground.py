"""Foreground extraction: the ink of a drawing or photograph, separated from its ground.

Three questions, each answered by one idea:

What is paper?  The border's tone if it has one; else the larger of two classes of pixels; else a smooth surface.
What is ink?    What differs from the paper, on the side that has more of it, and is narrower than shadows.
What is ground? What runs from side to side of the picture, and a rectangle on which something else is drawn.
"""

from __future__ import annotations

import numpy as np

from numnist.ink.ground import Mask, extent, grown, is_light, page_within, remove_ground
from numnist.ink.paper import paper_grey, some, without_shadows
from numnist.ink.pixels import Floats, resizing_matrix

NESTED = 4  # rectangles in one another: a page, a panel on it, a field in the panel, and the field's line
SLENDER = 0.25  # of its page: up to here a rectangle with nothing in it is what was written, such as a 1


def extract_foreground(grey: Floats) -> tuple[Floats, str]:
    """The strength of the ink (h, w), 0 where there is none, and the polarity: "light-on-dark" or "dark-on-light".

    Ink that is a rectangle in which something is drawn is a page, and that is the ink; a rectangle with nothing in it
    is what was drawn.  An empty picture gives all zeros.
    """
    strength, light = ink, side = _ink(grey)
    page, top, left, area = grey, 0, 0, grey.size
    for depth in range(NESTED):
        found = page_within(page, ink)
        if depth and ink.any() and (found is None or found[2] < SLENDER * area):
            strength, light = np.zeros_like(strength), side
            strength[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
            break
        if found is None:
            break
        page, corner, area = found
        top, left = top + corner[0], left + corner[1]
        ink, side = _ink(page)
    return strength, "light-on-dark" if light else "dark-on-light"


def _ink(grey: Floats) -> tuple[Floats, bool]:
    """The strength of what differs from the paper (h, w), and whether it is lighter.

    Ink is on the side of the paper's grey that has more energy.  The other side is noise, and shows how much noise
    there is on the ink's side.
    """
    paper, even = paper_grey(grey)
    above = grey - paper  # (h, w)
    if even:
        light, shadows = _energy(np.maximum(above, 0)) >= _energy(np.minimum(above, 0)), False
    else:
        light, shadows = is_light(above)
    strength = above if light else -above
    if shadows:
        strength = without_shadows(strength)
    behind = strength[strength < 0]
    noise = float(np.sqrt((behind**2).mean())) if behind.size else 0.0
    if noise and not even:  # what is behind may be another ground, which is large but only here and there
        noise = min(noise, 1.4826 * max(0.0, -float(np.percentile(some(strength), 25))))
    strength = np.maximum(strength - 4 * noise, 0)  # 4 standard deviations: about 2 false pixels in 60,000
    remove_ground(strength)
    _keep_strokes(strength, noise)
    return strength, light


def _energy(x: Floats) -> float:
    """The sum of squares.  x: overwritten, since a new array of a large picture takes as long as the squares"""
    x *= x
    return float(x.sum())


def _keep_strokes(strength: Floats, noise: float) -> None:
    """Removes specks, and everything if nothing stands out of the noise.  strength: (h, w), changed in place"""
    # outside of this box all is 0, and stays so
    box = tuple(extent(np.flatnonzero(strength.any(axis=axis))) for axis in (1, 0))
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


def _near(cells: Mask, shape: tuple[int, ...], box: tuple[slice, ...]) -> Mask:
    """Which pixels of a box lie in a marked cell or beside one.

    A speck marks no cell, a stroke marks all that it crosses.
    """
    near = grown(cells)
    rows, columns = ((np.arange(n) * c // n)[part] for n, c, part in zip(shape, cells.shape, box))
    return near.take(columns, axis=1).take(rows, axis=0)  # one after the other: both at once was ten times slower
