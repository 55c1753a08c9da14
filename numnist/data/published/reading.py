"""Published data sets as they are meant: pictures upright, labels from 0, classes by name, their own test pictures.

A data set is read by its name, or by a path: files with its names, or of its digests, are that data set wherever they
lie.  EMNIST's pictures look like any others in a file, but they lie on their side.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numnist.data.checks import GET_AGAIN, as_labels, as_pictures
from numnist.data.dataset import Dataset, RawDataset, Split, hold_out
from numnist.data.formats.columns import FIRST, read_csv
from numnist.data.formats.idx import read_idx
from numnist.data.published.catalog import CATALOG, FILE_NAMES, identify
from numnist.data.published.locations import (
    UNVERIFIED,
    SearchResult,
    VerificationError,
    digest_of,
    find_files,
    identify_file,
)
from numnist.data.published.records import PublishedDataset, spellings
from numnist.support.errors import DataError

BELOW = (".", "raw", "gzip")  # where the files may lie: torchvision's MNIST/raw, EMNIST's archive as it unpacks


def read_published(known: PublishedDataset, found: SearchResult, validation: int | None = None) -> Dataset:
    """The data set in these four files.  validation: how many of the last training pictures to hold out."""
    where = str(found.folder)
    training = _read_pair(known, *found.paths[:2])
    test = _read_pair(known, *found.paths[2:])
    train, held_out = hold_out(training, known.validation if validation is None else validation, where)
    notes = () if found.verified else (f"{known.name} is {UNVERIFIED}.",)
    return Dataset(known.name, train, held_out, test, known.classes, known.preparation, where, notes)


class Recognised(NamedTuple):
    """A data set at a path.  images: the file with the pictures;  found: all four files, if they are as published."""

    known: PublishedDataset
    images: Path
    found: SearchResult | None


def recognise(path: Path) -> Recognised | None:
    """The published data set at a path, or None if it is something else.

    Files that are cut or changed are what their names say, if no other data set uses these names.
    Raises DataError if there are several data sets, or a file of one under a name that hides it.
    """
    found = _in_folder(path, BELOW) if path.is_dir() else _by_file(path)
    if found is None:
        _refuse_renamed(path)
        return None
    known, images = found
    try:
        complete = find_files(images.parent, known, below=(".",))
    except VerificationError:
        return Recognised(known, images, None)
    # another file is the test pictures alone, or a CSV file beside the others
    return Recognised(known, images, complete if complete.paths[0] == images else None)


def read_named(recognised: Recognised) -> RawDataset:
    """What a file with pictures holds, by its name, and the test file beside it.  Raises DataError."""
    known, path, _ = recognised
    _check_mapping(path.with_name(known.mapping), known)
    training = path.name in _names(known, 0)
    test = _beside(path, _names(known, 1)) if training else None
    return RawDataset(
        _read_part(known, path, 0 if training else 1),
        _read_part(known, test, 1) if test else None,
        classes=known.classes,
        preparation=known.preparation,
        notes=(f"{path} is read as {known.name}, by its name: it is not that data set as published, in four files.",),
    )


def upright(known: PublishedDataset, x: NDArray[Any], labels: NDArray[Any], where: str) -> Split:
    """The pictures and classes of what files of this data set hold.  Raises DataError if they do not fit it.

    x: (N, H, W) or (N, 1, H, W);  labels: (N,), or (N, columns) for a data set that has several.
    """
    if known.label_columns > 1:
        if labels.ndim != 2 or labels.shape[1] != known.label_columns:
            raise DataError(
                f"{where} has labels of the shape {labels.shape}, but {known.name} has {known.label_columns} numbers "
                f"for each picture: {GET_AGAIN}."
            )
        labels = labels[:, 0]
    x = as_pictures(x, where)
    labels = as_labels(labels, where, len(x)) - known.first_label
    if labels.min() < 0 or labels.max() >= len(known.classes):
        wrong = int(labels.min() if labels.min() < 0 else labels.max()) + known.first_label
        last = known.first_label + len(known.classes) - 1
        raise DataError(
            f"{where} has the label {wrong}, but {known.name} has the labels {known.first_label} to {last}: the file "
            "is another than its name says; rename it."
        )
    if known.transposed:
        x = np.ascontiguousarray(x.swapaxes(2, 3))
    return Split(x, labels)


def _read_pair(known: PublishedDataset, images: Path, labels: Path) -> Split:
    return upright(known, read_idx(images), read_idx(labels), str(images))


def sets_below(folder: Path) -> list[str]:
    """The names of the data sets in folders that are called like them, or as torchvision does."""
    return [known.name for known in CATALOG.values() if _training(folder, known, (known.name, *known.folders))]


def _in_folder(folder: Path, below: Sequence[str]) -> tuple[PublishedDataset, Path] | None:
    """The one data set whose training pictures are in the folder or below it, and their file."""
    found = {known: path for known in CATALOG.values() if (path := _training(folder, known, below))}
    if len(found) > 1:
        names = [known.name for known in found]
        raise DataError(
            f"{folder} holds several data sets ({', '.join(names)}): name one and the folder to search, such as "
            f"--dataset {names[0]} --data-dir {folder}."
        )
    return next(iter(found.items()), None)


def _by_file(path: Path) -> tuple[PublishedDataset, Path] | None:
    """The data set of a file with pictures, by its name, or by its digest if several data sets use this name."""
    for known in CATALOG.values():
        if known.own_names and path.name in (*_names(known, 0), *_names(known, 1)):
            return known, path
        if path.name in _names(known, 0) and _training(path.parent, known, (".",)) == path:
            return known, path
    return None


def _training(folder: Path, known: PublishedDataset, below: Sequence[str]) -> Path | None:
    """The file in or below the folder that holds training pictures of this data set, and certainly of this one."""
    if known.own_names:
        paths = (folder / name / file for file in _names(known, 0) for name in below)
        return next((path for path in paths if path.is_file()), None)
    try:
        return find_files(folder, known, known.files[:2], below).paths[0]
    except VerificationError:
        return None


def _names(known: PublishedDataset, part: int) -> tuple[str, ...]:
    """The names that a file with the pictures of a part may have.  part: 0 for training, 1 for test."""
    tables = [spelling for table in known.tables[part : part + 1] for spelling in (table, f"{table}.gz")]
    return (*spellings(known.files[2 * part].name), *tables)


def _read_part(known: PublishedDataset, path: Path, part: int) -> Split:
    """The pictures in one file, and the labels in it or beside it.  Raises DataError for another data set's file."""
    other = identify_file(path)
    if other and other[0] != known:
        raise DataError(
            f"{path} is {other[0].name}'s {other[1]}, known by its hash, but the other files are {known.name}'s: keep "
            "each data set in a folder of its own."
        )
    if ".csv" in path.name:
        table = read_csv(path, FIRST)
        if table.labels is None:
            raise DataError(f"{path} has no labels, but {known.name} has them in the first column: {GET_AGAIN}.")
        return upright(known, table.x, table.labels, str(path))
    name = known.files[2 * part + 1].name
    beside = _beside(path, spellings(name))
    if beside is None:
        raise DataError(f"{path} has no labels beside it: a file {name} is expected, with a label for each picture.")
    return _read_pair(known, path, beside)


