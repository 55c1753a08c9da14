"""What all formats share: opening a user's files, and checking that arrays are pictures and labels.

DataError names what is wrong and where.  Gzip is recognised by its first bytes instead of a name.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from numnist.support.errors import DataError

MAX_BYTES = 8 * 2**30  # all data is held in memory; larger files are refused before they are unpacked
MAX_CLASSES = 10_000  # the largest data sets of Chinese characters have about 7,000

GZIP_MAGIC = b"\x1f\x8b"
GET_AGAIN = "get the file again from where it came from"


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Turn an OSError in the block into a DataError that names the path."""
    try:
        yield
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): check the path.") from error


@contextmanager
def unpacked(file: IO[bytes], where: str) -> Iterator[IO[bytes]]:
    """The content of a file, unpacked if it is gzip data.  Raises DataError if that is broken; `where` names it."""
    packed = file.read(2) == GZIP_MAGIC
    file.seek(0)
    if not packed:
        yield file
        return
    try:
        with gzip.GzipFile(fileobj=file) as content:
            yield cast("IO[bytes]", content)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:  # EOFError: it is cut off
        raise DataError(f"{where} is broken gzip data ({error}): {GET_AGAIN}.") from error


def as_pictures(x: NDArray[Any], where: str) -> NDArray[Any]:
    """Pictures as numnist keeps them: (N, C, H, W), uint8 0..255 or float32 0..1.

    x: (N, H, W), (N, C, H, W) or (N, H, W, C) with 1 or 3 channels; whole numbers 0..255 or floats 0..1.
    """
    if x.ndim == 3:
        x = x[:, None]  # (N, 1, H, W)
    elif x.ndim == 4 and x.shape[1] not in (1, 3) and x.shape[3] in (1, 3):
        x = np.moveaxis(x, 3, 1)  # (N, C, H, W)
    if x.ndim != 4 or x.shape[1] not in (1, 3):
        raise DataError(
            f"{where} has the shape {x.shape}, but pictures are (N, H, W), (N, C, H, W) or (N, H, W, C) with 1 or "
            "3 channels: reshape the array, or name the right file."
        )
    if 0 in x.shape:
        raise DataError(f"{where} holds no pictures (shape {x.shape}): name a file that does.")
    return np.ascontiguousarray(_as_pixels(x, where))


def _as_pixels(x: NDArray[Any], where: str) -> NDArray[Any]:
    """The same values as uint8 or as float32 0..1."""
    if x.dtype == np.uint8:
        return x
    if x.dtype.kind not in "iuf":
        raise DataError(f"{where} holds values of type {x.dtype}, but pixels are numbers: save them as uint8 0..255.")
    low, high = x.min(), x.max()  # NaN if any value is NaN
    if x.dtype.kind == "f" and not (np.isfinite(low) and np.isfinite(high)):
        raise DataError(f"{where} holds values that are infinite or not a number: save the pixels as uint8 0..255.")
    if low < 0 or high > 255:
        raise DataError(
            f"{where} holds values from {low} to {high}, but pixels are 0..255, or floats 0..1: rescale them."
        )
    if x.dtype.kind == "f" and high <= 1:
        return x.astype(np.float32)
    pixels = x.astype(np.uint8)
    if not np.array_equal(pixels, x):
        raise DataError(
            f"{where} holds fractions and values up to {high}: neither floats 0..1 nor whole numbers 0..255; "
            "divide them by 255 or round them."
        )
    return pixels


def as_labels(labels: NDArray[Any], where: str, pictures: int) -> NDArray[np.int64]:
    """Labels as numnist keeps them, (N,) int64, one for each of `pictures` pictures."""
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(
            f"{where} has the shape {labels.shape} and the type {labels.dtype}, but labels are whole numbers of "
            "shape (N,): name the file with the labels."
        )
    if len(labels) != pictures:
        raise DataError(
            f"{where} holds {len(labels):,} labels for {pictures:,} pictures: images and labels must come in "
            "pairs, from the same source."
        )
    if not len(labels):
        raise DataError(f"{where} holds no labels: name a file that does.")
    wrong = np.flatnonzero((labels < 0) | (labels >= MAX_CLASSES))
    if len(wrong):
        raise DataError(
            f"{where} has the label {labels[wrong[0]]} for picture {wrong[0]} (from 0), but labels are classes "
            "numbered 0, 1, 2 …: renumber the classes."
        )
    return labels.astype(np.int64)


def class_names(labels: NDArray[np.int64], where: str) -> tuple[str, ...]:
    """Names "0", "1", … for as many classes as the labels show.

    A single wrong label would make hundreds of empty classes.  So more than half of them empty is an error, but for
    the ten digits, of which a small excerpt may lack many.
    """
    count, present = int(labels.max()) + 1, len(np.unique(labels))
    if count > max(10, 2 * present):
        raise DataError(
            f"{where} has the label {count - 1}, but only {present} different labels in all: a label is wrong, or "
            "the classes should be numbered 0, 1, 2 … without gaps."
        )
    return tuple(str(number) for number in range(count))
