"""Pictures as they come in Python: paths, arrays of any layout, lists, images of Pillow, the bytes of a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.arrays.plain import plain_array
from numnist.data.checks import as_pictures
from numnist.data.formats.image import pixels_of, read_picture
from numnist.data.pictures import Note, Picture, Unreadable, read_pictures
from numnist.data.rows import Rows, rows_in_full_range
from numnist.support.errors import UsageError

WHERE = "the array"  # what messages call it


def from_python(
    pictures: Any, shape: tuple[int, int, int], note: Note, label_column: str | None = None
) -> Iterator[Picture | Rows | Unreadable]:
    """Pictures for a model that takes the shape (C, H, W).

    pictures: a path, as for `find`;  the bytes of a picture file;  an image of Pillow;  one picture (h, w), (h, w, 3),
    (h, w, 4) or (C·H·W,);  several as (N, h, w), (N, h, w, 1, 3 or 4), (N, 1 or 3, h, w) or (N, C·H·W);  or an
    iterable of all these.  Raises UsageError or DataError for what is none, or could be two of them.
    """
    if isinstance(pictures, (str, os.PathLike)):
        yield from read_pictures([os.fspath(pictures)], note, label_column)
    elif isinstance(pictures, (bytes, bytearray, memoryview)):
        yield Picture(None, read_picture(bytes(pictures)))
    elif _is_image(pictures):
        yield Picture(None, pixels_of(pictures, "the picture"))
    elif hasattr(pictures, "__array__") or _is_numbers(pictures):
        yield from _from_array(pictures, shape)
    elif isinstance(pictures, (list, tuple)) and len({_form(each) for each in pictures} - {None}) == 1 and pictures:
        yield from _from_array(np.stack([np.asarray(each) for each in pictures]), shape)
    elif isinstance(pictures, Iterable):
        for each in pictures:
            yield from from_python(each, shape, note, label_column)
    else:
        raise UsageError(f"{type(pictures).__name__} is no picture: give an array, or the path of a picture.")


def _is_image(picture: Any) -> bool:
    """Whether this is an image of Pillow, which has been imported if there is one."""
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(picture, pillow.Image)


def _is_numbers(value: Any) -> bool:
    """Whether this is a number, or a list of numbers, or a list of such lists."""
    while isinstance(value, (list, tuple)) and value:
        value = value[0]
    return isinstance(value, (bool, int, float, np.number, np.bool_))


def _form(picture: Any) -> tuple[Any, ...] | None:
    """Shape and type of an array; None for anything else."""
    return None if _is_image(picture) or not isinstance(picture, np.ndarray) else (picture.shape, picture.dtype)


def _from_array(given: Any, shape: tuple[int, int, int]) -> Iterator[Picture | Rows]:
    x, single = _arranged(_light(plain_array(given, WHERE)), shape)
    if x.shape[3] == 4:
        yield from (Picture(None, each) for each in x)
        return
    x = as_pictures(x, WHERE)
    if single:
        yield Picture(None, np.moveaxis(x[0], 0, 2))
    else:
        yield rows_in_full_range(Rows(None, x, labelled=False))


def _light(x: NDArray[Any]) -> NDArray[Any]:
    """Pixels of which all are 0 or 1 are black and white, whatever their type."""
    if x.dtype == bool or (x.dtype.kind in "iu" and x.size and x.min() >= 0 and x.max() == 1):
        return x.astype(np.uint8) * np.uint8(255)
    return x


def _arranged(x: NDArray[Any], shape: tuple[int, int, int]) -> tuple[NDArray[Any], bool]:
    """The pictures channels last or first, as `as_pictures` takes them, with four axes; and whether it is only one."""
    size = prod(shape)
    if x.shape == (size,) or (x.ndim == 2 and x.shape[1] == size and x.shape != shape[1:]):
        return x.reshape(-1, *shape), x.ndim == 1
    if x.ndim == 2 and x.size:
        return x[None, :, :, None], True
    if x.ndim == 3 and x.size:
        if x.shape == shape and shape[0] == 3:
            raise UsageError(
                f"{WHERE} of shape {x.shape} may be one picture in colour or three grey ones: give x[None] or "
                "x[:, None]."
            )
        return (x[None], True) if x.shape[2] in (1, 3, 4) else (x[:, None], False)
    if x.ndim == 4 and x.size:
        last, first = x.shape[3] in (1, 3, 4), x.shape[1] in (1, 3)
        if x.shape[1:] == shape or first != last:
            return (x, False) if first else (np.ascontiguousarray(x), False)
        if first:
            raise UsageError(
                f"{WHERE} of shape {x.shape} may have its channels first or last: give pictures of at least 5×5 pixels."
            )
    raise UsageError(
        f"{WHERE} has the shape {x.shape}, but pictures are (N, h, w), (N, h, w, 3), (N, 3, h, w) or (N, {size}), and "
        "one is (h, w) or (h, w, 3): reshape it."
    )
