"""Cutting: where one piece of ink may be two characters that touch, the cut between them."""

from __future__ import annotations

import numpy as np

from numnist.ink.characters.pieces import INKED
from numnist.ink.pixels import Floats, resize

BROAD = 0.9  # of the height: what is narrower is one character
CROSSED = 2.0  # times the pen's width: a cut goes through no more ink
SIDE = 0.2  # of the width and of the ink: each half has at least so much
SLOPES = (0.0, -0.25, 0.25, -0.5, 0.5)  # columns for each row, by which a cut may lean
FINE = 64  # cells a side that are enough to find the cut


def cut(ink: Floats, pen: float) -> tuple[Floats, Floats] | None:
    """The left and the right half of ink (h, w), which fills its box, where it crosses the least ink; None if narrow.

    pen: pixels, the width of its strokes
    """
    h, w = ink.shape
    if w < BROAD * h:
        return None
    scale = min(1.0, FINE / max(h, w))
    small = ink if scale == 1 else resize(ink, max(1, round(h * scale)), max(1, round(w * scale)))
    inked = small >= INKED * float(small.max())
    rows, columns = inked.shape
    y = np.arange(rows)[:, None] - (rows - 1) / 2
    best, where = np.inf, (0.0, 0.0)
    for slope in SLOPES:
        x = np.rint(np.arange(columns) + slope * y).astype(np.int64)
        crossed = (np.take_along_axis(inked, np.clip(x, 0, columns - 1), axis=1) & (x >= 0) & (x < columns)).sum(axis=0)
        share = np.cumsum(crossed) / inked.sum()
        place = np.arange(columns) / columns
        inner = (share > SIDE) & (share < 1 - SIDE) & (place > SIDE) & (place < 1 - SIDE)
        # of equal cuts that nearer to the middle, and the steeper
        cost = np.where(inner, crossed / (pen * scale) + 0.3 * np.abs(place - 0.5) + 0.05 * abs(slope), np.inf)
        at = int(cost.argmin())
        if cost[at] < best and crossed[at] <= CROSSED * pen * scale:
            best, where = float(cost[at]), (at / scale, slope)
    if not np.isfinite(best):
        return None
    left = np.arange(w) < where[0] + where[1] * (np.arange(h)[:, None] - (h - 1) / 2)
    halves = ink * left, ink * ~left
    return halves if all(half.any() for half in halves) else None
