"""Files with many pictures, of which nobody needs to know the labels: CSV, IDX, NPZ and NPY, a picture a row."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from numnist.data.checks import as_pictures, opening
from numnist.data.formats.columns import read_csv
from numnist.data.formats.idx import read_idx
from numnist.data.formats.image import SUFFIXES
from numnist.data.formats.named import by_role
from numnist.data.formats.npy import read_file
from numnist.data.formats.npz import arrays_in
from numnist.data.own import TABLES
from numnist.data.pixels import full_range
from numnist.support.errors import DataError

PARTS = {"test": "test", "validation": "validation", "train": "training", None: "training"}
# of the splits in an archive, the first that is there is read; and what it is called


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
        with opening(path):
            return Rows(file, as_pictures(read_file(path), file), labelled=False)
    x = read_idx(path)
    if x.ndim < 3:
        raise DataError(f"{file} holds numbers of shape {x.shape}, as labels are: name the file with the pictures.")
    return Rows(file, as_pictures(x, file), labelled=False)


def _read_npz(path: Path, file: str) -> Rows:
    """The pictures in an archive, found as those of a data set; of several splits the test pictures.

    A single array may have any name.
    """
    with arrays_in(path) as (names, array):
        found = by_role(names, file)
        splits = [split for split in PARTS if (split, "x") in found]
        if not splits and len(names) != 1:
            there = ", ".join(names[:10]) or "(none)"
            raise DataError(
                f"{file} has the arrays {there}, but one with pictures, called x, images, x_test or test_images, is "
                "expected: rename it."
            )
        name = found[splits[0], "x"] if splits else names[0]
        x = as_pictures(array(name), f"{file} ({name})")
        part = PARTS[splits[0]] if len(splits) > 1 else ""
        return Rows(file, x, bool(splits) and (splits[0], "y") in found, part)
