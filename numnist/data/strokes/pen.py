"""Pen: how a glyph becomes ink: written by many hands, with a round pen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from numnist.data.strokes.glyphs import Glyph
from numnist.ink.pixels import Floats

NUMBERS = 80  # normal numbers for each picture
SIDE = 40  # pixels of the longer side while drawing: twice the final size, so that edges are smooth
CANVAS = SIDE + 4
IN_CACHE = 64  # canvases drawn at a time, so that they stay in cache
LIFT = 12  # pixels that the pen rises over a break: with these, the widest pen leaves no ink


@dataclass(frozen=True)
class Pens:
    """How wide pens are, as radii in pixels of the canvas.   spread: of their logarithm"""

    spread: float = 0.28
    least: float = 1.3
    most: float = 6.0


USUAL = Pens()
ODD = Pens(0.55, 0.7, 7.5)  # from a hairline to a brush that fills small loops


def hand(glyph: Glyph, normal: Floats, pens: Pens = USUAL) -> tuple[Floats, Floats, Floats]:
    """One glyph as n people write it: the pen's path (n, M, 2) as (x, y) in canvas pixels, its radius (n, M),
    and its height above the paper (n, M), which is 0 except where the line breaks.

    normal: (n, NUMBERS) from the standard normal distribution.  The spreads were set by eye, from real handwriting.
    """
    numbers = iter(normal.T[:, :, None])  # (n, 1) each

    def z(spread: float) -> Floats:
        number: Floats = next(numbers)
        return spread * number

    P = len(glyph.control)
    jitter = 0.06 * normal[:, -2 * P :].reshape(-1, P, 2)
    x, y = np.moveaxis(glyph.basis @ (glyph.control + jitter), 2, 0)  # (n, M), y from -1 to 1

    for stroke in range(1, glyph.stroke[-1] + 1):  # the pen does not start exactly where it should
        x, y = x + z(0.06) * (glyph.stroke == stroke), y + z(0.06) * (glyph.stroke == stroke)

    # bending, and one end or side larger than the other
    x = x + z(0.12) * y**2 + z(0.06) * y**3 + z(0.2) * x * y + z(0.1) * x**2
    y = y + z(0.15) * y**2 + z(0.15) * x * y + z(0.1) * x**2
    # elastic
    x, y = x + z(0.08) * np.sin(2.5 * y + z(2.0)), y + z(0.08) * np.sin(2.5 * x + z(2.0))
    # width, slant, turn
    x = x * np.exp(z(0.25)) - (0.15 + z(0.3)) * y
    angle = z(0.12)
    x, y = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)

    pressure = z(pens.spread) + z(0.08) * np.sin(3 * glyph.along + z(2.0))
    radius = (2.6 * np.exp(pressure)).clip(pens.least, pens.most)  # (n, M)

    # one in twenty lifts the pen for a moment; a wide pen may hide it
    place, reach, breaks = 0.5 + z(0.2), 0.05 * np.exp(z(0.3)), z(1.0) > 1.65
    height = LIFT * breaks * (1 - ((glyph.along - place) / reach) ** 2).clip(0, None)

    return fit(np.stack([x, y], axis=2), radius), radius, height


def fit(path: Floats, radius: Floats) -> Floats:
    """Move and scale each path so that its ink fills the canvas.   path: (n, M, 2), radius: (n, M) -> (n, M, 2)"""
    low, high = path.min(axis=1, keepdims=True), path.max(axis=1, keepdims=True)  # (n, 1, 2)
    room = SIDE - 2 * radius.max(axis=1)[:, None, None]
    scale = room / (high - low).max(axis=2, keepdims=True)
    fitted: Floats = (path - (low + high) / 2) * scale + CANVAS / 2
    return fitted


def pen(path: Floats, radius: Floats, height: Floats) -> NDArray[np.float32]:
    """The ink of a round pen: (n, M, 2), (n, M), (n, M) -> (n, CANVAS, CANVAS), 0 to 1.

    A line is a union of discs, and its distance the smallest of theirs.  Near its edge, a disc's distance is
    (d² - r²) / 2r where d² = (x - cx)² + (y - cy)²: the sum of a number for the column and one for the row.
    A pen above the paper is farther away by its height.
    """
    middles = np.arange(CANVAS)[:, None] + 0.5  # (CANVAS, 1)
    discs = np.concatenate([path, radius[:, :, None], height[:, :, None]], axis=2)
    cx, cy, r, h = discs.transpose(2, 1, 0).copy()[:, :, None]  # (M, 1, n): batch last
    columns = ((middles - cx) ** 2 / (2 * r)).astype(np.float32)  # (M, CANVAS, n)
    rows = ((middles - cy) ** 2 / (2 * r) - r / 2 + h).astype(np.float32)  # (M, CANVAS, n)
    distance = np.empty((CANVAS, CANVAS, path.shape[0]), np.float32)
    to_discs = np.empty_like(columns)
    for i in range(CANVAS):
        np.add(columns, rows[:, i, None], out=to_discs)  # from all discs to all pixels of a row
        np.minimum.reduce(to_discs, axis=0, out=distance[i])
    ink: NDArray[np.float32] = np.clip(0.5 - distance, 0.0, 1.0).transpose(2, 0, 1)
    return np.ascontiguousarray(ink)
