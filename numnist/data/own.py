"""A file or folder of people's own, by what it holds: the format is told from names and content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from numnist.data.arrays.labels import Given, read_labels
from numnist.data.checks import class_names, opening
from numnist.data.dataset import RawDataset, Split
from numnist.data.formats import idx
from numnist.data.formats.columns import read_csv
from numnist.data.formats.folder import CLASSES, holds_classes, read_classes, read_folder
from numnist.data.formats.foreign import foreign
from numnist.data.formats.listing import listings, read_listed
from numnist.data.formats.npy import holds_npy, read_npy
from numnist.data.formats.npz import read_npz
from numnist.data.formats.parquet import read_parquet
from numnist.data.formats.shards import holds_shards
from numnist.data.published.catalog import FILE_NAMES
from numnist.data.published.reading import sets_below
from numnist.data.published.records import spellings
from numnist.data.read_options import AS_IT_IS, ReadOptions
from numnist.data.scaled import in_full_range
from numnist.support.errors import DataError

TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")


def read_any(path: Path, options: ReadOptions = AS_IT_IS) -> RawDataset:
    """What a file or folder holds.

    Raises DataError for what is of no known format, or broken.
    """
    with opening(path):
        if path.is_dir():
            return _named(_read_directory(path, options), path)
        if not path.exists():
            raise DataError(f"{path} does not exist: check the path.")
        name = path.name.lower()
        if name.endswith(TABLES):
            return _read_tables(path, None, options)
        if name.endswith(".npz"):
            return read_npz(path)
        if name.endswith(".npy"):
            return read_npy(path)
        if name.endswith(".parquet"):
            return read_parquet(path, options)
        if "idx" in name or "ubyte" in name:  # its labels and test pictures are found beside it
            return _read_idx(path)
        if (refusal := foreign(path)) is not None:
            raise refusal
    raise DataError(
        f"{path} has a name of no format that numnist reads: give an .npz or .csv file, IDX files "
        "(train-images-idx3-ubyte and train-labels-idx1-ubyte), a folder with these, or one folder of pictures for "
        "each class."
    )


def _read_directory(folder: Path, options: ReadOptions) -> RawDataset:
    """A folder, by what it holds."""
    images = _beside(folder / FILE_NAMES[0], FILE_NAMES[0])
    if images:
        return _read_idx(images, read_classes(folder))
    if holds_classes(folder) < 2 and (lists := listings(folder)):
        return read_listed(folder, lists, options)
    if holds_classes(folder):
        return read_folder(folder, options)
    tables = sorted(path for path in folder.iterdir() if path.name.lower().endswith(TABLES))
    train = [table for table in tables if "train" in table.name.lower()] or tables
    if len(train) == 1:
        test = [table for table in tables if "test" in table.name.lower()]
        other = test[0] if len(test) == 1 and test != train else None
        return _read_tables(train[0], other, options, read_classes(folder))
    if not tables and holds_npy(folder):
        return read_npy(folder)
    if not tables and holds_shards(folder):
        return read_parquet(folder, options)
    archives = sorted(folder.glob("*.npz"))
    if len(archives) == 1:
        return read_npz(archives[0])
    if tables or archives:
        several = ", ".join(path.name for path in (tables or archives)[:5])
        raise DataError(f"{folder} holds several files of the same kind ({several}): name one of them.")
    below = sets_below(folder)
    if below:
        raise DataError(
            f"{folder} holds {', '.join(below)} in folders: name the data set and this folder, as in "
            f"--dataset {below[0]} --data-dir {folder}."
        )
    others = [refusal for path in sorted(folder.iterdir()) if path.is_file() and (refusal := foreign(path))]
    if others:
        raise others[0]
    return read_folder(folder, options)


def _named(raw: RawDataset, folder: Path) -> RawDataset:
    """The same with the names of classes.txt in place of numbers, which are their places from 0.

    Where there are as many names as classes, they name them in the order of the numbers, which may begin at 1.
    """
    classes = raw.classes or class_names(raw.train.labels, str(folder))
    names = read_classes(folder) if all(name.isdecimal() for name in classes) else ()
    if not names or names == classes:
        return raw
    numbers = np.array([int(name) for name in classes])
    if len(names) == len(classes) or np.array_equal(numbers, np.arange(len(classes))):
        numbers = np.arange(len(classes))
    if numbers.max() >= len(names):
        raise DataError(
            f"{folder / CLASSES} names {len(names)} classes, but the labels show {len(classes)}, up to "
            f"{classes[-1]}: add the others."
        )
    train, *others = (
        None if split is None else Split(split.x, numbers[split.labels])
        for split in (raw.train, raw.test, raw.validation)
    )
    assert train is not None
    return replace(raw, train=train, test=others[0], validation=others[1], classes=names)


def _read_tables(
    train: Path, test: Path | None, options: ReadOptions, classes: tuple[str, ...] | None = None
) -> RawDataset:
    """A CSV file with labels, and one of test pictures; Kaggle's test.csv has no labels, so it is no test set."""
    first = read_csv(train, options.label_column)
    if first.labels is None:
        raise DataError(
            f"{train} has no labels, so it can neither train nor evaluate a network: name a file whose first or last "
            "column is the label, such as Kaggle's train.csv."
        )
    second = None if test is None else read_csv(test, options.label_column)
    notes = first.notes
    if second is not None and second.labels is None:
        notes = (*notes, f"{test} has no labels, so it is no test set: classify its pictures with numnist predict.")
        second = None
    tables = [(path, table) for path, table in ((train, first), (test, second)) if table is not None]
    given = [Given(table.labels, str(path), len(table.x)) for path, table in tables]
    labels, names = read_labels(given, classes or first.classes)
    splits = [Split(table.x, each) for (_, table), each in zip(tables, labels)]
    raw = RawDataset(splits[0], splits[1] if second else None, classes=names, notes=notes)
    return in_full_range(raw, str(train))


def _read_idx(images: Path, classes: tuple[str, ...] | None = None) -> RawDataset:
    """A file of pictures and its labels, and the test files beside them if there are any."""
    test = _beside(images, images.name.replace("train", "t10k", 1))
    paths = [images, *([test] if test and test != images else [])]
    splits = [idx.read_pair(path, _labels_of(path)) for path in paths]
    given = [Given(split.labels, str(_labels_of(path)), len(split)) for path, split in zip(paths, splits)]
    labels, names = read_labels(given, classes or None)
    first, *rest = (Split(split.x, numbers) for split, numbers in zip(splits, labels))
    return in_full_range(RawDataset(first, rest[0] if rest else None, classes=names), str(images))


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
