"""Augmentation: each picture a little different every time it is seen, many pictures at once."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.support.checks import instance, within
from numnist.support.serialisation import constructor_repr

Array = NDArray[Any]


@dataclass(frozen=True, repr=False)
class Augment:
    """Random changes of pictures; each size is the largest, drawn evenly from minus to plus it.

    shift: part of the picture's side;  rotation: degrees;  zoom: part of the size (0.15 is ±15%);
    shear: degrees;  elastic: pixels, the displacement's scale α in Simard et al. 2003, smoothed by a Gaussian of
    elastic_sigma pixels;  erase: the largest part of the side of a square put to the background's 0
    (arxiv.org/abs/1708.04552);  flip: mirror left and right half of the time (clothes, not digits).
    """

    shift: float = 0.0
    rotation: float = 0.0
    zoom: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    elastic_sigma: float = 4.0
    erase: float = 0.0
    flip: bool = False

    def __post_init__(self) -> None:
        limits = {"shift": 1, "rotation": 180, "zoom": 0.9, "shear": 60, "elastic": 1e3, "erase": 1}
        for name, most in limits.items():
            within(getattr(self, name), f"augment {name}", 0, most)
        within(self.elastic_sigma, "augment elastic_sigma", 0.1, 100)
        instance(self.flip, "augment flip", bool)

    def __call__(self, x: Array, rng: np.random.Generator) -> Array:
        """x: (N, C, H, W), uint8 0..255 or float 0..1 -> float32 0..1 of the same shape; x is not touched."""
        y: Array = np.multiply(x, 1 / 255 if x.dtype == np.uint8 else 1.0, dtype=np.float32)
        if self.flip:
            turned = rng.random(len(y)) < 0.5
            y[turned] = y[turned, :, :, ::-1]
        if self.shift or self.rotation or self.zoom or self.shear or self.elastic:
            y = resample(y, self._places(y.shape, rng))
        if self.erase:
            self._erase(y, rng)
        return y

    def _places(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Where in the old picture each pixel of the new one is found: (2, N, H, W), rows and columns."""
        N, _, H, W = shape
        turn, lean = (rng.uniform(-most, most, (N, 1, 1)) * pi / 180 for most in (self.rotation, self.shear))
        larger_y, larger_x = (1 + rng.uniform(-self.zoom, self.zoom, (N, 1, 1)) for _ in range(2))
        down, right = (rng.uniform(-self.shift, self.shift, (N, 1, 1)) * size for size in (H, W))
        i, j = np.arange(H)[:, None] - (H - 1) / 2 - down, np.arange(W) - (W - 1) / 2 - right  # (N, H, 1), (N, 1, W)
        i, j = i / larger_y, j / larger_x
        j = j + np.tan(lean) * i
        places = np.empty((2, N, H, W), np.float32)
        places[0] = np.cos(turn) * i - np.sin(turn) * j + (H - 1) / 2
        places[1] = np.sin(turn) * i + np.cos(turn) * j + (W - 1) / 2
        if self.elastic:
            noise = rng.uniform(-1, 1, (2, N, H, W)).astype(np.float32)
            places += self.elastic * (blur(H, self.elastic_sigma) @ noise @ blur(W, self.elastic_sigma).T)
        return places

    def _erase(self, y: Array, rng: np.random.Generator) -> None:
        """Put a square of each picture to 0, in place; it may hang over the border."""
        _, _, H, W = y.shape
        N = len(y)
        side = rng.uniform(0, self.erase, (N, 1))
        half_h, half_w = side * H / 2, side * W / 2
        i, j = (rng.uniform(0, size, (N, 1)) for size in (H, W))
        rows = np.abs(np.arange(H) + 0.5 - i) > half_h  # (N, H)
        columns = np.abs(np.arange(W) + 0.5 - j) > half_w  # (N, W)
        y *= rows[:, None, :, None] | columns[:, None, None, :]

    def __repr__(self) -> str:
        return constructor_repr(self)


def resample(x: Array, places: Array) -> Array:
    """Pictures read at other places, bilinearly; outside is 0.   x: (N, C, H, W), places: (2, N, H, W)"""
    N, C, H, W = x.shape
    padded = np.zeros((N, C, H + 3, W + 3), x.dtype)  # background around saves all border cases
    padded[:, :, 1 : H + 1, 1 : W + 1] = x
    rows, columns = np.clip(places[0] + 1, 0, H + 1), np.clip(places[1] + 1, 0, W + 1)
    top, left = np.floor(rows), np.floor(columns)
    down, right = (rows - top)[:, None], (columns - left)[:, None]  # (N, 1, H, W)
    flat = padded.reshape(N * C, -1)
    at = (top.astype(np.int32) * (W + 3) + left.astype(np.int32)).reshape(N, 1, -1)
    at = np.broadcast_to(at, (N, C, at.shape[-1])).reshape(N * C, -1)

    def corner(offset: int) -> Array:
        return np.take_along_axis(flat, at + offset, axis=1).reshape(N, C, H, W)

    upper = corner(0) * (1 - right) + corner(1) * right
    lower = corner(W + 3) * (1 - right) + corner(W + 4) * right
    y: Array = upper * (1 - down) + lower * down
    return y


def blur(size: int, sigma: float) -> Array:
    """Gaussian smoothing along one direction as a matrix: (size, size); beyond the border there is nothing."""
    reach = ceil(4 * sigma)
    distance = np.arange(size)[:, None] - np.arange(size)
    kernel = np.exp(-0.5 * (distance / sigma) ** 2)
    whole = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2).sum()
    return (kernel / whole).astype(np.float32)
