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
from numnist.data.strokes.glyphs import glyphs
from numnist.data.strokes.pen import IN_CACHE, NUMBERS, USUAL, Pens, hand, pen
from numnist.ink.center import center_in_frame
from numnist.support.errors import UsageError
from numnist.support.rng import keyed_rng
from numnist.support.workers import Workers

BLOCK = 4000  # pictures whose random numbers come from one generator


def load_strokes(train: int = 50_000, validation: int = 10_000, test: int = 10_000, seed: int = 0) -> Dataset:
    """Drawn digits as a data set, in about 5 seconds; no two splits share a random number."""

    def split(count: int, name: str) -> Split:
        pictures, labels = draw(count, seed, name)
        return Split(pictures[:, None], labels)  # (count, 1, 28, 28)

    splits = split(train, "train"), split(validation, "validation"), split(test, "test")
    return Dataset("strokes", *splits, DIGITS, "digits", source=f"drawn by numnist from seed {seed}")


def draw(
    count: int, seed: int = 0, split: str = "train", pens: Pens = USUAL, evenly: bool = False
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures (count, 28, 28) and labels (count,), each digit once in every ten, in random order.

    Picture i depends on (seed, split, i) alone, and on what is drawn.
    pens: how wide they are;  evenly: rare ways to write a digit are as frequent as common ones.
    """
    if count < 0:
        raise UsageError(f"cannot draw {count} digits: ask for 0 or more.")
    pictures = np.empty((count, 28, 28), np.uint8)
    labels = np.empty(count, np.int64)

    def draw_block(start: int) -> None:
        part = slice(start, start + BLOCK)
        _draw_block(keyed_rng(seed, "strokes", split, start // BLOCK), pictures[part], labels[part], pens, evenly)

    with Workers() as workers:
        workers.run(draw_block, range(0, count, BLOCK))
    return pictures, labels


def _draw_block(
    rng: np.random.Generator, pictures: NDArray[np.uint8], labels: NDArray[np.int64], pens: Pens, evenly: bool
) -> None:
    """Write the first digits of a block.  Random numbers are drawn for all of it, so that their count changes none."""
    count = len(labels)
    labels[:] = rng.permuted(np.tile(np.arange(10), (BLOCK // 10, 1)), axis=1).ravel()[:count]
    chance = rng.random(BLOCK)[:count]
    normal = rng.standard_normal((BLOCK, NUMBERS))[:count].clip(-2.5, 2.5)  # handwriting does not vary more
    for digit in range(10):
        ways = glyphs(digit)
        share = np.cumsum([1 if evenly else way.weight for way in ways])
        chosen = np.searchsorted(share / share[-1], chance)
        for i, way in enumerate(ways):
            mine = np.flatnonzero((labels == digit) & (chosen == i))
            for start in range(0, len(mine), IN_CACHE):
                some = mine[start : start + IN_CACHE]
                pictures[some] = center_in_frame(pen(*hand(way, normal[some], pens))).pictures
