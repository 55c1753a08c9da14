"""Glyphs: the ways in which people write the ten digits, each as the path of the pen.

A stroke is a string of points "x,y", x to the right and y down, from 0 to 100.  The pen runs through them in a
smooth curve; "!" after a point makes it a corner.  A glyph has a weight (how often people write it this way) and its
strokes in the order of writing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from numnist.ink.pixels import Floats

SPACING = 4.5  # between points of the path: the width of the finest pen, so that the line has no gaps

GLYPHS: tuple[tuple[tuple[float, *tuple[str, ...]], ...], ...] = (
    (  # 0
        (5, "46,1 8,24 8,78 36,100 64,78 64,24 34,0 20,6"),  # closed
        (2, "52,4 30,0 8,25 2,60 18,95 42,96 66,70 68,32 52,8 30,2"),  # the end runs over the beginning
        (1, "48,0 14,18 3,58 22,96 48,92 68,58 62,20 40,2 26,16"),  # the end hooks inwards
        (1, "40,0 12,18 3,58 22,96 48,92 68,58 62,20 50,8"),  # open at the top
        (1, "20,14 52,2 92,20 96,56 60,84 18,78 2,44 26,12"),  # wide
        (1, "62,0 22,10 4,50 16,90 40,98 60,74 64,38 50,14 30,14"),  # the beginning sticks out
        (1, "14,4 2,40 14,90 46,98 66,62 60,18 36,4"),  # open at the top left
        (1, "40,2 6,26 8,80 40,100 68,66 58,22 30,14 14,30"),  # the end runs inside
    ),
    (  # 1
        (12, "36,0 35,50 34,100"),  # plain
        (1, "14,22 38,0! 38,100"),  # with a flag
        (1, "0,44 24,18 38,0! 38,100"),  # with a long flag
        (1, "14,22 38,0! 38,100", "8,100 66,99"),  # with a flag and a base
    ),
    (  # 2
        (3, "5,22 30,0 60,20 45,58 2,98! 66,96"),  # straight foot
        (2, "5,22 30,0 60,20 42,60 14,92 2,90 18,78 42,92 70,98"),  # a small flat loop
        (3, "6,16 30,0 56,14 54,44 34,78 12,98 0,84 16,68 42,84 72,92"),  # a round loop
        (2, "10,10 36,0 60,20 52,62 26,96 4,90 8,68 30,66 56,86 70,98"),  # a large loop
        (2, "5,20 32,0 60,22 42,62 4,97! 28,88 50,98 72,88"),  # curly foot
        (2, "2,10 30,2 52,20 34,60 6,84! 40,84 90,90"),  # small head, long foot
        (1, "4,10 30,4 56,2 36,50 4,96! 62,98"),  # as a Z
        (1, "8,24 24,0 48,10 44,50 30,84 16,98! 44,98"),  # narrow, short foot
        (1, "2,18 24,0 56,20 58,58 34,96 2,92 10,68 40,70 66,100"),  # large loop, steep foot
        (1, "6,20 26,0 42,20 36,56 22,90 6,96 10,78 32,78 56,78"),  # narrow, rising foot
        (1, "8,14 36,0 50,20 40,50 20,78 0,90 4,74 40,74 96,66"),  # leaning, long foot
        (1, "12,16 30,0 44,14 36,40! 2,96! 20,88 52,90"),  # small, a break in the back
    ),
    (  # 3
        (3, "4,12 34,0 60,18 28,46! 64,68 42,98 0,90"),  # a corner in the middle
        (3, "4,12 34,0 58,18 40,42 28,48 44,52 64,72 40,99 2,88"),  # a small loop in the middle
        (2, "6,10 36,0 58,14 44,36 20,44! 56,56 60,80 36,98 0,96"),  # a flat end
        (1, "8,14 34,0 62,14 48,40 24,50 20,44 34,42 62,62 50,92 2,98"),  # a loop in the middle
        (2, "4,2! 60,0! 28,42! 62,60 58,88 32,100 0,90"),  # flat top
        (1, "0,10 34,4 66,2 44,30 26,44 52,54 54,80 30,100 4,96"),  # long top
        (1, "0,18 30,0 52,16 36,40 24,48! 66,50 78,74 48,98 4,88"),  # large belly
        (1, "2,10 36,0 46,14 30,36! 58,44 52,72 22,96 0,100"),  # falls to the left
        (1, "6,14 30,0 42,16 26,44! 46,58 42,86 20,100 0,94"),  # narrow
        (1, "0,12 24,0 40,10 30,34 14,42! 44,52 50,70 32,100"),  # no end
        (1, "0,24 26,2 44,14 30,48! 62,34 70,60 50,96 20,94"),  # leaning over
    ),
    (  # 4
        (3, "12,0 0,52! 62,48", "58,0 52,50 48,100"),  # open, straight
        (3, "8,4 4,40 26,54 56,40", "62,0 54,50 50,100"),  # open, round
        (1, "20,10 2,52! 76,44", "62,0 48,50 40,100"),  # open, long bar
        (1, "8,0 2,46 30,50 56,44 58,10! 56,50 52,100"),  # one stroke, open
        (2, "48,0! 0,62! 70,60", "48,0 46,50 44,100"),  # closed
        (1, "48,0! 0,60! 72,58 50,48 44,100"),  # one stroke, closed
    ),
    (  # 5
        (3, "14,2 8,42! 36,36 62,66 38,98 0,90", "12,3 64,0"),  # two strokes
        (2, "22,20 10,50! 36,44 52,70 32,98 0,94", "20,18 80,0"),  # a long bar that rises
        (2, "64,0! 16,4! 8,44! 38,38 62,68 36,99 0,90"),  # one stroke
        (2, "64,2 22,4 12,34 44,52 56,76 30,100 0,92"),  # as an S
        (1, "60,2! 18,2! 16,40 44,42 64,64 48,98 10,96 6,76 20,70"),  # the end rolls in
        (1, "10,6 4,46! 40,36 70,64 44,98 8,94 2,80", "10,6 62,2"),  # wide belly
        (1, "84,0 40,8! 26,44! 44,56 40,84 0,100"),  # steep, long bar
    ),
    (  # 6
        (3, "48,0 16,34 4,76 28,100 58,78 40,54 6,76"),  # closed
        (2, "34,0 8,46 6,86 34,99 54,76 34,60 12,80"),  # steep
        (2, "12,0 2,50 8,90 40,99 60,76 40,56 6,72"),  # as a b
        (2, "34,2 8,22 0,66 26,98 62,86 64,52 38,38 12,62 14,76"),  # large bowl
        (1, "50,0 14,28 2,72 30,100 72,84 66,60 36,62 26,84"),  # the end rolls in
        (1, "58,0 22,24 2,66 14,96 44,92 62,62 44,56 14,90"),  # leaning, small bowl
        (1, "30,0 6,40 4,84 30,98 60,82 54,62 24,72"),  # open bowl
    ),
    (  # 7
        (4, "0,8 60,2! 40,44 24,100"),  # plain
        (2, "0,22 4,4! 64,2! 40,46 26,100"),  # with a serif
        (1, "0,20 16,0 36,10 62,4! 40,46 26,100"),  # with a wave
        (2, "0,8 62,2! 38,48 24,100", "14,52 62,46"),  # with a bar
        (1, "0,12 28,2 58,6 46,40 26,100"),  # round
        (1, "0,20 20,2 54,4 60,40 42,100"),  # round, bent leg
        (1, "2,34 6,4! 62,4! 58,50 50,100"),  # a long serif, upright
        (1, "0,10 60,2! 40,44 20,100", "4,56 66,50"),  # a long bar
    ),
    (  # 8
        (3, "58,12 32,0 8,20 32,46 58,74 34,100 6,80 26,52 54,26 58,10"),  # one stroke, as an S
        (3, "60,8 34,0 10,16 24,40 46,66 42,92 22,100 10,84 26,56 54,24 70,0"),  # runs out to the right
        (2, "74,12 40,2 12,14 20,36 40,58 36,90 18,100 8,84 22,56 46,32 80,16"),  # flat head, runs out
        (1, "56,8 30,0 6,18 28,38 46,62 40,92 24,100 14,84 26,56 54,26"),  # open at the top right
        (1, "30,44 8,20 34,0 58,20 32,46 4,74 32,100 62,74 30,44"),  # from the middle
        (1, "8,4 22,40 46,74 34,100 14,84 24,56 50,20 30,2 4,8"),  # from the top left
        (2, "32,0 8,22 32,46 58,22 34,0", "32,46 4,74 32,100 62,74 32,46"),  # two rings
        (1, "32,0 4,30 32,60 62,30 34,0", "32,60 16,80 32,100 48,80 32,60"),  # large head
        (1, "50,22 30,10 10,28 32,48 50,70 30,98 8,80 34,54 60,34 70,0"),  # a long end
        (1, "66,6 20,0 6,20 40,50 48,84 20,100 10,80 40,46"),  # wide open
        (1, "40,0 2,22 40,48 78,20 40,0", "40,48 14,74 40,100 66,74 40,48"),  # two rings, wide head
    ),
    (  # 9
        (4, "60,18 32,0 4,28 24,48 58,26! 56,60 50,100"),  # straight tail
        (2, "58,16 34,0 6,24 24,46 56,24 60,60 42,96 8,92"),  # curved tail
        (2, "56,10 30,0 4,24 24,46 54,22 62,10 50,50 36,100"),  # the end crosses the beginning
        (1, "48,6 14,8 2,34 24,50 56,30 54,4! 54,50 54,100"),  # upright
        (1, "62,12 44,0 12,14 2,40 26,48 54,22! 40,64 28,100"),  # leaning
        (1, "42,0 8,18 6,40 28,46 60,14! 54,56 44,100"),  # open at the top
        (1, "64,8 28,2 2,36 22,68 58,40 66,6! 66,50 74,100"),  # large ring
        (1, "70,14 30,0 2,22 20,36 60,22! 52,60 36,100"),  # flat ring
        (1, "44,2 20,18 4,44 22,54 46,34 60,6! 48,54 30,100"),  # leaning, a narrow ring
        (1, "30,44 4,26 28,0 58,18 40,44 26,48 56,30 52,70 40,100"),  # from below
    ),
)


@dataclass(frozen=True, eq=False)
class Glyph:
    """One way to write a digit: the pen's path as a linear function of its control points."""

    weight: float  # how often people write it this way
    control: Floats  # (P, 2) the points, y from -1 to 1
    basis: Floats  # (M, P) path = basis @ control
    stroke: NDArray[np.int64]  # (M,) the stroke to which a point of the path belongs
    along: Floats  # (M,) how far along its stroke it is, 0 to 1


