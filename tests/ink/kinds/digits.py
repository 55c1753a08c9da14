"""Digits in the hands of the tests, drawn at any size, turned and bent a little, with pens of any width."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from tests.serve.page.hands import Hand, hands

FINE = 4  # as fine as a pixel is divided while drawing, so that edges are smooth


def chosen(i: int) -> Hand:
    """The hand of picture i: digits in turn, and all hands before one comes again."""
    every = hands()
    digit, turn = i % 10, i // 10
    mine = [one for one in every if one.digit == digit]
    return mine[turn % len(mine)]


def strokes_of(hand: Hand, rng: np.random.Generator) -> list[Any]:
    """The hand's strokes, leaning and turned a little, in a box whose longer side is 1 and that starts at (0, 0)."""
    angle, lean = rng.uniform(-0.1, 0.1), rng.uniform(-0.15, 0.15)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ [[1, -lean], [0, 1]]
    strokes = [np.array(stroke) @ turn.T for stroke in hand.strokes]
    low, high = (extreme(np.concatenate(strokes), axis=0) for extreme in (np.min, np.max))
    return [(stroke - low) / (high - low).max() for stroke in strokes]


def coverage(
    hand: Hand,
    shape: tuple[int, int],
    height: float,
    at: tuple[float, float],
    pen: float,
    rng: np.random.Generator,
) -> Any:
    """How much of each pixel the pen covers: (h, w) float 0..1.

    height: of the longer side in pixels, without the pen;  at: (x, y) of the middle;  pen: its width in pixels.
    """
    strokes = strokes_of(hand, rng)
    middle = np.concatenate(strokes).max(axis=0) / 2
    sheet = Image.new("L", (shape[1] * FINE, shape[0] * FINE))
    drawing, r = ImageDraw.Draw(sheet), pen * FINE / 2
    for stroke in strokes:
        points = [tuple(p) for p in ((stroke - middle) * height + at) * FINE]
        drawing.line(points, fill=255, width=max(1, round(2 * r)), joint="curve")
        for x, y in points:
            drawing.ellipse((x - r, y - r, x + r, y + r), fill=255)
    covered = np.asarray(sheet, np.float64).reshape(shape[0], FINE, shape[1], FINE).mean(axis=(1, 3))
    return covered / 255


def written(i: int, rng: np.random.Generator, shape: tuple[int, int] = (300, 300)) -> Any:
    """Picture i's digit somewhere near the middle of a page: how much of each pixel the ink covers, (h, w)."""
    side = min(shape)
    height = side * rng.uniform(0.4, 0.58)
    at = (shape[1] / 2 + side * rng.uniform(-0.06, 0.06), shape[0] / 2 + side * rng.uniform(-0.06, 0.06))
    return coverage(chosen(i), shape, height, at, height * rng.uniform(0.06, 0.13), rng)


def trimmed(covered: Any, least: float = 0.5) -> Any:
    """Cut to the box of what is covered at least so much."""
    rows, columns = (np.flatnonzero((covered >= least).any(axis=axis)) for axis in (1, 0))
    return covered[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def shrunk(covered: Any, shape: tuple[int, int]) -> Any:
    """Averaged to another shape, stretched to it."""
    small = Image.fromarray((covered * 255).round().astype(np.uint8)).resize(shape[::-1], Image.Resampling.BOX)
    return np.asarray(small) / 255
