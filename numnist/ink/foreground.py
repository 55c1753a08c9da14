"""Foreground extraction: the ink of a drawing or photograph, separated from its ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from numnist.ink.components import label_components
from numnist.ink.paper import paper_grey, remove_broad
from numnist.ink.pixels import Floats, resizing_matrix

Mask = NDArray[np.bool_]
Box = tuple[slice, ...]

INKED = 0.25  # of the strongest ink: from here on a pixel is inked
DRAWING = 0.2  # of the picture's shorter side: as long as ink must be to be a drawing beside other things
COVERED = 0.9  # of each side of a box: then what is in the box is a rectangle
BAND = 0.06  # of a box: how deep its sides are
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
        strengths = []
        for side in (above, -above):
            if min(grey.shape) >= 64:
                remove_broad(side)
            _remove_ground(side)
            strengths.append(side)
        light = _energy(np.maximum(strengths[0], 0)) >= _energy(np.maximum(strengths[1], 0))
        strength = strengths[0] if light else strengths[1]
    behind = strength[strength < 0]
    noise = float(np.sqrt((behind**2).mean())) if behind.size else 0.0
    if noise and not even:
        noise = min(noise, 1.4826 * float(np.median(-behind)))
    if noise:  # 4 standard deviations: about 2 false pixels in 60,000
        strength = np.maximum(strength - 4 * noise, 0)
    _keep_strokes(strength, noise)
    if even:
        _remove_ground(strength)
    return strength, light


def _remove_ground(strength: Floats) -> None:
    """Takes away what touches the picture's edge, if what does not is a drawing.  strength: changed in place

    Ink lies on its page; frames, lines and the table run on beyond the picture.  Where nothing else is drawn,
    the picture was cut at its ink.
    """
    least = INKED * float(strength.max())
    if least <= 0 or max(strength[[0, -1]].max(), strength[:, [0, -1]].max()) < least:
        return
    inked = strength >= least
    labels = label_components(inked)
    edge = np.zeros(int(labels.max()) + 1, bool)
    for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        edge[line] = True
    edge[0] = True
    inner = ~edge[labels]
    if _length(inner) >= DRAWING * min(strength.shape):
        edge[0] = False
        strength[_grown(edge[labels])] = 0


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
    """What is drawn in a rectangle, if the ink is one: in a field of a form, or on a panel.

    A rectangle in which something is drawn is a page; one with nothing in it is what was drawn.
    """
    box: Box = (slice(None), slice(None))
    found, look = (strength, light), strength
    for _ in range(NESTED):
        inner = _rectangle(look)
        if inner is None:
            return found
        box = tuple(slice(b.start + (a.start or 0), b.stop + (a.start or 0)) for a, b in zip(box, inner))
        look, light = _ink(grey[box])
        if not look.any():
            return found if found[0] is not strength else (strength, found[1])
        if _rectangle(look) is None:
            whole = np.zeros_like(strength)
            whole[box] = look
            return whole, light
    return found


def _rectangle(strength: Floats) -> Box | None:
    """The box of the ink if its four sides are covered, else None."""
    most = float(strength.max())
    if most <= 0:
        return None
    inked = strength >= INKED * most
    rows, columns = (_extent(np.flatnonzero(inked.any(axis=axis))) for axis in (1, 0))
    inside = inked[rows, columns]
    h, w = inside.shape
    if min(h, w) < 12:
        return None
    down, across = max(1, int(BAND * h)), max(1, int(BAND * w))
    sides = (inside[:down].any(0), inside[-down:].any(0), inside[:, :across].any(1), inside[:, -across:].any(1))
    return (rows, columns) if min(side.mean() for side in sides) >= COVERED else None


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
