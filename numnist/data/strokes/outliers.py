"""Outliers: drawn pictures of no digit, from which a network learns to say "none of these".

Letters and symbols, scribbles, dots and blobs, several digits at once, filled shapes and clothes, textures: prepared as
every picture, or filling the frame as Fashion-MNIST's do.  Like the digits of drawing.py they are a function of the
seed, the split and their number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.strokes.glyphs import Glyph, glyphs, make_glyph
from numnist.data.strokes.pen import CANVAS, IN_CACHE, NUMBERS, Pens, fit, hand, pen
from numnist.data.strokes.signs import outlines, signs
from numnist.ink.center import center_in_frame
from numnist.ink.pixels import Floats, resize
from numnist.support.errors import UsageError
from numnist.support.rng import keyed_rng
from numnist.support.workers import Workers

EACH = 50  # pictures of a kind in a block
PENS = Pens(0.45, 0.7, 4.5)  # a wider one fills a letter's holes, and then it may look like a digit
SCRIBBLES = ((1, 5), (1, 8), (1, 12), (2, 3), (2, 5), (3, 2), (3, 3), (5, 2), (7, 2))  # strokes, points of each

Canvases = NDArray[np.floating[Any]]
Pictures = NDArray[np.uint8]
Kind = Callable[[np.random.Generator, int], Pictures]


def draw_outliers(count: int, seed: int = 0, split: str = "train") -> Pictures:
    """Pictures (count, 28, 28) of no digit, the kinds in turn.  Picture i depends on (seed, split, i) alone."""
    if count < 0:
        raise UsageError(f"cannot draw {count} outliers: ask for 0 or more.")
    block = EACH * len(KINDS)
    pictures = np.empty((-(-count // block), block, 28, 28), np.uint8)

    def draw_block(number: int) -> None:
        for k, kind in enumerate(KINDS):
            rng = keyed_rng(seed, "outliers", split, number, k)
            pictures[number, k :: len(KINDS)] = kind(rng, EACH)

    with Workers() as workers:
        workers.run(draw_block, range(len(pictures)))
    return pictures.reshape(-1, 28, 28)[:count].copy()


def _written(ways: Sequence[Glyph], chosen: NDArray[np.int64], rng: np.random.Generator) -> Canvases:
    """The ink of the chosen glyph for each picture, by many hands and pens: (n, CANVAS, CANVAS)."""
    normal = rng.standard_normal((len(chosen), NUMBERS)).clip(-2.5, 2.5)
    ink = np.empty((len(chosen), CANVAS, CANVAS), np.float32)
    for i in np.unique(chosen):
        mine = np.flatnonzero(chosen == i)
        for start in range(0, len(mine), IN_CACHE):
            some = mine[start : start + IN_CACHE]
            ink[some] = pen(*hand(ways[i], normal[some], PENS))
    return ink


def _signs(rng: np.random.Generator, n: int) -> Pictures:
    ways = signs()
    return _centered(_written(ways, rng.integers(len(ways), size=n), rng))


def _scribbles(rng: np.random.Generator, n: int) -> Pictures:
    ink = np.empty((n, CANVAS, CANVAS), np.float32)
    chosen = rng.integers(len(SCRIBBLES), size=n)
    for i, (strokes, points) in enumerate(SCRIBBLES):
        # points that are far apart, so that the path between any others has no gaps
        way = make_glyph(1.0, [" ".join(f"{100 * (k % 2)},0" for k in range(points))] * strokes)
        mine = np.flatnonzero(chosen == i)
        control = rng.uniform(-1, 1, (len(mine), len(way.control), 2))
        radius = np.exp(rng.uniform(np.log(PENS.least), np.log(PENS.most), (len(mine), 1))) * np.ones(len(way.along))
        ink[mine] = pen(fit(way.basis @ control, radius), radius, np.zeros_like(radius))
    return _centered(ink)


def _dots(rng: np.random.Generator, n: int) -> Pictures:
    """One to nine dots of any size: a point, a colon, a blob."""
    most = 9
    place = rng.uniform(-1, 1, (n, most, 2)) * rng.uniform(0.2, 1, (n, 1, 2))
    radius = np.exp(rng.uniform(np.log(1.5), np.log(10), (n, 1)) + rng.normal(0, 0.3, (n, most))).clip(1.5, 12)
    hidden = np.arange(most) >= rng.integers(1, most + 1, (n, 1))
    place, radius = np.where(hidden[..., None], place[:, :1], place), np.where(hidden, radius[:, :1], radius)
    alone = hidden[:, 1]  # a single dot has no extent to scale it by
    place[alone, 1:] += 1e-3
    return _centered(pen(fit(place, radius).clip(2, CANVAS - 2), radius, np.zeros_like(radius)))


def _numbers(rng: np.random.Generator, n: int) -> Pictures:
    """Two or three digits, apart, touching, or written over each other."""
    ways = [way for digit in range(10) for way in glyphs(digit)]
    ink = _written(ways, rng.integers(len(ways), size=3 * n), rng).reshape(n, 3, CANVAS, CANVAS)
    wide = np.zeros((n, 2 * CANVAS, 3 * CANVAS), np.float32)
    step, fall = rng.integers(16, 42, n), rng.integers(-7, 8, (n, 3)) + CANVAS // 2
    count = np.where(rng.random(n) < 0.25, 3, 2)
    for i in range(n):
        for k in range(count[i]):
            place = wide[i, fall[i, k] : fall[i, k] + CANVAS, k * step[i] : k * step[i] + CANVAS]
            np.maximum(place, ink[i, k], out=place)
    return _centered(wide)


def _shapes(rng: np.random.Generator, n: int) -> Pictures:
    """Filled outlines, even or with a pattern."""
    ways = outlines()
    chosen = rng.integers(len(ways), size=n)
    angle, stretch = rng.normal(0, 0.15, n), np.exp(rng.normal(0, 0.15, n))
    turn = np.array([[np.cos(angle) * stretch, -np.sin(angle)], [np.sin(angle) * stretch, np.cos(angle)]])
    ink = np.empty((n, CANVAS, CANVAS), np.float32)
    for i in range(n):
        corners = ways[chosen[i]] + rng.normal(0, 0.06, ways[chosen[i]].shape)
        ink[i] = _filled(corners @ turn[..., i].T)
    even = rng.random((n, 1, 1)) < 0.4
    return _framed(ink * np.where(even, 1, 0.25 + 0.75 * _pattern(rng, n)), rng)


def _blobs(rng: np.random.Generator, n: int) -> Pictures:
    """Filled shapes with a wavy edge."""
    x = (np.arange(CANVAS) + 0.5) / (CANVAS / 2) - 1
    waves = np.arange(2, 7)[:, None, None, None]
    strength, phase = rng.normal(0, 0.5, (5, n, 1, 1)) / waves, rng.uniform(0, 2 * np.pi, (5, n, 1, 1))
    stretch = np.exp(rng.normal(0, 0.15, (n, 1, 1)))
    angle, distance = np.arctan2(x[:, None], x * stretch), np.hypot(x[:, None] / stretch, x * stretch)
    edge = 0.75 + 0.25 * (strength * np.sin(waves * angle + phase)).sum(axis=0)
    return _framed(((edge - distance) * 10 + 0.5).clip(0, 1), rng)


def _textures(rng: np.random.Generator, n: int) -> Pictures:
    """What fills the whole picture: clouds, stripes, leopards' spots, noise."""
    pattern = _pattern(rng, n)
    hard = np.exp(rng.uniform(0, 2.5, (n, 1, 1)))
    return _framed(((pattern - rng.uniform(0.3, 0.6, (n, 1, 1))) * hard + 0.5).clip(0, 1), rng)


