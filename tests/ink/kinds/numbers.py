"""Numbers: digits of the hands side by side on one page."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ink.kinds.digits import coverage, trimmed
from tests.serve.page.hands import hands

Box = tuple[int, int, int, int]


def number(
    seed: int, *, height: float, gap: float, digits: int | None = None, noise: float = 0.0
) -> tuple[Any, str, list[Box]]:
    """A picture of 2 to 6 digits (h, w) uint8, dark on light, its label, and each digit's box.

    height: pixels of a digit, of which each differs a little, as the line they stand on;  gap: between their boxes, of
    the height;  box: top, left, bottom, right (exclusive) of what is covered at least to a quarter.
    """
    rng, every = np.random.default_rng(seed), hands()
    chosen = [every[rng.integers(len(every))] for _ in range(digits or int(rng.integers(2, 7)))]
    pen, side = max(1.5, height * rng.uniform(0.07, 0.13)), int(1.6 * height) + 8
    tiles = []
    for hand in chosen:
        size = height * rng.uniform(0.75, 1.1)
        tiles.append(trimmed(coverage(hand, (side, side), size, (side / 2, side / 2), pen, rng), 0.25))
    between = max(2, round(gap * height))
    page = np.zeros((2 * side, sum(tile.shape[1] for tile in tiles) + between * len(tiles) + 2 * side))
    at, boxes = side, []
    for tile in tiles:
        top = int(side - tile.shape[0] / 2 + height * rng.uniform(-0.12, 0.12))
        box = (top, at, top + tile.shape[0], at + tile.shape[1])
        page[box[0] : box[2], box[1] : box[3]] = tile
        boxes.append(box)
        at = box[3] + between
    light = rng.uniform(0.85, 1.0) - rng.uniform(0.6, 0.8) * page + noise * rng.normal(size=page.shape)
    return np.rint(255 * light.clip(0, 1)).astype(np.uint8), "".join(str(hand.digit) for hand in chosen), boxes
