"""Normalisation: pixels 0..255 to zero mean and unit variance, measured once on the training pictures."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.support.errors import UsageError

Array = NDArray[Any]
KINDS = ("global", "pixel", "unit")
BLOCK = 4096  # pictures at a time: a float64 copy of a whole data set would not fit on small machines


@dataclass(frozen=True, eq=False)
class Normalization:
    """(pixel/255 - mean) / std.   mean, std: float64, (C, 1, 1), or (C, H, W) for kind "pixel"

    "global": one mean and std for each channel, over the training split, and so for each feature, (F, 1, 1);
    "pixel": one for each pixel;
    "unit": mean 0 and std 1, which only divides by 255.
    Raises UsageError for a mean or std that is not finite, and a std that is not positive.
    """

    kind: str
    mean: Array
    std: Array

    def __post_init__(self) -> None:
        if not (np.isfinite(self.mean).all() and np.isfinite(self.std).all() and np.all(self.std > 0)):
            raise UsageError("a normalisation needs means that are finite and standard deviations above 0.")

    @classmethod
    def unit(cls, channels: int = 1) -> Normalization:
        """Mean 0 and std 1."""
        return cls("unit", np.zeros((channels, 1, 1)), np.ones((channels, 1, 1)))

    @classmethod
    def fit(cls, kind: str, x: Array) -> Normalization:
        """Measured on x: (N, C, H, W), uint8 0..255 or float 0..1, or features.  Raises UsageError for others."""
        if kind not in KINDS:
            raise UsageError(f"unknown normalization {kind!r}; there are {', '.join(KINDS)}.")
        if kind == "unit" or not len(x):
            return cls.unit(x.shape[1])
        total: Array = np.zeros(x.shape[1:])
        squares: Array = np.zeros(x.shape[1:])
        for start in range(0, len(x), BLOCK):
            block = unit_floats(x[start : start + BLOCK], np.float64)
            total += block.sum(axis=0)
            squares += (block * block).sum(axis=0)
        mean, square = total / len(x), squares / len(x)  # (C, H, W)
        if kind == "global":
            mean, square = mean.mean(axis=(1, 2), keepdims=True), square.mean(axis=(1, 2), keepdims=True)
        std = np.sqrt(np.maximum(square - mean * mean, 0))
        flat = std <= 1e-6 * np.abs(mean) if is_features(x.shape[1:]) else std < 1e-3
        std[flat] = 1  # a pixel that is the same in every picture is not divided by nearly 0
        return cls(kind, mean, std)

    def apply(self, x: Array, dtype: Any, out: Array | None = None) -> Array:
        """x: (N, C, H, W), uint8 0..255 or float 0..1 -> (C, H, W, N) of dtype, batch-last and contiguous.

        out: the array to write to.
        """
        scale, offset = self.line(x.dtype, dtype)
        N, shape = len(x), x.shape[1:]
        columns = np.ascontiguousarray(x.reshape(N, prod(shape)).T).reshape(*shape, N)  # (C, H, W, N)
        y: Array = np.multiply(columns, scale, out=out, dtype=dtype)
        y += offset
        return y

    def line(self, given: Any, dtype: Any) -> tuple[Any, Any]:
        """(scale, offset) of the normalised pixel·scale + offset, for pixels of type `given`: one number each, or
        (C, 1, 1, 1), or (C, H, W, 1)."""
        unit = 255 if given == np.uint8 else 1
        if self.std.size == 1:  # on Python's numbers: a tenth of the time, which counts for one picture
            mean, std, number = self.mean.item(), self.std.item(), np.dtype(dtype).type
            return number(1 / (unit * std)), number(-mean / std)
        scale, offset = 1 / (unit * self.std), -self.mean / self.std
        return scale.astype(dtype)[..., None], offset.astype(dtype)[..., None]


def is_features(shape: tuple[int, ...]) -> bool:
    """Whether inputs of this shape, (C, H, W), are features, numbers of any size, instead of pictures."""
    return shape[1:] == (1, 1)


def unit_floats(x: Array, dtype: Any) -> Array:
    """Pixels as floats 0..1, whether they are uint8 0..255 or floats already."""
    return x.astype(dtype) / 255 if x.dtype == np.uint8 else x.astype(dtype)