def _tables(rng: np.random.Generator, n: int) -> Pictures:
    """Ruled paper, squared paper, empty tables and frames."""
    at = np.arange(CANVAS)
    lines = []
    for _ in range(2):
        period, width = rng.integers(7, CANVAS // 2, (n, 1)), rng.integers(1, 5, (n, 1))
        lines.append(((at + rng.integers(0, CANVAS, (n, 1))) % period < width) & (rng.random((n, 1)) < 0.75))
    ink = lines[0][:, :, None] | lines[1][:, None, :]
    border = rng.integers(0, 4, n)
    for i in range(n):
        ink[i, : border[i]] = ink[i, :, : border[i]] = ink[i, CANVAS - border[i] :] = ink[
            i, :, CANVAS - border[i] :
        ] = True
    ink[~ink.any(axis=(1, 2)), CANVAS // 2] = True  # one line, level, since upright it is a 1
    return _framed(ink * rng.uniform(0.5, 1, (n, 1, 1)), rng)


def _filled(corners: Floats) -> Floats:
    """A polygon's inside by the even-odd rule, smooth at its edge.   corners: (K, 2) in -1..1 -> (CANVAS, CANVAS)"""
    fine = 2 * CANVAS
    x = (np.arange(fine) + 0.5) / (fine / 2) * 1.25 - 1.25
    (x0, y0), (x1, y1) = corners.T[..., None], np.roll(corners, -1, axis=0).T[..., None]  # (K, 1) each
    rising = np.where(np.abs(y1 - y0) < 1e-9, 1e-9, y1 - y0)
    meets = x0 + (x - y0) * (x1 - x0) / rising  # (K, rows): where a row crosses the side
    crossed = (y0 > x) != (y1 > x)
    inside = ((meets[:, :, None] > x) & crossed[:, :, None]).sum(axis=0) % 2
    return inside.reshape(CANVAS, 2, CANVAS, 2).mean(axis=(1, 3))


def _pattern(rng: np.random.Generator, n: int) -> Floats:
    """Random grey in 0..1, of one or several sizes, or stripes: (n, CANVAS, CANVAS)."""
    total = np.zeros((n, CANVAS, CANVAS))
    for cells in (2, 4, 9, 22):
        total += rng.exponential(1, (n, 1, 1)) ** 2 * resize(rng.uniform(-1, 1, (n, cells, cells)), CANVAS, CANVAS)
    at = np.arange(CANVAS)
    slope, along, across = rng.uniform(-1, 1, (n, 1, 1)), at[:, None], at
    stripes = np.sin((along * slope + across * (1 - np.abs(slope))) * rng.uniform(0.2, 1.5, (n, 1, 1)))
    total += stripes * np.where(rng.random((n, 1, 1)) < 0.3, 3 * np.abs(total).max(axis=(1, 2), keepdims=True), 0)
    low, high = total.min(axis=(1, 2), keepdims=True), total.max(axis=(1, 2), keepdims=True)
    pattern: Floats = (total - low) / (high - low)
    return pattern


def _centered(ink: Canvases) -> Pictures:
    return center_in_frame(ink).pictures


def _framed(ink: Canvases, rng: np.random.Generator) -> Pictures:
    """Half of them centred as digits are, half filling the frame."""
    pictures = np.rint(resize(ink.astype(np.float64), 28, 28).clip(0, 1) * 255).astype(np.uint8)
    half = rng.random(len(ink)) < 0.5
    pictures[half] = _centered(ink[half])
    return pictures


KINDS: tuple[Kind, ...] = (
    _signs, _scribbles, _numbers, _shapes, _signs, _dots, _textures, _numbers, _signs, _scribbles, _blobs, _tables,
    _signs, _shapes,
)  # fmt: skip
