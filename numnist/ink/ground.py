"""What belongs to the ground and not to the ink: frames, lines and tables at the edge, and pages within pages."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from numnist.ink.components import label_components
from numnist.ink.paper import EVEN, opened
from numnist.ink.pixels import Floats, resize

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]

INKED = 0.25  # of the strongest ink: from here on a pixel is inked
FAINT = 0.15  # the same for what the ground may be
PEAK = 0.4  # of the strongest ink: what nowhere reaches it is a shade of the ground
DRAWING = 0.2  # of the picture's shorter side: as long as ink must be to be a drawing beside other things
SPECKS = 0.25  # of the ink: at one side of the picture more than this is a part of the drawing
FINE = 128  # cells a side that are enough to see where ink is
ROOM = 64  # cells a side from which on there is room to see what is broader than strokes
RECTANGLE = 0.92  # of the smallest rectangle around: what covers it is one; an ellipse covers 0.79
HALF = 0.5  # of the upright box around, which every rectangle covers that is turned no more than TURNED
TURNED = 15  # degrees that a rectangle may be turned
LEAST = 12  # pixels a side of a page


def is_light(above: Floats) -> tuple[bool, bool]:
    """Whether the ink is lighter than the paper, where not all of the border is paper; and whether there are shadows.

    above: (h, w), grey minus the paper's.  Ink is on the side that has more energy in what is narrow and does not
    touch the picture's edge; if neither side has such a thing, in all.
    """
    cells = resize(above, *(min(n, FINE) for n in above.shape))
    least = INKED * float(np.abs(cells).max())
    sides = [np.maximum(side, 0) for side in (cells, -cells)]
    roomy = min(cells.shape) >= ROOM
    broad = [opened(side, "constant") if roomy else np.zeros_like(side) for side in sides]
    inner = [_inner(side, ground, least) for side, ground in zip(sides, broad)]
    energies = [float((side * side).sum()) for side in (inner if any(side.any() for side in inner) else sides)]
    light = energies[0] >= energies[1]
    # behind the ink no stroke lies along the edge, so that what touches it may go on beyond
    behind = opened(sides[light], "edge") if roomy else broad[light]
    return light, max(float(broad[not light].max()), float(behind.max())) > EVEN


def _inner(cells: Floats, broad: Floats, least: float) -> Floats:
    """Of these cells those that are neither broad, nor at the edge, nor specks; none if too few for a drawing."""
    labels = label_components(cells >= max(least, 0.5 * float(cells.max())))
    ground = _reach(labels) > 0
    ground[np.bincount(labels.ravel()) < DRAWING * min(cells.shape)] = True  # shorter than a drawing, such as noise
    ground[labels[broad > 0.5 * cells]] = True
    ground[0] = True
    inner = ~ground[labels]
    return cells * inner if _length(inner) >= DRAWING * min(cells.shape) else np.zeros_like(cells)


def remove_ground(strength: Floats) -> None:
    """Takes away what runs from place to place of the picture's edge, if what is left is a drawing.

    Ink lies on its page; frames, lines and the table run on beyond the picture.  Where nothing else is drawn, the
    picture was cut at its ink, and keeps it.   strength: (h, w), 0 on paper, changed in place
    """
    if max(strength[[0, -1]].max(), strength[:, [0, -1]].max()) <= 0:
        return
    labels = label_components(strength >= FAINT * float(strength.max()))
    reach = _reach(labels)
    if reach.max() < 2:
        return
    peaks, sums = np.zeros(len(reach)), np.bincount(labels.ravel(), strength.ravel())
    np.maximum.at(peaks, labels.ravel(), strength.ravel())
    drawn = (reach == 0) & (peaks >= PEAK * peaks.max())
    drawn[0] = False
    inner = drawn[labels]
    if _length(inner) >= DRAWING * min(strength.shape) and sums[reach == 1].sum() <= SPECKS * sums[drawn].sum():
        strength *= grown(inner, 2 + max(strength.shape) // 100)  # with the ink's soft rim


def page_within(grey: Floats, ink: Floats) -> tuple[Floats, tuple[int, int], int] | None:
    """The page, if the ink (h, w) is a rectangle: what is in it, its corner (top, left) in grey, and its pixels.

    A rectangle may be a panel, a field of a form, or the page in its frame.  What is outside of it in the picture
    that is returned has the tone of its rim.
    """
    if _rectangle(ink, max(1, ink.shape[0] // 64)) is None:  # some rows tell, and nearly all ink is none
        return None
    hull = _rectangle(ink)
    if hull is None:
        return None
    area = int(hull.sum())
    hull = ~grown(~hull, 2)  # without the rim, whose pixels are of both tones
    rows, columns = (extent(np.flatnonzero(hull.any(axis=axis))) for axis in (1, 0))
    hull, page = hull[rows, columns], grey[rows, columns].copy()
    if min(page.shape) < LEAST:
        return None
    rim = hull & grown(np.pad(~hull, 1, constant_values=True), 2)[1:-1, 1:-1]
    page[~hull] = np.median(page[rim])
    return page, (rows.start, columns.start), area


def _rectangle(ink: Floats, step: int = 1) -> Mask | None:
    """The hull of the ink if it is a rectangle, upright or turned a little; else None.   step: between rows"""
    rows = ink[::step]
    inked: Mask = rows >= max(INKED * float(rows.max()), 1e-9)
    lines = np.flatnonzero(inked.any(axis=1))
    if len(lines) * step < LEAST:
        return None
    left, right = inked[lines].argmax(axis=1), inked.shape[1] - inked[lines, ::-1].argmax(axis=1)
    width, area = int(right.max() - left.min()), step * int((right - left).sum())
    if area < HALF * (np.ptp(lines) + 1) * step * width:
        return None
    x, y = np.concatenate([left, left, right, right]), step * np.concatenate([lines, lines + 1] * 2)
    angles = np.radians(np.arange(-TURNED, TURNED + 1))[:, None]
    across, down = x * np.cos(angles) + y * np.sin(angles), y * np.cos(angles) - x * np.sin(angles)
    smallest = float((np.ptp(across, axis=1) * np.ptp(down, axis=1)).min())
    if area < RECTANGLE * smallest:
        return None
    hull = _between(inked, 1) & _between(inked, 0)  # for nearly all ink the sum of its rows has told before
    return hull if step * np.count_nonzero(hull) >= RECTANGLE * smallest else None


def _between(mask: Mask, axis: int) -> Mask:
    """Everything between the first and the last of each line."""
    backwards = np.flip(np.logical_or.accumulate(np.flip(mask, axis), axis=axis), axis)
    between: Mask = np.logical_or.accumulate(mask, axis=axis) & backwards
    return between


def _reach(labels: Ints) -> Ints:
    """0 for components inside the picture, 1 for those that touch its edge in one place, more for those that run
    from place to place: from side to side, or as far along one side as a drawing is long."""
    reach = np.zeros(int(labels.max()) + 1, np.int64)
    for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        numbers, first = np.unique(line, return_index=True)
        last = len(line) - np.unique(line[::-1], return_index=True)[1]
        reach[numbers] += 1 + (last - first >= DRAWING * min(labels.shape))
    reach[0] = 0
    return reach


def _length(mask: Mask) -> int:
    """The longer side of the box of what is marked."""
    rows, columns = (extent(np.flatnonzero(mask.any(axis=axis))) for axis in (1, 0))
    return max(rows.stop - rows.start, columns.stop - columns.start)


def extent(lines: NDArray[np.int64]) -> slice:
    """From the first of these lines to the last; empty if there is none."""
    return slice(int(lines[0]), int(lines[-1]) + 1) if lines.size else slice(0, 0)


def grown(mask: Mask, times: int = 1) -> Mask:
    """With all neighbours of what is marked, along sides and corners."""
    for _ in range(times):
        around = np.pad(mask, 1)
        around = around[:-2] | around[1:-1] | around[2:]
        mask = around[:, :-2] | around[:, 1:-1] | around[:, 2:]
    return mask
