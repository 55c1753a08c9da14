"""Anything that holds numbers or words, such as lists, DataFrames and tensors, as one NumPy array."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.support.errors import DataError


def plain_array(values: Any, where: str) -> NDArray[Any]:
    """The values as an array of numbers, truth values or words.  `where` names them in messages.

    values: an array, a (nested) list, or anything with __array__, as a DataFrame, a tensor and a Pillow image have.
    Raises DataError for lists of different lengths, hidden or missing values, and objects that are none of these.
    """
    if hasattr(values, "toarray"):
        raise DataError(f"{where} is sparse, but numnist computes with all numbers: give its .toarray().")
    if np.ma.is_masked(values):
        raise DataError(f"{where} has masked values: fill them, for example with .filled(0), or leave them out.")
    try:
        array = np.asarray(values)
    except (ValueError, TypeError, RuntimeError) as error:  # lists of different lengths; tensors of another device
        raise DataError(
            f"{where} cannot become one array ({error}): pictures must all have the same size, and tensors lie in the "
            "computer's memory."
        ) from error
    return _without_objects(array, where) if array.dtype == object else array


def _without_objects(array: NDArray[Any], where: str) -> NDArray[Any]:
    """pandas has arrays of objects for words, for numbers that may be missing, and for columns of several types."""
    values = array.ravel().tolist()
    kinds = set(map(type, values))
    words = all(issubclass(kind, str) for kind in kinds)
    numbers = all(issubclass(kind, int | float | np.number | np.bool_) for kind in kinds)
    if not words and not numbers:
        for i, value in enumerate(values):
            if _is_missing(value):
                index = [int(k) for k in np.unravel_index(i, array.shape)]
                raise DataError(f"{where} has nothing at {index} ({value}): fill it, or leave it out.")
    found = np.array(values) if kinds and (words or numbers) else array
    if found.dtype == object:  # also whole numbers beyond 64 bits
        names = " and ".join(sorted(kind.__name__ for kind in kinds)[:3])
        raise DataError(f"{where} holds values of type {names or 'object'}: give numbers, or words as labels.")
    return found.reshape(array.shape)


def _is_missing(value: Any) -> bool:
    """None, NaN, and pandas' NA and NaT: they are not equal to themselves, or do not say whether they are."""
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):
        return True
