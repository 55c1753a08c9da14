"""NPZ, NumPy's archive of arrays, with the names that Keras, MedMNIST and numnist itself use.  Never unpickled."""

from __future__ import annotations

import math
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from numnist.data.checks import MAX_BYTES, as_labels, as_pictures
from numnist.data.dataset import Dataset, RawDataset, Split
from numnist.data.formats.medmnist import refuse_other_tasks
from numnist.support.errors import DataError
from numnist.support.files import atomic_writer

if TYPE_CHECKING:
    import zipfile

# (pictures, labels) of each split; the first pair that exists is used
TRAIN = (("train_images", "train_labels"), ("x_train", "y_train"), ("x", "y"), ("images", "labels"))
VALIDATION = (("val_images", "val_labels"), ("x_val", "y_val"))
TEST = (("test_images", "test_labels"), ("x_test", "y_test"))


def read_npz(path: str | os.PathLike[str]) -> RawDataset:
    """The pictures and labels in an archive.  Raises DataError."""
    import zipfile  # imported here, because it is slow to import and few need it

    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return _raw(archive, path)
    except zipfile.BadZipFile as error:
        raise DataError(f"{path} is not an .npz archive ({error}): save it with numpy.savez.") from error
    except (OSError, EOFError, ValueError, zlib.error, RuntimeError) as error:
        # ValueError: an array of objects, or a broken header; RuntimeError: a password, or an unknown compression
        raise DataError(f"{path} cannot be read ({error}): save it again with numpy.savez.") from error


def write_npz(path: Path, dataset: Dataset) -> None:
    """Write a data set so that read_npz returns it."""
    arrays: dict[str, Any] = {"class_names": np.array(dataset.classes), "preparation": np.array(dataset.preparation)}
    splits = dataset.train, dataset.validation, dataset.test
    for ((images, labels), *_), split in zip((TRAIN, VALIDATION, TEST), splits):
        arrays |= {images: split.x, labels: split.labels}
    with atomic_writer(path) as file:
        np.savez(file, **arrays)


def _raw(archive: zipfile.ZipFile, path: Path) -> RawDataset:
    train = _split(archive, path, TRAIN)
    if train is None:
        there = ", ".join(name.removesuffix(".npy") for name in archive.namelist()[:10])
        raise DataError(
            f"{path} has the arrays {there or '(none)'}, but x_train and y_train, train_images and train_labels, x and "
            "y, or images and labels are expected: rename them."
        )
    classes = _array(archive, path, "class_names")
    preparation = _array(archive, path, "preparation")
    return RawDataset(
        train,
        _split(archive, path, TEST),
        _split(archive, path, VALIDATION),
        None if classes is None else tuple(str(name) for name in classes),
        None if preparation is None else str(preparation),
    )


def _split(archive: zipfile.ZipFile, path: Path, names: tuple[tuple[str, str], ...]) -> Split | None:
    """The first of these pairs of arrays that exists."""
    for images, labels in names:
        x, y = _array(archive, path, images), _array(archive, path, labels)
        if x is not None and y is not None:
            refuse_other_tasks(x, y, f"{path} ({images}, {labels})")
            if y.ndim == 2 and y.shape[1] == 1:  # MedMNIST's and CIFAR's labels are (N, 1)
                y = y[:, 0]
            x = as_pictures(x, f"{path} ({images})")
            return Split(x, as_labels(y, f"{path} ({labels})", len(x)))
    return None


def _array(archive: zipfile.ZipFile, path: Path, name: str) -> NDArray[Any] | None:
    """One array, or None if it is missing; its size is checked before anything is allocated."""
    try:
        info = archive.getinfo(f"{name}.npy")
    except KeyError:
        return None
    with archive.open(info) as file:
        header = npy.read_array_header_1_0 if npy.read_magic(file) == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = header(file)
    if info.file_size > MAX_BYTES or math.prod(shape) * dtype.itemsize > info.file_size:
        raise DataError(
            f"{path} declares {'×'.join(map(str, shape))} values for {name} in {info.file_size:,} bytes: it is broken, "
            f"or more than the {MAX_BYTES:,} bytes that numnist holds in memory; save it again with numpy.savez."
        )
    with archive.open(info) as file:
        array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
        return array
