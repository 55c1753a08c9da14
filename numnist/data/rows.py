"""Files with many pictures, of which nobody needs to know the labels: CSV, IDX, NPZ and NPY, a picture a row."""

from __future__ import annotations

import os
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.checks import as_pictures, reading
from numnist.data.formats.csv import read_csv
from numnist.data.formats.idx import read_idx
from numnist.data.formats.image import SUFFIXES
from numnist.data.formats.npz import read_npz_pictures
from numnist.ink.center import THRESHOLD, center_in_frame
from numnist.support.errors import DataError

TABLES = (".csv", ".csv.gz")
SAMPLE = 1000  # pictures of a file show whether it is in a model's own form


@dataclass(frozen=True, eq=False)
class Rows:
    """Many pictures.

    file: None if they came as an array;  x: (N, C, H, W), uint8 0..255 or float32 0..1;
    labelled: whether the file has labels too, which nobody needs here;
    part: which of the file's pictures these are, "" if it has no others.
    """

    file: str | None
    x: NDArray[Any]
    labelled: bool
    part: str = ""


def holds_rows(file: str | os.PathLike[str]) -> bool:
    """Whether a file of this name is one of rows."""
    name = Path(file).name.lower()
    return name.endswith((*TABLES, ".npz", ".npy")) or (
        ("idx" in name or "ubyte" in name) and not name.endswith(SUFFIXES)
    )


def read_rows(file: str) -> Rows:
    """The pictures in a file of rows, whether it has labels or not.  Raises DataError."""
    path = Path(file)
    name = path.name.lower()
    if name.endswith(TABLES):
        x, labels = read_csv(path)
        return Rows(file, x, labels is not None)
    if name.endswith(".npz"):
        array, x, labelled, part = read_npz_pictures(path)
        return Rows(file, rows_as_pictures(x, f"{file} ({array})"), labelled, part)
    if name.endswith(".npy"):
        return Rows(file, rows_as_pictures(_read_npy(path), file), labelled=False)
    x = read_idx(path)
    if x.ndim < 3:
        raise DataError(f"{file} holds numbers of shape {x.shape}, as labels are: name the file with the pictures.")
    return Rows(file, as_pictures(x, file), labelled=False)


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
    with reading(path):
        try:
            array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
            return array
        except (ValueError, EOFError) as error:  # an array of objects, a broken header, or too few bytes
            raise DataError(f"{path} is not an .npy file ({error}): save it again with numpy.save.") from error


def in_own_form(x: NDArray[Any], shape: tuple[int, int, int], preparation: str) -> bool:
    """Whether pictures are what a model with this input shape and preparation was trained on, and need no preparation.

    x: (N, C, H, W).  They need the model's shape.  For "digits" they must be light on black, and nearly all must have
    the size and the place of MNIST's: the longer side of the ink 20 of 28 pixels, its centre of mass in the middle.
    For "photo" in grey most must lie on a dark ground.
    """
    if x.shape[1:] != shape:
        return False
    sample = x[:: -(-len(x) // SAMPLE)]
    values = sample.astype(np.float64) / (255 if x.dtype == np.uint8 else 1)
    if preparation == "photo" and shape[0] == 1:
        return bool(np.median(_frame(values, 1)) <= 0.5)
    if preparation != "digits":
        return True
    inked = values[values.max(axis=(1, 2, 3)) >= THRESHOLD]  # (n, 1, H, W)
    if not len(inked) or (_frame(inked, max(1, min(shape[1:]) // 14)) > 0).mean() > 0.01:
        return False
    right = np.abs(center_in_frame(inked[:, 0], shape[1:]).scales - 1) < 0.03
    for axis, size in ((2, shape[1]), (1, shape[2])):
        profile = inked[:, 0].sum(axis=axis)  # (n, size)
        right &= np.abs(profile @ (np.arange(size) + 0.5) / profile.sum(axis=1) - size / 2) <= 1
    return bool(right.mean() >= 0.9)


def _frame(x: NDArray[Any], width: int) -> NDArray[Any]:
    """The outermost pixels: (N, C, H, W) -> (N, C, pixels)"""
    edge = np.ones(x.shape[2:], bool)
    edge[width:-width, width:-width] = False
    return x[:, :, edge]
