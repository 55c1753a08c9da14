"""Strokes, the built-in data set: digits that numnist draws itself.

If MNIST is unavailable, numnist trains on them, and its tests always do:

    glyph ──> hand ──> pen ──> ink
    a path    warped   discs   28×28, as every picture (ink/center.py)

A picture is a function of the seed and its number: the first 100 pictures of draw(1000, seed) are draw(100, seed),
and neither threads nor what was drawn before change a bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import DIGITS, Dataset, Split
from numnist.data.strokes.glyphs import Glyph, glyphs
from numnist.ink.center import center_in_frame
from numnist.ink.pixels import Floats
from numnist.support.errors import UsageError
from numnist.support.rng import keyed_rng
from numnist.support.workers import Workers

BLOCK = 4000  # pictures whose random numbers come from one generator
NUMBERS = 80  # normal numbers for each picture
SIDE = 40  # pixels of the longer side while drawing: twice the final size, so that edges are smooth
CANVAS = SIDE + 4
IN_CACHE = 64  # canvases drawn at a time, so that they stay in cache
LIFT = 12  # pixels that the pen rises over a break: with these, the widest pen leaves no ink


def load_strokes(train: int = 50_000, validation: int = 10_000, test: int = 10_000, seed: int = 0) -> Dataset:
    """Drawn digits as a data set, in about 5 seconds; no two splits share a random number."""

    def split(count: int, name: str) -> Split:
        pictures, labels = draw(count, seed, name)
        return Split(pictures[:, None], labels)  # (count, 1, 28, 28)

    splits = split(train, "train"), split(validation, "validation"), split(test, "test")
    return Dataset("strokes", *splits, DIGITS, "digits", source=f"drawn by numnist from seed {seed}")


def draw(count: int, seed: int = 0, split: str = "train") -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures (count, 28, 28) and labels (count,), each digit once in every ten, in random order.

    Picture i depends on (seed, split, i) alone.
    """
    if count < 0:
        raise UsageError(f"cannot draw {count} digits: ask for 0 or more.")
    pictures = np.empty((count, 28, 28), np.uint8)
    labels = np.empty(count, np.int64)

    def draw_block(start: int) -> None:
        part = slice(start, start + BLOCK)
        _draw_block(keyed_rng(seed, "strokes", split, start // BLOCK), pictures[part], labels[part])

    with Workers() as workers:
        workers.run(draw_block, range(0, count, BLOCK))
    return pictures, labels


def _draw_block(rng: np.random.Generator, pictures: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
    """Write the first digits of a block.  Random numbers are drawn for all of it, so that their count changes none."""
    count = len(labels)
    labels[:] = rng.permuted(np.tile(np.arange(10), (BLOCK // 10, 1)), axis=1).ravel()[:count]
    chance = rng.random(BLOCK)[:count]
    normal = rng.standard_normal((BLOCK, NUMBERS))[:count].clip(-2.5, 2.5)  # handwriting does not vary more
    for digit in range(10):
        ways = glyphs(digit)
        share = np.cumsum([way.weight for way in ways])
        chosen = np.searchsorted(share / share[-1], chance)
        for i, way in enumerate(ways):
            mine = np.flatnonzero((labels == digit) & (chosen == i))
            for start in range(0, len(mine), IN_CACHE):
                some = mine[start : start + IN_CACHE]
                pictures[some] = center_in_frame(_pen(*_hand(way, normal[some]))).pictures


def _hand(glyph: Glyph, normal: Floats) -> tuple[Floats, Floats, Floats]:
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

    pressure = z(0.28) + z(0.08) * np.sin(3 * glyph.along + z(2.0))
    radius = (2.6 * np.exp(pressure)).clip(1.3, 6.0)  # (n, M)

    # one in twenty lifts the pen for a moment; a wide pen may hide it
    place, reach, breaks = 0.5 + z(0.2), 0.05 * np.exp(z(0.3)), z(1.0) > 1.65
    height = LIFT * breaks * (1 - ((glyph.along - place) / reach) ** 2).clip(0, None)

    path: Floats = np.stack([x, y], axis=2)
    low, high = path.min(axis=1, keepdims=True), path.max(axis=1, keepdims=True)  # (n, 1, 2)
    room = SIDE - 2 * radius.max(axis=1)[:, None, None]
    scale = room / (high - low).max(axis=2, keepdims=True)
    path = (path - (low + high) / 2) * scale + CANVAS / 2
    return path, radius, height


def _pen(path: Floats, radius: Floats, height: Floats) -> NDArray[np.float32]:
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