@cache
def glyphs(digit: int) -> tuple[Glyph, ...]:
    """All ways to write a digit."""
    return tuple(make_glyph(weight, strokes) for weight, *strokes in GLYPHS[digit])


def make_glyph(weight: float, strokes: Sequence[str]) -> Glyph:
    """The glyph of these strokes, each a string of points."""
    words = " ".join(strokes).split()
    control = np.array([[float(v) for v in word.rstrip("!").split(",")] for word in words])  # (P, 2)
    unit = np.eye(len(words))  # the points, each as weights of all points
    paths, first = [], 0
    for stroke in strokes:
        last = first + len(stroke.split()) - 1
        turns = [first, *(i for i in range(first + 1, last) if words[i].endswith("!")), last]
        pieces = [_curve(control[a : b + 1], unit[a : b + 1]) for a, b in pairwise(turns)]
        paths.append(np.concatenate(pieces))
        first = last + 1
    return Glyph(
        weight,
        control=(control - (control.max(axis=0) + control.min(axis=0)) / 2) / 50,
        basis=np.concatenate(paths),
        stroke=np.repeat(np.arange(len(paths)), [len(path) for path in paths]),
        along=np.concatenate([np.linspace(0, 1, len(path)) for path in paths]),
    )


def _curve(points: Floats, unit: Floats) -> Floats:
    """A Catmull-Rom spline through some points, as weights of all points.  (n, 2), (n, P) -> (m, P)"""
    unit = np.concatenate([_before(unit), unit, _before(unit[::-1])])
    rows = []
    for i, (start, stop) in enumerate(pairwise(points)):
        steps = max(2, round(float(np.hypot(*(stop - start))) / SPACING))
        t = np.arange(steps)[:, None] / steps
        a, b, c, d = unit[i : i + 4]
        rows.append(b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))))
    return np.concatenate([*rows, unit[-2:-1]])


def _before(unit: Floats) -> Floats:
    """A point before the first, on the parabola through the first three, so that ends are as round as the rest."""
    if len(unit) == 2:
        return 2 * unit[:1] - unit[1:2]
    return 3 * unit[:1] - 3 * unit[1:2] + unit[2:3]
