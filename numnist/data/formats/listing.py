"""Pictures in a folder, and a table beside them that says what each shows: labels.csv with the columns file and label.

The table may be labels.csv, train.csv, test.tsv and so on; what its name says of training, validation or test holds for
its pictures.  Files are named from the folder, or lie in a folder in it, with or without their suffix.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from numnist.data.arrays.labels import rank
from numnist.data.checks import opening
from numnist.data.dataset import RawDataset
from numnist.data.formats.csv import LABELS
from numnist.data.formats.pictures import Named, is_picture, listed, read_splits
from numnist.data.read_options import AS_IT_IS, ReadOptions
from numnist.support.errors import DataError
from numnist.support.reading import read_text

FILES = ("file", "files", "filename", "file_name", "file name", "path", "filepath", "image", "image_id", "image_name",
         "imageid", "img", "picture", "name", "id")  # fmt: skip
MORE_LABELS = ("category", "type", "breed", "kind", "label_name", "class_name")
_MOST_LINES = 5_000_000
_MOST_BYTES = 1 << 29


@dataclass(frozen=True)
class Listing:
    """A table of files and labels.   split: "train", "validation" or "test";  rows: (name of a file, label)"""

    path: Path
    split: str
    rows: tuple[tuple[str, str], ...]


def listings(root: Path) -> list[Listing]:
    """The tables in this folder that label pictures below it; none if there are no such tables."""
    tables = sorted(path for pattern in ("*.csv", "*.tsv", "*.txt") for path in root.glob(pattern))
    if not tables:
        return []
    below = _below(root)
    found = (_listing(table, below) for table in tables) if below else ()
    return [listing for listing in found if listing is not None]


def read_listed(root: Path, tables: Sequence[Listing], options: ReadOptions = AS_IT_IS) -> RawDataset:
    """The pictures that these tables label.

    Raises DataError for two tables of one split, a file that is missing, and one that is listed twice with different
    labels.
    """
    below = _below(root)
    classes = tuple(sorted({label for table in tables for _, label in table.rows}, key=rank))
    number = {name: k for k, name in enumerate(classes)}
    parts: dict[str, list[Named]] = {}
    for table in tables:
        if table.split in parts:
            raise DataError(f"{root} has several tables of {table.split} pictures: leave one of them, or name it.")
        missing = [name for name, _ in table.rows if name not in below]
        if missing:
            raise DataError(
                f"{table.path} lists {len(missing):,} files that are not below {root}: {listed(missing)}; "
                "give the files, or remove the lines."
            )
        labels: dict[Path, str] = {}
        for name, label in table.rows:
            if labels.setdefault(below[name], label) != label:
                raise DataError(
                    f"{table.path} lists {name} as {labels[below[name]]!r} and as {label!r}: leave one line."
                )
        parts[table.split] = [(path, number[label]) for path, label in labels.items()]
    if "train" not in parts:
        raise DataError(f"{root} has a table of {' and '.join(parts)} pictures only: add one of training pictures.")
    splits, notes = read_splits(parts, options)
    used = {path for pairs in parts.values() for path, _ in pairs}
    unlisted = sorted(str(path.relative_to(root)) for path in set(below.values()) - used)
    if unlisted:
        notes = (
            f"{root} has {len(unlisted):,} pictures that no table lists, which are passed over: {listed(unlisted)}.",
            *notes,
        )
    return RawDataset(
        splits["train"], splits.get("test"), splits.get("validation"), classes, options.preparation, notes
    )


def _below(root: Path) -> dict[str, Path]:
    """The pictures in this folder and in folders in it, by every name that a table may give them."""
    places = [
        root,
        *(folder for folder in sorted(root.iterdir()) if folder.is_dir() and not folder.name.startswith(".")),
    ]
    paths = [path for place in places for path in sorted(place.iterdir()) if path.is_file() and is_picture(path)]
    names: dict[str, Path] = {}
    twice = set()
    for path in paths:
        full = path.relative_to(root)
        for name in {str(full.as_posix()), str(full.with_suffix("").as_posix()), path.name, path.stem}:
            if name in names and name not in (str(full.as_posix()),):
                twice.add(name)  # which of them is meant cannot be told
            names[name] = path
    for name in twice:
        del names[name]
    return names


def _listing(path: Path, below: dict[str, Path]) -> Listing | None:
    """The table in this file if it labels any of these pictures."""
    try:
        with opening(path):
            text = read_text(path, _MOST_BYTES, "utf-8-sig")
        head = text[:10_000].partition("\n")[0]
        separator = max(",;\t", key=head.count)
        rows = [row for row in csv.reader(text.splitlines(), delimiter=separator) if any(cell.strip() for cell in row)]
    except (UnicodeDecodeError, csv.Error):
        return None
    if not rows or len(rows[0]) < 2 or len(rows) > _MOST_LINES:
        return None
    names = [cell.strip().lower() for cell in rows[0]]
    header = not any(_plain(cell) in below for cell in rows[0])
    body = rows[1:] if header else rows
    files = next((i for i, name in enumerate(names) if header and name in FILES), None)
    if files is None:  # the column in which names of files stand
        files = next(
            (i for i in range(len(names)) if any(_plain(row[i]) in below for row in body[:20] if i < len(row))), None
        )
    labels = next(
        (i for i, name in enumerate(names) if header and name in (*LABELS, *MORE_LABELS) and i != files), None
    )
    if labels is None and len(names) == 2 and files is not None:
        labels = 1 - files
    if files is None or labels is None or not any(len(row) > files and _plain(row[files]) in below for row in body):
        return None
    short = next((number for number, row in enumerate(body, 1 + header) if len(row) <= max(files, labels)), None)
    if short is not None:
        raise DataError(f"{path}, line {short} has too few cells: correct the line or remove it.")
    pairs = tuple((_plain(row[files]), row[labels].strip()) for row in body)
    blank = next((name for name, label in pairs if not label), None)
    if blank is not None:
        raise DataError(f"{path} gives no label for {blank}: add it, or remove the line.")
    return Listing(path, _split_of(path.stem.lower()), pairs)


def _plain(name: str) -> str:
    return name.strip().replace("\\", "/").removeprefix("./")


def _split_of(stem: str) -> str:
    return "test" if "test" in stem else "validation" if "val" in stem else "train"
