"""Separating: which pieces of ink are one character, and the order in which characters are read.

A digit may be in pieces: a 5 whose bar is apart, a crossed 7, a line that the pen left for a moment.  Pieces of one
digit lie over one another or are short; digits stand side by side, each nearly as tall as the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from numnist.ink.characters.pieces import Pieces
from numnist.ink.pixels import Floats

Ints = NDArray[np.int64]

TALL = 0.55  # of the tallest piece: what is at least so tall may be a digit of its own
THIN = 0.3  # of the broadest pen: what is thinner was not written with the same pen
SHARED = 0.4  # of the narrower one's width: pieces that share more columns lie over one another
BESIDE = 0.3  # of the shorter one's height: pieces that share fewer rows do not stand side by side
LEANING = 0.7  # of the shorter one's height: pieces that share more rows, in each of which one is left of the other,
# stand side by side whatever columns they share
SHORT, HANGS = 0.8, 0.3  # of the taller one: what is shorter, and ends so far above its foot, is part of an open 4
APART = 0.3  # of the tallest piece: what lies over another and further apart may be on another line
SLIM = 0.75  # times as high as wide, at least: a digit of another line; the halves of a broken one are flat
NEAR = 0.75  # of the pen's width: a mark as near as this belongs to the digit
MARK = 0.5  # of the square of the pen's width: smaller things are specks


@dataclass(frozen=True, eq=False)
class Characters:
    """The characters of some ink, in reading order: by lines, each from left to right.

    labels: (h, w), 0 on paper, else the character's place from 1;  count: of the characters.
    clear: whether they stand on one line, and all ink is of them;  pen: pixels, the width of the broadest strokes.
    """

    labels: Ints
    count: int
    clear: bool
    pen: float


def separate(ink: Floats) -> Characters:
    """The characters in ink (h, w), of which there is some."""
    pieces = Pieces.of(ink)
    if len(pieces.area) == 1:  # as nearly every digit is
        return Characters(pieces.labels, 1, True, float(pieces.pen[0]))
    tallest = int(pieces.height.max())
    tall = pieces.height >= TALL * tallest
    pen = float(pieces.pen[tall].max())
    digits = np.flatnonzero(tall & (pieces.pen >= THIN * pen))
    head = _together(pieces, digits, tallest, pen)
    stray = _add_marks(pieces, digits, head, pen)
    heads = np.unique(head[digits])
    boxes = [_box(pieces, head == each) for each in heads]
    lines = _lines(boxes)
    places = np.zeros(len(head) + 1, np.int64)  # by label
    for place, k in enumerate(np.lexsort((np.array([left + right for _, left, _, right in boxes]), lines)), 1):
        places[1:][head == heads[k]] = place
    return Characters(places[pieces.labels], len(heads), not stray and not lines.any(), pen)


def _together(pieces: Pieces, digits: Ints, tallest: int, pen: float) -> Ints:
    """Of each piece the head of its character: its first piece.  Joins what lies over one another."""
    head = np.arange(len(pieces.area))
    slim = pieces.height >= SLIM * pieces.width
    for k, a in enumerate(digits):
        others = digits[:k]
        columns = pieces.shared(a, others, "columns") / np.minimum(pieces.width[a], pieces.width[others])
        rows = pieces.shared(a, others, "rows")
        shorter = np.minimum(pieces.height[a], pieces.height[others])
        over = (columns > SHARED) | (rows < BESIDE * shorter) & (columns > -SHARED)
        leaning = [b for b in others[over & (rows >= LEANING * shorter)] if pieces.leaning(a, b)]
        over &= ~np.isin(others, leaning)
        high, low = (
            np.minimum(pieces.bottom[a], pieces.bottom[others]),
            np.maximum(pieces.bottom[a], pieces.bottom[others]),
        )
        taller = np.maximum(pieces.height[a], pieces.height[others])
        near = pieces.shared(a, others, "columns") > -pen
        over |= near & (shorter < SHORT * taller) & (low - high > HANGS * taller)
        lines = (rows < -APART * tallest) & slim[a] & slim[others]
        for b in others[over & ~lines]:
            head[head == head[a]] = head[b]
    return head


def _add_marks(pieces: Pieces, digits: Ints, head: Ints, pen: float) -> bool:
    """Gives short and thin pieces to the digit that they belong to; whether one that belongs to none is left over."""
    stray = False
    for mark in np.setdiff1d(np.arange(len(head)), digits):
        shared = pieces.shared(mark, digits, "columns")
        if shared.max() > min(SHARED * pieces.width[mark], -NEAR * pen):
            head[mark] = head[digits[shared.argmax()]]
        else:
            head[mark] = -1
            stray = stray or bool(pieces.area[mark] >= MARK * pen**2)
    return stray


def _box(pieces: Pieces, of: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of these pieces together."""
    low, high = (pieces.top, pieces.left), (pieces.bottom, pieces.right)
    return tuple([int(each[of].min()) for each in low] + [int(each[of].max()) for each in high])  # type: ignore[return-value]


def _lines(boxes: list[tuple[int, int, int, int]]) -> Ints:
    """The line of each box, from 0: a line goes on as long as boxes reach into what is above them."""
    lines = np.zeros(len(boxes), np.int64)
    line, bottom = -1, -1.0
    for i in np.argsort([top for top, *_ in boxes], kind="stable"):
        top, _, end, _ = boxes[i]
        if top > bottom:
            line, bottom = line + 1, end
        lines[i] = line
        bottom = max(bottom, end)
    return lines
