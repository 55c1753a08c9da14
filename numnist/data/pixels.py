"""Numbers as pixels, uint8 0..255 or float32 0..1; whatever else they are is scaled with a note, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.support.errors import DataError

# What white may be where no pixel is larger: pixels of 1, 2 and 3 bits, and 0..16 as scikit-learn's and UCI's digits
# have them.  White of 4 bits, 15, cannot be told from these and becomes 239.
WHITES = (1, 3, 7, 16)
_ROUNDED = 1e-6  # so far beyond 0..1 are floats that were rounded


def as_pixels(x: NDArray[Any], where: str) -> NDArray[Any]:
    """The same values as uint8 0..255 or as float32 0..1.

    Whole numbers 0..255 of any type become uint8, True is 1.  Raises DataError for anything else, and says how
    to rescale it.
    """
    if x.dtype == np.uint8:
        return x
    if x.dtype == bool:
        return x.view(np.uint8)
    if x.dtype.kind not in "iuf":
        raise DataError(f"{where} holds values of type {x.dtype}, but pixels are numbers: save them as uint8 0..255.")
    check_finite(x, where)
    low, high = x.min(), x.max()
    if x.dtype.kind == "f" and low >= -_ROUNDED and high <= 1 + _ROUNDED:
        pixels = x.astype(np.float32)
        return pixels if 0 <= low <= high <= 1 else np.clip(pixels, 0, 1)
    if low < 0 or high > 255:
        raise range_error(x, where)
    whole = x.astype(np.uint8)
    if not np.array_equal(whole, x):
        raise range_error(x, where)
    return whole


def check_finite(x: NDArray[Any], where: str) -> None:
    """Raise DataError where a value of x, any numbers, is infinite or not a number."""
    if x.dtype.kind == "f" and not np.isfinite([x.min(), x.max()]).all():  # NaN if any value is NaN
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
        raise DataError(
            f"{where} holds {x[index]} at {list(index)}, which is infinite or not a number: replace it, for example "
            "by numpy.nan_to_num(x), or leave out what is incomplete."
        )


def range_error(x: NDArray[Any], where: str, otherwise: str = "") -> DataError:
    """What to do about numbers that are no pixels.   otherwise: another way out, as a clause"""
    low, high = x.min(), x.max()
    if x.dtype == np.int8:
        how = "these are bytes, so read them without a sign: x = x.view(numpy.uint8)"
    elif low >= 0 and 16 < high <= 255:
        how = "for numbers 0..255 that is x = x / 255"
    elif -1 <= low < 0 and high <= 1:
        how = "for numbers -1..1 that is x = (x + 1) / 2"
    elif low >= 0 and x.dtype.kind in "iu" and high <= 65535:
        how = "for numbers of 16 bits that is x = x / 65535"
    else:
        how = "for any numbers that is x = (x - x.min()) / (x.max() - x.min()), over all splits together"
    return DataError(
        f"{where} holds numbers from {low:.6g} to {high:.6g}, but pixels are whole numbers 0..255 or floats 0..1. "
        "Pictures that are standardised or scaled otherwise are not what a model meets later: give them as they were "
        f"before, since numnist normalises them itself, or rescale them; {how}{otherwise}."
    )


def full_range(parts: Sequence[NDArray[Any]]) -> tuple[list[NDArray[Any]], tuple[str, ...]]:
    """Pictures whose white is 1, 3, 7 or 16 as pictures 0..255, and a note that says so; others as they are.

    parts: the pictures of all splits, uint8 or float32.  They are scaled alike, and one bright pixel in any of them is
    enough for none to be scaled: a few dark pictures alone never are.
    """
    parts = list(parts)
    if any(part.dtype != np.uint8 for part in parts):
        return parts, ()
    largest = max((int(part.max()) for part in parts if part.size), default=255)
    if largest == 0:
        return parts, ("all pixels are 0: there is nothing on these pictures",)
    if largest > WHITES[-1]:
        return parts, ()
    white = next(white for white in WHITES if white >= largest)
    scaled = np.clip(np.rint(np.arange(256) * (255 / white)), 0, 255).astype(np.uint8)
    note = (
        f"the largest pixel is {largest}, so pixels are taken to run from 0 to {white} and are scaled to 0..255; if "
        "they are meant to be that dark, rescale them yourself"
    )
    return [scaled[part] for part in parts], (note,)
