"""Drawings for the tests of ink, and how far two pictures are apart."""

from __future__ import annotations

from itertools import pairwise

import numpy as np


def drawing(size=200, height=150, top=20, left=30, pen=0.07, width=None):
    """A 5 with its strokes as polylines, light on black: (size, width) float 0..1."""
    points = np.array([(0.6, 0.0), (0.1, 0.05), (0.05, 0.45), (0.5, 0.5), (0.6, 0.75), (0.4, 1.0), (0.0, 0.95)])
    points = points * height + (left, top)
    y, x = np.mgrid[:size, : width or size] + 0.5
    nearest = np.full(y.shape, np.inf)
    for (ax, ay), (bx, by) in pairwise(points):
        dx, dy = bx - ax, by - ay
        t = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx**2 + dy**2), 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - ax - t * dx, y - ay - t * dy))
    return np.clip(pen * height + 0.5 - nearest, 0, 1)


def bytes_of(picture):
    return np.rint(picture * 255).astype(np.uint8)


def apart(a, b):
    """Mean difference in grey levels, forgiving a move by one pixel: a centre of mass may fall on either side."""
    a, b = a.astype(int), b.astype(int)
    moves = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return min(np.abs(np.roll(b, move, axis=(0, 1)) - a).mean() for move in moves)


FIVE = bytes_of(drawing(height=120))
