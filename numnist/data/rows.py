"""Files with many pictures, of which nobody needs to know the labels: CSV, IDX, NPZ and NPY, a picture a row."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass, replace
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.checks import as_pictures, opening
from numnist.data.formats.columns import read_csv
from numnist.data.formats.idx import read_idx
from numnist.data.formats.image import SUFFIXES
from numnist.data.own import TABLES
from numnist.data.pixels import full_range
from numnist.support.errors import DataError

PARTS = {
    "test": (("x_test", "y_test"), ("test_images", "test_labels")),
    "validation": (("x_val", "y_val"), ("val_images", "val_labels")),
    "training": (("x_train", "y_train"), ("train_images", "train_labels"), ("x", "y"), ("images", "labels")),
}  # names of the arrays in an archive, pictures and labels: the first that is there is read


@dataclass(frozen=True, eq=False)
class Rows:
    """Many pictures.

    file: None if they came as an array;  x: (N, C, H, W), uint8 0..255 or float32 0..1;
    labelled: whether the file has labels too, which nobody needs here;
    part: which of the file's pictures these are, "" if it has no others;
    notes: what people should know of how the file was read.
    """

    file: str | None
    x: NDArray[Any]
    labelled: bool
    part: str = ""
    notes: tuple[str, ...] = ()


def holds_rows(file: str | os.PathLike[str]) -> bool:
    """Whether a file of this name is one of rows."""
    name = Path(file).name.lower()
    return name.endswith((*TABLES, ".npz", ".npy")) or (
        ("idx" in name or "ubyte" in name) and not name.endswith(SUFFIXES)
    )


def read_rows(file: str, label_column: str | None = None) -> Rows:
    """The pictures in a file of rows, whether it has labels or not; scaled as they are for a training.

    label_column: of a CSV file, where it does not tell by itself.  Raises DataError.
    """
    return rows_in_full_range(_read(file, label_column))


def rows_in_full_range(rows: Rows) -> Rows:
    """The same with pixels of 0..16, or 0 and 1, scaled to 0..255, and a note; see full_range."""
    (x,), notes = full_range([rows.x])
    where = "the array" if rows.file is None else rows.file
    return replace(rows, x=x, notes=(*rows.notes, *(f"{where}: {note}." for note in notes)))


def _read(file: str, label_column: str | None) -> Rows:
    path = Path(file)
    name = path.name.lower()
    if name.endswith(TABLES):
        table = read_csv(path, label_column)
        return Rows(file, table.x, table.labels is not None, notes=table.notes)
    if name.endswith(".npz"):
        return _read_npz(path, file)
    if name.endswith(".npy"):
        return Rows(file, rows_as_pictures(_read_npy(path), file), labelled=False)
    x = read_idx(path)
    if x.ndim < 3:
        raise DataError(f"{file} holds numbers of shape {x.shape}, as labels are: name the file with the pictures.")
    return Rows(file, as_pictures(x, file), labelled=False)


def _read_npz(path: Path, file: str) -> Rows:
    """The pictures in an archive; of several splits the test pictures.  A single array may have any name."""
    from zipfile import BadZipFile  # imported here, because it is slow to import and few need it

    try:
        with opening(path), np.load(path, allow_pickle=False) as archive:
            there = list(archive.files)
            found = [(part, *pair) for part, pairs in PARTS.items() for pair in pairs if pair[0] in there]
            found = found or [("", name, "") for name in there[:1] if len(there) == 1]
            if not found:
                raise DataError(
                    f"{file} has the arrays {', '.join(there[:10]) or '(none)'}, but one with pictures, called x, "
                    "images, x_test or test_images, is expected: rename it."
                )
            part, images, labels = found[0]
            x = archive[images]
    except (ValueError, EOFError, zlib.error, RuntimeError, NotImplementedError, MemoryError, BadZipFile) as error:
        # ValueError: an array of objects, or a broken header; RuntimeError: a password;  MemoryError: what is promised
        raise DataError(f"{file} is no .npz archive ({error}): save it again with numpy.savez.") from error
    return Rows(file, rows_as_pictures(x, f"{file} ({images})"), labels in there, part if len(found) > 1 else "")


def rows_as_pictures(x: NDArray[Any], where: str) -> NDArray[Any]:
    """Pictures as `as_pictures` returns them; also from (N, H·W), square grey pictures with their rows in one line."""
    if x.ndim == 2:
        side = isqrt(x.shape[1])
        if side < 2 or side * side != x.shape[1]:
            raise DataError(f"{where} has the shape {x.shape}, but {x.shape[1]} pixels a row make no square picture.")
        x = x.reshape(-1, side, side)
    return as_pictures(x, where)


def _read_npy(path: Path) -> NDArray[Any]:
    """The array in an .npy file, of which only what is looked at is read.  Never unpickled."""
    with opening(path):
        try:
            array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
            return array
        except (ValueError, EOFError) as error:  # an array of objects, a broken header, or too few bytes
            raise DataError(f"{path} is not an .npy file ({error}): save it again with numpy.save.") from error
