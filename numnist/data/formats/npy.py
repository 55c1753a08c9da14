"""NPY, NumPy's file of one array: pictures and labels in one folder, such as x_train.npy and y_train.npy."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from numnist.data.checks import GET_AGAIN, MAX_BYTES
from numnist.data.dataset import RawDataset
from numnist.data.formats.named import EXPECTED, read_named, role
from numnist.support.errors import DataError
from numnist.support.reading import open_file

SUFFIX = ".npy"


def read_npy(path: str | os.PathLike[str]) -> RawDataset:
    """The data set that a file of pictures, and those beside it, are.

    Training pictures come with the test pictures beside them; test or validation pictures are read alone.
    Raises DataError, also where there are no labels beside the pictures.
    """
    path = Path(path)
    if path.is_dir():
        return _read(path, _stems(path))
    said = role(path.stem)
    if said is None:
        raise DataError(
            f"{path} has a name that does not say what it holds: {EXPECTED} are expected, each in a file such as "
            f"x_train{SUFFIX}, in one folder."
        )
    beside = {stem: role(stem) for stem in _stems(path.parent)}
    names = [stem for stem, other in beside.items() if other is None or other.rest == said.rest]
    return _read(path.parent, names, None if said.split in (None, "train") else said.split)


def holds_npy(folder: Path) -> bool:
    """Whether a folder has pictures in such a file."""
    return any((said := role(stem)) is not None and said.kind == "x" for stem in _stems(folder))


def _stems(folder: Path) -> list[str]:
    """The names of the arrays in a folder; macOS writes ._x.npy beside x.npy."""
    return sorted(path.stem for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))


def _read(folder: Path, names: list[str], alone: str | None = None) -> RawDataset:
    return read_named(names, lambda name: read_file(folder / f"{name}{SUFFIX}"), str(folder), alone)


def read_file(path: Path) -> NDArray[Any]:
    """The array in a file.  Raises DataError for a broken one, OSError where it cannot be opened."""
    with open_file(path) as file:
        return read_array(file, path.stat().st_size, str(path))


def read_array(file: Any, size: int, where: str) -> NDArray[Any]:
    """The array in a binary file of `size` bytes; the header is checked first, and nothing is unpickled."""
    try:
        version = npy.read_magic(file)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = header(file)
    except OSError:
        raise
    except (
        Exception
    ) as error:  # NumPy reads the header with Python's tokenizer and parser, which raise whatever they do
        raise DataError(f"{where} is no array of NumPy ({error}): {GET_AGAIN}, or save it with numpy.save.") from error
    if dtype.hasobject:
        raise DataError(
            f"{where} holds Python objects, which only an unpickler could read, and that may run any program: save it "
            "again as numbers, or words as array.astype(str)."
        )
    if dtype.kind == "V" or not dtype.itemsize or not all(type(n) is int and n >= 0 for n in shape):
        raise DataError(f"{where} holds {dtype} in the shape {shape}, but numbers or words are expected: {GET_AGAIN}.")
    if size > MAX_BYTES or math.prod(shape) * dtype.itemsize > size:
        raise DataError(
            f"{where} declares {'×'.join(map(str, shape))} values in {size:,} bytes: it is broken, or more than the "
            f"{MAX_BYTES:,} bytes that numnist holds in memory; save it again, in parts that fit."
        )
    array = np.empty(shape, dtype, "F" if fortran else "C")
    left = memoryview(array.reshape(-1, order="A").view(np.uint8).data) if array.size else memoryview(b"")
    while left and (read := file.readinto(left)):
        left = left[read:]
    if left or file.read(1):
        raise DataError(f"{where} is cut off, or has more in it than one array: {GET_AGAIN}, or save it again.")
    return array