def _beside(path: Path, names: Sequence[str]) -> Path | None:
    return next((path.with_name(name) for name in names if path.with_name(name).is_file()), None)


def _check_mapping(path: Path, known: PublishedDataset) -> None:
    """Whether a file that maps labels to characters agrees.  Its lines: the label, and the codes of its characters."""
    if not path.is_file():
        return
    try:
        lines = [[int(number) for number in line.split()] for line in path.read_text("ascii").splitlines()]
        mapping = {label: {chr(code) for code in codes} for label, *codes in filter(None, lines)}
    except ValueError as error:  # also UnicodeDecodeError, and a code that is no character's
        raise DataError(f"{path} maps no labels to characters ({error}): {GET_AGAIN}, or remove it.") from error
    for label, name in enumerate(known.classes, known.first_label):
        if name not in mapping.get(label, {name}):
            raise DataError(
                f"{path} says that the label {label} is {' or '.join(sorted(mapping[label]))}, but in {known.name} it "
                f"is {name}: these are other classes; give the files other names, or remove the mapping if it is wrong."
            )


def _refuse_renamed(path: Path) -> None:
    """Refuse the packed files of a data set under the names of MNIST, as which they would be read wrongly."""
    names = [*spellings(FILE_NAMES[0]), *spellings(FILE_NAMES[2])]
    for file in [path / name for name in names] if path.is_dir() else [path]:
        if file.name in names and file.is_file():
            found = identify(digest_of(file, "md5")) or identify(digest_of(file, "sha256"))
            if found and found[0].own_names:
                raise DataError(
                    f"{file} is {found[0].name}'s {found[1]}, whose pictures are read differently: give it and its "
                    "labels their own names."
                )
