"""Parquet as Hugging Face keeps data sets of pictures: a column of picture files, and one of labels.

A data set is one folder, or its folder data/: train-00000-of-00002.parquet, test-00000-of-00001.parquet … The names of
the classes are in the files' metadata.  Read with pyarrow, the extra `parquet`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from numnist.data.arrays.labels import Given, read_labels
from numnist.data.checks import GET_AGAIN, MAX_BYTES, check_unpacked
from numnist.data.dataset import RawDataset
from numnist.data.formats.pictures import Embedded, read_splits
from numnist.data.formats.shards import Shards, find_shards
from numnist.data.read_options import AS_IT_IS, ReadOptions
from numnist.support.errors import DataError
from numnist.support.extras import install
from numnist.support.reading import open_file

LABELS = ("label", "labels", "class", "target", "digit", "character", "letter", "y", "fine_label")
_ROWS = 16  # read at a time: a file can say that a picture of 1 MB is in each
_RATIO = 10  # of picture files, which are packed already


def read_parquet(path: str | os.PathLike[str], options: ReadOptions = AS_IT_IS) -> RawDataset:
    """The pictures and labels in the files of a folder; or in a file and those that belong to it.

    Raises DataError where pyarrow is missing, where a part of the files is, and for columns that are no pictures.
    """
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise DataError(f"{path} is a Parquet file, which pyarrow reads: {install('parquet')}.") from error
    shards = find_shards(Path(path))
    size = sum(file.stat().st_size for files in shards.files.values() for file in files)
    if size > MAX_BYTES:
        raise DataError(f"{path} has {size:,} bytes, but numnist holds data in memory and stops at {MAX_BYTES:,}.")
    try:
        return _read(shards, parquet, options)
    except (ArrowException, OSError) as error:
        raise DataError(f"{path} cannot be read ({error}): {GET_AGAIN}.") from error


class _Columns:
    """Which columns of a file are pictures and labels.   classes: their names, where the file has them"""

    def __init__(self, schema: Any, where: Path) -> None:
        self.where = where
        features = _features(schema.metadata or {})
        columns = [(field.name, str(field.type), features.get(field.name, {})) for field in schema]
        images = [name for name, kind, said in columns if said.get("_type") == "Image" or _holds_files(kind)]
        if len(images) != 1:
            found = ", ".join(f"{name} ({kind[:30]})" for name, kind, _ in columns[:8])
            raise DataError(
                f"{where} has {len(images) or 'no'} columns of picture files, but one is expected; its columns are "
                f"{found}. Pixels in columns can be saved as CSV (pandas.read_parquet(…).to_csv(…, index=False))."
            )
        self.image = images[0]
        self.label = self._find_label(columns)
        names = features.get(self.label, {}).get("names")
        self.classes = tuple(map(str, names)) if isinstance(names, list) and names else None
        self.others = [name for name, _, _ in columns if name not in (self.image, self.label)]

    def _find_label(self, columns: Sequence[tuple[str, str, dict[str, Any]]]) -> str:
        others = [column for column in columns if column[0] != self.image]
        for fits in (
            [name for name, _, said in others if said.get("_type") == "ClassLabel"],
            [name for name, _, _ in others if name.lower() in LABELS],
            [name for name, kind, _ in others if kind.startswith(("int", "uint", "string", "large_string", "bool"))],
        ):
            named = [name for name in fits if name.lower() in LABELS[:2]] or fits
            if len(named) == 1:
                return named[0]
            if named:
                raise DataError(
                    f"{self.where} has labels in {' and '.join(named)}, and which is meant is open: keep one column, "
                    f"or call it {LABELS[0]}."
                )
        raise DataError(f"{self.where} has no column of labels: call it {LABELS[0]}.")


def _features(metadata: dict[bytes, bytes]) -> dict[str, dict[str, Any]]:
    """What Hugging Face's `datasets` has written of each column; nothing if it has not."""
    try:
        found = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        return {name: said for name, said in found.items() if isinstance(said, dict)}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _holds_files(kind: str) -> bool:
    return kind in ("binary", "large_binary") or (kind.startswith("struct<") and "bytes: " in kind)


def _read(shards: Shards, parquet: Any, options: ReadOptions) -> RawDataset:
    where = str(shards.where)
    pictures: dict[str, list[Embedded]] = {}
    given: dict[str, list[Any]] = {}
    columns = None
    for split, files in shards.files.items():
        pictures[split], given[split] = [], []
        for path in files:
            with open_file(path) as content, parquet.ParquetFile(content) as file:
                found = _Columns(file.schema_arrow, path)
                columns = columns or found
                if (found.image, found.label, found.classes) != (columns.image, columns.label, columns.classes):
                    raise DataError(
                        f"{path} has other columns or classes than {columns.where}: are they of one data set?"
                    )
                packed, unpacked = path.stat().st_size, 0
                if file.metadata.num_rows > packed:  # one picture for all of them
                    raise DataError(f"{path} has {file.metadata.num_rows:,} rows in {packed:,} bytes: {GET_AGAIN}.")
                for batch in file.iter_batches(_ROWS, columns=[found.image, found.label]):
                    unpacked += batch.nbytes
                    check_unpacked(unpacked, packed, str(path), _RATIO)
                    pictures[split] += _files(batch.column(found.image), path, len(pictures[split]))
                    given[split] += batch.column(found.label).to_pylist()
    assert columns is not None  # there are training files
    notes = [f"{where}: not used: {', '.join(columns.others[:8])}."] if columns.others else []
    for split in ("test", "validation"):
        if split in given and all(label in (None, -1) for label in given[split]):
            del pictures[split], given[split]
            notes.append(f"{where}: its {split} pictures have no labels, cannot evaluate a model and are passed over.")
    labels, classes = _labels(given, columns, where)
    parts = {split: list(zip(pictures[split], each.tolist())) for split, each in zip(given, labels)}
    splits, said = read_splits(parts, options)
    return RawDataset(
        splits["train"], splits.get("test"), splits.get("validation"), classes, options.preparation, (*notes, *said)
    )


def _files(column: Any, path: Path, start: int) -> list[Embedded]:
    """The picture files in a batch of the column."""
    contents = column.to_pylist()
    found = []
    for row, content in enumerate(contents, start):
        name = f"{path}, row {row} (from 0)"
        if isinstance(content, dict):
            if content.get("bytes") is None and content.get("path"):
                raise DataError(f"{name} names the picture {content['path']} instead of holding it: embed the files.")
            content = content.get("bytes")
        found.append(Embedded(content or b"", name))
    return found


def _labels(given: dict[str, list[Any]], columns: _Columns, where: str) -> tuple[list[Any], tuple[str, ...]]:
    """The labels of each split as numbers of classes, and the classes."""
    called = {split: f"{where} ({columns.label} of {split})" for split in given}
    if columns.classes is None:
        return read_labels([Given(labels, called[split], len(labels)) for split, labels in given.items()])
    for split, labels in given.items():
        for row, label in enumerate(labels):
            if not isinstance(label, int) or not 0 <= label < len(columns.classes):
                raise DataError(
                    f"{called[split]} has {label} in row {row} (from 0), but there are {len(columns.classes)} classes, "
                    "numbered from 0: leave out what has no label."
                )
    return [np.array(labels, np.int64) for labels in given.values()], columns.classes
