"""From a name, or the path of a file or folder of any format, to a Dataset."""

from __future__ import annotations

import os
import re
from pathlib import Path

from numnist.data.checks import as_labels, reading
from numnist.data.dataset import Dataset, RawDataset, Split, hold_out, make_dataset
from numnist.data.formats import idx
from numnist.data.formats.csv import read_csv
from numnist.data.formats.folder import holds_classes, read_folder
from numnist.data.formats.npz import read_npz
from numnist.data.published import locations
from numnist.data.published.catalog import CATALOG, FILE_NAMES, PublishedDataset, spellings
from numnist.data.published.download import PATIENCE, Progress, download, unavailable
from numnist.support.errors import DataError, UsageError

TRAINING, TEST = 60_000, 10_000  # pictures of MNIST, and as many strokes
VALIDATION = 10_000  # of the training pictures, the last so many are for validation


def load(
    name: str | os.PathLike[str] = "mnist",
    *,
    data_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    validation: int | None = None,
    size: tuple[int, int] | None = None,
    progress: Progress | None = None,
    patience: float = PATIENCE,
) -> Dataset:
    """A data set, ready to train on.

    name        "mnist", "fashion-mnist", "strokes" (digits that numnist draws itself, always available), a name
                given to `numnist data import`, or a path to your own data: see read_any
    data_dir    where to search first for a published data set; then $NUMNIST_DATA, ./data and the user's cache are
                searched, and then it is downloaded.  Files are recognised by their SHA-256
    offline     never open a connection; $NUMNIST_OFFLINE=1 does the same
    validation  how many training pictures to hold out for validation: by default the last 10,000 of MNIST, and one
                in six of your own, after a shuffle that is the same every time
    size        (height, width) to which a folder of pictures of different sizes is resized
    progress    called with (file name, bytes done, bytes in all) during a download
    patience    seconds that a download may wait in all while no data flows

    Raises DataError if the data is unavailable or invalid.
    """
    held_out = VALIDATION if validation is None else validation  # of published sets and strokes
    if isinstance(name, str) and name in CATALOG:
        known = CATALOG[name]
        found = locations.search(known, data_dir)
        if found.folder is None:
            folder = download(known, tried=found.tried, offline=offline, progress=progress, patience=patience)
            found = locations.search(known, folder)
        return _read_published(known, found, held_out)
    if name == "strokes":
        from numnist.data.strokes.drawing import load_strokes  # imported here, because few need it

        if not 0 <= held_out < TRAINING:
            raise UsageError(
                f"validation={held_out} makes no sense: strokes has {TRAINING:,} training pictures to share out."
            )
        return load_strokes(train=TRAINING - held_out, validation=held_out)
    imported = imported_path(name)
    if imported and imported.is_file():
        return make_dataset(str(name), read_npz(imported), validation, str(imported))
    path = Path(name)
    if not os.path.lexists(path):
        raise DataError(f"there is no data set and no file {str(name)[:200]!r}: give {', '.join(names())}, or a path.")
    return make_dataset(path.name, read_any(path, size), validation, str(path))


def names() -> list[str]:
    """The names that `load` knows: published, drawn, imported."""
    return [*CATALOG, "strokes", *sorted(path.stem for path in locations.cache_dir().glob("imported/*.npz"))]


def imported_path(name: str | os.PathLike[str]) -> Path | None:
    """Where an imported data set of this name is kept, or None if it cannot be a name."""
    plain = isinstance(name, str) and re.fullmatch(r"\w[\w-]{0,63}", name)
    return locations.cache_dir() / "imported" / f"{name}.npz" if plain else None


def _read_published(known: PublishedDataset, found: locations.SearchResult, validation: int) -> Dataset:
    if found.folder is None:  # the cache is being changed by another process
        raise unavailable(known, found.tried)
    where = str(found.folder)
    rest = idx.parse_pair(found.contents[0], found.contents[1], where)
    test = idx.parse_pair(found.contents[2], found.contents[3], where)
    train, held_out = hold_out(rest, validation, where)
    return Dataset(known.name, train, held_out, test, known.classes, known.preparation, source=where)


def read_any(path: Path, size: tuple[int, int] | None = None) -> RawDataset:
    """What a file or folder holds.  `size` (height, width) is for folders of pictures, see read_folder.

    Raises DataError for what is of no known format, or broken.
    """
    with reading(path):
        if path.is_dir():
            return _read_directory(path, size)
        if not path.exists():
            raise DataError(f"{path} does not exist: check the path.")
        name = path.name.lower()
        if name.endswith((".csv", ".csv.gz")):
            return RawDataset(_labelled(path))
        if name.endswith(".npz"):
            return read_npz(path)
        if "idx" in name or "ubyte" in name:  # its labels and test pictures are found beside it
            return _read_idx(path)
    raise DataError(
        f"{path} has a name of no format that numnist reads: give an .npz or .csv file, IDX files "
        "(train-images-idx3-ubyte and train-labels-idx1-ubyte), a folder with these, or one folder of pictures for "
        "each class."
    )


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
