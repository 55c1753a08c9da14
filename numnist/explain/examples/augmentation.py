"""The example of augmentation: one small picture, turned, resized, sheared and moved, and the other changes alone."""

from __future__ import annotations

from math import cos, floor, pi, sin, tan

import numpy as np

from numnist.data.augment import Augment
from numnist.explain.checks import Check
from numnist.explain.examples.layer_example import ByHand
from numnist.explain.numbers import n
from numnist.nn.base import Array

PICTURE = np.array(
    ((0, 0, 0, 0, 0), (0, 0.2, 0.8, 0.2, 0), (0, 0, 1, 0.4, 0), (0, 0, 0.6, 0, 0), (0, 0, 0, 0, 0)), np.float32
)[None, None]  # (1, 1, 5, 5)
MOVED = Augment(shift=0.1, rotation=30, zoom=0.2, shear=10)
OTHERS = {"elastic": Augment(elastic=2, elastic_sigma=1), "erase": Augment(erase=0.6), "flip": Augment(flip=True)}
FLOAT32 = 1e-5  # places in the picture are float32: 5·10⁻⁷ of numbers up to 5, times what neighbouring pixels differ
FORMULAS = (
    "i = (row - (H - 1) / 2 - down) / zoom_y",
    "j = (column - (W - 1) / 2 - right) / zoom_x + tan(shear)·i",
    "r = cos(angle)·i - sin(angle)·j + (H - 1) / 2",
    "s = sin(angle)·i + cos(angle)·j + (W - 1) / 2",
    "y[row, column] = (1 - a)·(1 - b)·x[top, left] + (1 - a)·b·x[top, left + 1] "
    "+ a·(1 - b)·x[top + 1, left] + a·b·x[top + 1, left + 1]",
    "with top = ⌊r⌋, left = ⌊s⌋, a = r - top, b = s - left",
)
NOTE = (
    "Each pixel of the new picture y looks up where it comes from in x, at row r and column s, and takes the weighted "
    "mean of the four pixels around that place; outside of x is 0. The amounts (down, right, zoom_y, zoom_x, shear, "
    "angle) are drawn anew for each picture, uniformly up to their maximum. elastic adds smoothed noise to r and s; "
    "erase sets a square to 0; flip mirrors half of the pictures."
)


def amounts(seed: int = 0, augment: Augment = MOVED, H: int = 5, W: int = 5) -> dict[str, float]:
    """What is drawn for one picture, in the order in which it is drawn."""
    rng = np.random.default_rng(seed)
    angle, shear = (rng.uniform(-most, most) * pi / 180 for most in (augment.rotation, augment.shear))
    zoom_y, zoom_x = (1 + rng.uniform(-augment.zoom, augment.zoom) for _ in range(2))
    down, right = (rng.uniform(-augment.shift, augment.shift) * size for size in (H, W))
    return {"angle": angle, "shear": shear, "zoom_y": zoom_y, "zoom_x": zoom_x, "down": down, "right": right}


def source(row: int, column: int, d: dict[str, float], H: int = 5, W: int = 5) -> tuple[float, float]:
    """Where a pixel of the new picture comes from: r and s."""
    i = (row - (H - 1) / 2 - d["down"]) / d["zoom_y"]
    j = (column - (W - 1) / 2 - d["right"]) / d["zoom_x"] + tan(d["shear"]) * i
    r = cos(d["angle"]) * i - sin(d["angle"]) * j + (H - 1) / 2
    return r, sin(d["angle"]) * i + cos(d["angle"]) * j + (W - 1) / 2


def terms(x: Array, row: int, column: int) -> list[tuple[float, float]]:
    """(weight, pixel) of the four pixels around the place that a pixel comes from."""
    r, s = source(row, column, amounts())
    top, left, found = floor(r), floor(s), []
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        p, q = top + down, left + right
        weight = (r - top if down else 1 - (r - top)) * (s - left if right else 1 - (s - left))
        found.append((weight, float(x[p, q]) if 0 <= p < len(x) and 0 <= q < x.shape[1] else 0.0))
    return found


def run_augment() -> tuple[dict[str, dict[str, Array]], tuple[ByHand, ...], tuple[Check, ...]]:
    """The arrays in groups, some of them by hand, and the checks."""
    x, y = PICTURE[0, 0], MOVED(PICTURE, np.random.default_rng(0))[0, 0]
    again = np.array([[sum(w * v for w, v in terms(x, row, column)) for column in range(5)] for row in range(5)])
    by_hand = tuple(
        ByHand("y", at, " + ".join(f"{n(w)}·{n(v)}" for w, v in terms(x, *at)), float(again[at]))
        for at in ((1, 2), (2, 3))
    )
    others = {name: augment(PICTURE, np.random.default_rng(3))[0, 0] for name, augment in OTHERS.items()}
    flipped, erased = others["flip"], others["erase"]
    checks = (
        Check("the formulas, pixel by pixel: largest difference", float(np.abs(y - again).max()), FLOAT32),
        Check("flip mirrors or leaves alone: largest difference", float(min(
            np.abs(flipped - x).max(), np.abs(flipped - x[:, ::-1]).max())), 0.0),
        Check("erase sets to 0 or leaves alone: largest difference", float(
            np.minimum(np.abs(erased - x), np.abs(erased)).max()), 0.0),
    )  # fmt: skip
    drawn = {name: np.array([value]) for name, value in amounts().items()}
    return {"": {"x": x, "y": y}, "drawn": drawn, "the other changes, each alone": others}, by_hand, checks
