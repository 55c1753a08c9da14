"""Clothes as polygons, on the grounds on which people photograph them.

KINDS: ground -> what draws piece i with a random generator, (h, w) uint8; NAMES[i % len(NAMES)] is what it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

Draw = Callable[[int, np.random.Generator], Any]

# in hundredths of the longer side, x to the right and y down
SHAPES = {
    "T-shirt/top": "25,0 40,5 60,5 75,0 100,22 88,40 78,32 78,100 22,100 22,32 12,40 0,22",
    "Trouser": "28,0 72,0 78,50 80,100 60,100 51,30 49,30 40,100 20,100 22,50",
    "Bag": "0,35 25,35 28,12 38,4 62,4 72,12 75,35 100,35 97,95 3,95 3,35 32,35 66,35 63,16 37,16 34,35",
    "Ankle boot": "30,0 66,0 68,34 100,66 100,88 96,92 40,92 36,88 34,92 18,92 18,60 26,34",
}
NAMES = tuple(SHAPES)
FINE = 3


def piece(i: int, rng: np.random.Generator, side: int, margin: int) -> Any:
    """How much of each pixel the piece covers, (side, side)."""
    points = np.array([[float(n) for n in point.split(",")] for point in SHAPES[NAMES[i % len(NAMES)]].split()])
    points = (points + rng.normal(0, 0.8, points.shape)) * (side - 2 * margin) / 100 + margin
    sheet = Image.new("L", (side * FINE, side * FINE))
    ImageDraw.Draw(sheet).polygon([tuple(point) for point in points * FINE], fill=255)
    return np.asarray(sheet, np.float64).reshape(side, FINE, side, FINE).mean(axis=(1, 3)) / 255


def on(low: float, high: float, slope: float = 0.0, noise: float = 0.0, light: bool = False) -> Draw:
    """On a ground between these tones.   slope: of its light;  light: the piece is lighter than the ground"""

    def draw(i: int, rng: np.random.Generator) -> Any:
        side = int(rng.integers(200, 420))
        covered = piece(i, rng, side, int(side * rng.uniform(0.06, 0.3)))
        ground = rng.uniform(low, high) + rng.uniform(-slope, slope) * np.linspace(-1, 1, side)
        cloth = rng.uniform(0.75, 0.95) if light else rng.uniform(0.1, 0.35)
        picture = ground + (cloth - ground) * covered + rng.normal(0, noise, covered.shape)
        return np.rint(picture.clip(0, 1) * 255).astype(np.uint8)

    return draw


KINDS: dict[str, Draw] = {
    "clothes on white": on(0.98, 1.0),
    "clothes on grey": on(0.6, 0.9),
    "clothes on grey, with noise": on(0.6, 0.9, noise=0.02),
    "clothes in a soft gradient": on(0.7, 0.85, slope=0.08),
    "light clothes on a dark ground": on(0.1, 0.4, light=True),
}
