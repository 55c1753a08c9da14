"""Augmentation: random changes of the training pictures, new ones in every epoch, for a whole batch at once."""

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
    """Random changes of pictures.  Every amount is a maximum: the change is uniform from minus to plus it.

    shift: fraction of the picture's side;  rotation: degrees;  zoom: fraction of the size (0.15 is ±15%);
    shear: degrees;  elastic: pixels, the scale α of the displacement (Simard et al. 2003), smoothed by a Gaussian of
    elastic_sigma pixels;  erase: cutout, the largest side of a square set to 0, as a fraction of the picture's
    (arxiv.org/abs/1708.04552);  flip: mirror left and right half of the time (clothes, not digits).
    Raises UsageError for amounts that make no sense.
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
        """x: (N, C, H, W), uint8 0..255 or float 0..1 -> float32 0..1 of the same shape; x is not changed."""
        y: Array = np.multiply(x, 1 / 255 if x.dtype == np.uint8 else 1.0, dtype=np.float32)
        if self.flip:
            flipped = rng.random(len(y)) < 0.5
            y[flipped] = y[flipped, :, :, ::-1]
        if self.shift or self.rotation or self.zoom or self.shear or self.elastic:
            y = resample(y, self._sampling_grid(y.shape, rng))
        if self.erase:
            self._erase(y, rng)
        return y

    def _sampling_grid(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """The place in the old picture of each pixel of the new one: (2, N, H, W), rows and columns."""
        N, _, H, W = shape
        angle, shear = (rng.uniform(-most, most, (N, 1, 1)) * pi / 180 for most in (self.rotation, self.shear))
        zoom_y, zoom_x = (1 + rng.uniform(-self.zoom, self.zoom, (N, 1, 1)) for _ in range(2))
        down, right = (rng.uniform(-self.shift, self.shift, (N, 1, 1)) * size for size in (H, W))
        i, j = np.arange(H)[:, None] - (H - 1) / 2 - down, np.arange(W) - (W - 1) / 2 - right  # (N, H, 1), (N, 1, W)
        i, j = i / zoom_y, j / zoom_x
        j = j + np.tan(shear) * i
        grid = np.empty((2, N, H, W), np.float32)
        grid[0] = np.cos(angle) * i - np.sin(angle) * j + (H - 1) / 2
        grid[1] = np.sin(angle) * i + np.cos(angle) * j + (W - 1) / 2
        if self.elastic:
            noise = rng.uniform(-1, 1, (2, N, H, W)).astype(np.float32)
            grid += self.elastic * (blur(H, self.elastic_sigma) @ noise @ blur(W, self.elastic_sigma).T)
        return grid

    def _erase(self, y: Array, rng: np.random.Generator) -> None:
        """Set a square of each picture to 0, in place; it may extend beyond the border."""
        N, _, H, W = y.shape
        side = rng.uniform(0, self.erase, (N, 1))
        half_h, half_w = side * H / 2, side * W / 2
        i, j = (rng.uniform(0, size, (N, 1)) for size in (H, W))
        rows = np.abs(np.arange(H) + 0.5 - i) > half_h  # (N, H)
        columns = np.abs(np.arange(W) + 0.5 - j) > half_w  # (N, W)
        y *= rows[:, None, :, None] | columns[:, None, None, :]

    def __repr__(self) -> str:
        return constructor_repr(self)


def resample(x: Array, grid: Array) -> Array:
    """Bilinear interpolation at the places of a grid; outside is 0.   x: (N, C, H, W), grid: (2, N, H, W)"""
    N, C, H, W = x.shape
    padded = np.zeros((N, C, H + 3, W + 3), x.dtype)  # a border of background avoids special cases
    padded[:, :, 1 : H + 1, 1 : W + 1] = x
    rows, columns = np.clip(grid[0] + 1, 0, H + 1), np.clip(grid[1] + 1, 0, W + 1)
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
    """Gaussian smoothing along one axis as a matrix (size, size); beyond the border is 0."""
    reach = ceil(4 * sigma)
    distance = np.arange(size)[:, None] - np.arange(size)
    kernel = np.exp(-0.5 * (distance / sigma) ** 2)
    whole = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2).sum()
    return (kernel / whole).astype(np.float32)
