"""Reading a user's file or folder, whatever its format."""

from __future__ import annotations

from pathlib import Path

from numnist.data.checks import as_labels
from numnist.data.dataset import Split
from numnist.data.formats import idx
from numnist.data.formats.csv import read_csv
from numnist.data.formats.files import reading
from numnist.data.formats.folder import holds_classes, read_folder
from numnist.data.formats.npz import read_npz
from numnist.data.published.catalog import FILE_NAMES, spellings
from numnist.data.splits import RawDataset
from numnist.support.errors import DataError

EXPECTED = (
    "an .npz or .csv file, IDX files (train-images-idx3-ubyte and train-labels-idx1-ubyte), a folder with these, or "
    "one folder of pictures for each class"
)


def read_any(path: Path, size: tuple[int, int] | None = None) -> RawDataset:
    """What a file or folder holds.  `size` (height, width) is for folders of pictures, see read_folder.

    Raises DataError for what is of no known format, or broken.
    """
    with reading(path):
        return _read_directory(path, size) if path.is_dir() else _read_file(path)


def _read_file(path: Path) -> RawDataset:
    """One file, by its name.  The labels and test pictures of an IDX file are found beside it."""
    if not path.exists():
        raise DataError(f"{path} does not exist: check the path.")
    name = path.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        return RawDataset(_labelled(path))
    if name.endswith(".npz"):
        return read_npz(path)
    if "idx" in name or "ubyte" in name:
        return _read_idx(path)
    raise DataError(f"{path} has a name of no format that numnist reads: give {EXPECTED}.")


def _read_directory(folder: Path, size: tuple[int, int] | None) -> RawDataset:
    """A folder, by what it holds."""
    images = _beside(folder / FILE_NAMES[0], FILE_NAMES[0])
    if images:
        return _read_idx(images)
    if holds_classes(folder):
        return read_folder(folder, size)
    tables = sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")])
    train = [table for table in tables if "train" in table.name.lower()] or tables
    if len(train) == 1:
        test = [table for table in tables if "test" in table.name.lower()]
        # Kaggle's test.csv has no labels, so it is no test set and is ignored
        test_split = _perhaps_labelled(test[0]) if len(test) == 1 and test != train else None
        return RawDataset(_labelled(train[0]), test_split)
    archives = sorted(folder.glob("*.npz"))
    if len(archives) == 1:
        return read_npz(archives[0])
    if tables or archives:
        several = ", ".join(path.name for path in (tables or archives)[:5])
        raise DataError(f"{folder} holds several files of the same kind ({several}): name one of them.")
    return read_folder(folder, size)


def _labelled(path: Path) -> Split:
    """The pictures of a CSV file that needs labels."""
    split = _perhaps_labelled(path)
    if split is None:
        raise DataError(
            f"{path} has no labels, so it can neither train nor evaluate a network: name a file whose first "
            "column is the label, such as Kaggle's train.csv."
        )
    return split


def _perhaps_labelled(path: Path) -> Split | None:
    x, labels = read_csv(path)
    return None if labels is None else Split(x, as_labels(labels, str(path), len(x)))


def _read_idx(images: Path) -> RawDataset:
    """A file of pictures and its labels, and the test files beside them if there are any."""
    train = idx.read_pair(images, _labels_of(images))
    test = _beside(images, images.name.replace("train", "t10k", 1))
    return RawDataset(train, idx.read_pair(test, _labels_of(test)) if test and test != images else None)


def _labels_of(images: Path) -> Path:
    """train-images-idx3-ubyte.gz -> train-labels-idx1-ubyte.gz"""
    name = images.name.replace("images", "labels").replace("idx3", "idx1")
    labels = _beside(images, name)
    if labels is None or labels == images:
        raise DataError(f"{images} has no labels beside it: a file {name} is expected, with a label for each picture.")
    return labels


def _beside(path: Path, name: str) -> Path | None:
    """The file of this name in the same folder, under any of its spellings."""
    return next((path.with_name(n) for n in (name, *spellings(name)) if path.with_name(n).is_file()), None)
