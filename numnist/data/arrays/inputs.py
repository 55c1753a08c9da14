"""Pictures or features, from arrays of people's own: where both are possible, neither is guessed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.arrays.plain import plain_array
from numnist.data.checks import SMALLEST, as_pictures, square_side
from numnist.data.pixels import check_finite, full_range
from numnist.support.errors import DataError, UsageError

_TINY = 3  # side of squares that are no pictures: 4 and 9 are usual numbers of features
_LARGE = 16  # side of colour pictures in rows: 3·16·16 and more whole numbers 0..255 are hardly features
_SPREAD = 1e-5  # standard deviation of a feature over its largest value; below, float32 has too few numbers for it


def read_inputs(
    parts: Sequence[tuple[Any, str]], features: bool | None = None
) -> tuple[list[NDArray[Any]], tuple[str, ...]]:
    """Pictures (N, C, H, W), or features as (N, F, 1, 1), and notes.

    parts: values and their name in messages, those to train with first.
    features: True, (N, F) are features;  False, they are rows of square pictures;  None, they are pictures if they can
    be nothing else, and features if they cannot be pictures.
    Pictures are uint8 0..255 or float32 0..1, scaled alike if their white is 1 or 16; features are float32.
    Raises DataError, also for what can be either.
    """
    arrays = [(plain_array(values, where), where) for values, where in parts]
    if features is None:
        features = _are_features(*arrays[0])
    if features:
        read: list[NDArray[Any]] = [_as_features(x, where) for x, where in arrays]
        _check_spread(*arrays[0])
        return read, ()
    return full_range([_as_pictures(x, where) for x, where in arrays])


def _as_pictures(x: NDArray[Any], where: str) -> NDArray[Any]:
    side = square_side(x.shape[1]) if x.ndim == 2 else 0
    return as_pictures(x.reshape(-1, 1, side, side) if side > 1 and len(x) else x, where)


def _are_features(x: NDArray[Any], where: str) -> bool:
    """True for features, False for pictures and what is wrong.  Raises DataError for what may be either."""
    if x.ndim == 4 and x.shape[1] not in (1, 3) and x.shape[2:] == (1, 1):
        raise _open(x, where, "features as a Dataset has them, or pictures of one column")
    if x.ndim != 2 or not x.size or x.dtype.kind not in "iufb":
        return False
    side, colour = square_side(x.shape[1]), square_side(x.shape[1] // 3) if x.shape[1] % 3 == 0 else 0
    check_finite(x, where)
    if x.dtype == np.uint8:  # bytes are pixels
        if side > 1:
            return False
        raise _open(x, where, "pixels of pictures that are not square, or in colour, or features")
    pixels = _may_be_pixels(x)
    if side >= SMALLEST:
        if not pixels:
            raise _open(x, where, "pictures whose pixels are not 0..255 or 0..1, or features")
        return False
    if side > _TINY and pixels:
        raise _open(x, where, f"pictures of {side}×{side} pixels, or features")
    if colour >= _LARGE and pixels:
        raise _open(x, where, f"colour pictures of {colour}×{colour} pixels, or features")
    return True


def _may_be_pixels(x: NDArray[Any]) -> bool:
    low, high = x.min(), x.max()
    return bool(low >= 0 and (high <= 1 or (high <= 255 and np.array_equal(x, np.rint(x)))))


def _open(x: NDArray[Any], where: str, what: str) -> DataError:
    found = "" if x.dtype == bool else f", from {x.min():.4g} to {x.max():.4g}"
    return DataError(
        f"{where} has the shape {x.shape}{found}, which may be {what}. For features say features=True. For pictures "
        "name all axes, x.reshape(-1, H, W) or, for colour, x.reshape(-1, H, W, 3); their pixels are whole numbers "
        "0..255 or floats 0..1, as x = (x - x.min()) / (x.max() - x.min()) makes them, over all splits together."
    )


def _as_features(x: NDArray[Any], where: str) -> NDArray[np.float32]:
    """Numbers (N, F), or (N, F, 1, 1) as a Dataset has them, as float32 (N, F, 1, 1)."""
    if x.ndim not in (2, 4) or (x.ndim == 4 and x.shape[2:] != (1, 1)):
        raise UsageError(
            f"{where} has the shape {x.shape}, but features are (N, F): for pictures leave out features=True."
        )
    if not x.size:
        raise DataError(f"{where} holds no features (shape {x.shape}).")
    if x.dtype.kind not in "iufb":
        raise DataError(f"{where} holds values of type {x.dtype}, but features are numbers: encode words as numbers.")
    check_finite(x, where)
    x = x.reshape(len(x), -1)
    largest = np.abs(x.astype(np.float64)).max(axis=0)
    if largest.max() > 1e15:  # whose squares, in a standard deviation, are near the end of float32
        raise DataError(
            f"{where}, feature {largest.argmax()} (from 0) has values up to {largest.max():.4g}: rescale it."
        )
    return np.ascontiguousarray(x.astype(np.float32)[:, :, None, None])


def _check_spread(x: NDArray[Any], where: str) -> None:
    """Raise DataError for a feature that float32 would round to nothing, such as a time in seconds since 1970."""
    if x.dtype.kind not in "iuf" or not x.size:
        return
    x = x.reshape(len(x), -1).astype(np.float64)
    spread, largest = x.std(axis=0), np.abs(x).max(axis=0)
    narrow = np.flatnonzero((spread > 0) & (spread < _SPREAD * largest))
    if len(narrow):
        k = narrow[0]
        raise DataError(
            f"{where}, feature {k} (from 0) varies by {spread[k]:.3g} around {x[:, k].mean():.6g}, which float32 "
            "cannot tell apart well: subtract its mean first."
        )
