"""What all formats share: opening a user's files, and checking that arrays are pictures and labels.

DataError names what is wrong and where.  Gzip is recognised by its first bytes instead of a name.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import isqrt
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from numnist.data.pixels import as_pixels, check_finite
from numnist.support.errors import DataError

MAX_BYTES = 8 * 2**30  # all data is held in memory; larger files are refused before they are unpacked
MAX_CLASSES = 10_000  # the largest data sets of Chinese characters have about 7,000

CHANNELS = (1, 3)  # grey, colour
SMALLEST = 8  # side of pictures in rows of numbers: scikit-learn's digits; fewer numbers are more likely features

RATIO, FREE = 200, 16_000_000  # data may be larger than FREE bytes, or compressed to less than 1 in RATIO
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


def check_unpacked(size: int, packed: int, where: str, ratio: int = RATIO) -> None:
    """Raise DataError for what unpacks to far more than pictures do: MNIST's to 4.5 times its size."""
    if size > FREE and size > ratio * packed:
        raise DataError(
            f"{where} would unpack {packed / 1e6:.1f} MB to {size / 1e6:,.0f} MB or more, over {ratio} times as much: "
            "save it uncompressed if it is meant, arrays with numpy.savez."
        )


def as_pictures(x: NDArray[Any], where: str) -> NDArray[Any]:
    """Pictures as numnist keeps them: (N, C, H, W), uint8 0..255 or float32 0..1.

    x: (N, H, W); (N, C, H, W) or (N, H, W, C) with 1 or 3 channels; or (N, H·H), rows of square pictures of at least
    8×8, or of any size if they are bytes.  Values: see as_pixels.
    Raises DataError, also where two readings of a shape are possible: none is guessed.
    """
    if 0 in x.shape:
        raise DataError(f"{where} holds no pictures (shape {x.shape}): name a file that does.")
    check_finite(x, where)  # here, where its place is that in the array as given
    return np.ascontiguousarray(as_pixels(_channels_first(x, where), where))


def _channels_first(x: NDArray[Any], where: str) -> NDArray[Any]:
    """Any usual shape of pictures as (N, C, H, W)."""
    if x.ndim == 2:
        side = square_side(x.shape[1])
        if side >= SMALLEST or (side >= 2 and x.dtype == np.uint8):
            return x.reshape(-1, 1, side, side)
        raise DataError(
            f"{where} has the shape {x.shape}, and {x.shape[1]} numbers a row are no square picture of at least "
            f"{SMALLEST}×{SMALLEST}: give height and width with x.reshape(-1, H, W), or -1, H, W, 3 for colour."
        )
    if x.ndim == 3:
        _, H, W = x.shape
        if min(H, W) in (1, 3):  # rows of pixels with their channels, or one picture alone
            raise DataError(
                f"{where} has the shape {x.shape}, which can be pictures of {W}×{H} pixels, but also pixels in rows "
                "with their channels, or one picture: for colour name all axes, x.reshape(-1, H, W, 3); make grey "
                "pictures larger than 3 pixels, for example with numpy.pad."
            )
        return x[:, None]
    if x.ndim == 4:
        first, last = (x.shape[axis] in CHANNELS for axis in (1, 3))
        if first and last:
            raise DataError(
                f"{where} has the shape {x.shape}, in which the channels may come first or last: pad the pictures, or "
                "resize them, so that no side is 1 or 3 pixels."
            )
        if first or last:
            return x if first else np.moveaxis(x, 3, 1)
        if {2, 4} & {x.shape[1], x.shape[3]}:
            raise DataError(
                f"{where} has the shape {x.shape}: if these are pictures with transparency, lay them on white, or "
                "leave it out with x[..., :-1] where it comes last, x[:, :-1] where it comes first."
            )
    raise DataError(
        f"{where} has the shape {x.shape}, but pictures are (N, H, W), (N, C, H, W) or (N, H, W, C) with 1 or 3 "
        f"channels, or (N, H·H)"
        + ("; for a single picture give x[None]" if x.ndim < 3 else "")
        + ": reshape the array, or name the right one."
    )


def square_side(count: int) -> int:
    """The side of a square of so many pixels, 0 if there is none."""
    side = isqrt(count)
    return side if side * side == count else 0


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
