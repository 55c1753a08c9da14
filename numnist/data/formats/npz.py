"""NPZ, NumPy's archive of arrays, with the names that Keras, MedMNIST and others use.  Never unpickled."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.checks import as_labels, check_unpacked
from numnist.data.dataset import Dataset, RawDataset, Split
from numnist.data.formats.named import read_named
from numnist.data.formats.npy import read_array
from numnist.data.pixels import as_pixels
from numnist.support.errors import DataError
from numnist.support.files import atomic_writer
from numnist.support.reading import open_file

# The arrays of an archive that numnist has written: pictures and labels of each split, and what else it knows.
OWN = {"train": ("train_images", "train_labels"), "test": ("test_images", "test_labels"),
       "validation": ("val_images", "val_labels")}  # fmt: skip
CLASSES, PREPARATION = "class_names", "preparation"


def read_npz(path: str | os.PathLike[str]) -> RawDataset:
    """The pictures and labels in an archive.  Raises DataError."""
    path = Path(path)
    with arrays_in(path) as (names, array):
        return _own(array, path) if PREPARATION in names else read_named(names, array, str(path))


@contextmanager
def arrays_in(path: Path) -> Iterator[tuple[list[str], Callable[[str], NDArray[Any]]]]:
    """The names of the arrays in an archive, and what reads one of them, while it is open.  Raises DataError."""
    import zipfile  # imported here, because it is slow to import and few need it

    try:
        with open_file(path) as file, zipfile.ZipFile(file) as archive:

            def array(name: str) -> NDArray[Any]:
                info = archive.getinfo(f"{name}.npy")
                check_unpacked(info.file_size, info.compress_size, f"{path} ({name})")
                with archive.open(info) as content:
                    return read_array(content, info.file_size, f"{path} ({name})")

            yield [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")], array
    except zipfile.BadZipFile as error:
        raise DataError(f"{path} is not an .npz archive ({error}): save it with numpy.savez.") from error
    except (OSError, EOFError, ValueError, zlib.error, RuntimeError, KeyError) as error:
        # ValueError: a broken header; RuntimeError: a password, or an unknown compression; KeyError: no such array
        raise DataError(f"{path} cannot be read ({error}): save it again with numpy.savez.") from error


def write_npz(path: Path, dataset: Dataset) -> None:
    """Write a data set so that read_npz returns it."""
    arrays: dict[str, Any] = {CLASSES: np.array(dataset.classes), PREPARATION: np.array(dataset.preparation)}
    for name, (images, labels) in OWN.items():
        split: Split = getattr(dataset, name)
        arrays |= {images: split.x, labels: split.labels}
    with atomic_writer(path) as file:
        np.savez(file, **arrays)


def _own(array: Callable[[str], NDArray[Any]], path: Path) -> RawDataset:
    """What numnist has written: pictures (N, C, H, W), and labels that are places in the classes."""
    classes = tuple(str(name) for name in array(CLASSES).ravel())
    splits = {}
    for name, (images, labels) in OWN.items():
        x, y = array(images), array(labels)
        if x.ndim != 4:
            raise DataError(
                f"{path} ({images}) has the shape {x.shape}, but (N, C, H, W) is expected: import it again."
            )
        y = as_labels(y, f"{path} ({labels})", len(x)) if len(x) else y.astype(np.int64)
        splits[name] = Split(as_pixels(x, f"{path} ({images})") if len(x) else x, y)
    preparation = str(array(PREPARATION))
    return RawDataset(splits["train"], splits["test"], splits["validation"], classes, preparation)
