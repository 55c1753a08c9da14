"""A data set in several files: which belong to which split, and whether all are there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from numnist.data.formats.named import SPLITS
from numnist.support.errors import DataError

SUFFIX = ".parquet"
# train-00000-of-00002, train-00000-of-00002-0123456789abcdef, mnist-train, 0000
_NAME = re.compile(r"(?P<words>.*?)-?(?:(?P<part>\d+)-of-(?P<parts>\d+))?(?:-[0-9a-f]{16})?", re.DOTALL)
_SPLIT_OF = {word: split for split, words in SPLITS.items() for word in words}


@dataclass(frozen=True)
class Shards:
    """where: the folder or file that was named;  files: of each split, in order, "train" among them"""

    where: Path
    files: dict[str, list[Path]]


@dataclass(frozen=True)
class _File:
    path: Path
    split: str | None
    rest: tuple[str, ...]  # the other words of its name
    part: int | None
    parts: int | None


def holds_shards(folder: Path) -> bool:
    """Whether a folder, or one in it, has such files."""
    return bool(_files_of(folder))


def find_shards(path: Path) -> Shards:
    """The files of the data set that a folder or one of its files is.

    Test pictures that are named themselves are read alone, as those to train with.
    Raises DataError if one of several numbered files is missing, and where files of several data sets are there.
    """
    if path.is_dir():
        found = [_named(file) for file in _files_of(path)]
    else:
        asked = _named(path)
        beside = sorted(other for other in path.parent.glob(f"*{SUFFIX}") if not other.name.startswith("."))
        found = [file for file in map(_named, beside) if file.rest == asked.rest]
        if asked.split not in (None, "train"):
            return Shards(path, {"train": _complete([file for file in found if file.split == asked.split])})
        if asked.split is None and asked.parts is None:
            return Shards(path, {"train": [path]})
    names = sorted({" ".join(file.rest) for file in found})
    if len(names) > 1:
        raise DataError(f"{path} holds files of several data sets ({', '.join(names[:5])}): name a file of one.")
    files: dict[str, list[Path]] = {}
    for split in ("train", "test", "validation"):
        of_split = [file for file in found if (file.split or "train") == split]
        if of_split:
            files[split] = _complete(of_split)
    if "train" not in files:
        raise DataError(f"{path} has no {SUFFIX} file to train with: one called train{SUFFIX} is expected.")
    return Shards(path, files)


def _files_of(folder: Path) -> list[Path]:
    for pattern in (f"*{SUFFIX}", f"data/*{SUFFIX}", f"*/*{SUFFIX}"):
        found = sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))  # macOS: ._train.parquet
        if found:
            return found
    return []


def _named(path: Path) -> _File:
    """What a file's name says; the folder may name its split or its data set."""
    match = _NAME.fullmatch(path.stem)
    assert match is not None  # all of it is optional
    words = [word for word in re.split(r"[\W_]+", match["words"].lower()) if word and not word.isdecimal()]
    splits = [_SPLIT_OF[word] for word in words if word in _SPLIT_OF]
    rest = tuple(word for word in words if word not in _SPLIT_OF)
    if not splits and path.parent.name.lower() in _SPLIT_OF:
        splits = [_SPLIT_OF[path.parent.name.lower()]]
    part, parts = (None if match[name] is None else int(match[name]) for name in ("part", "parts"))
    return _File(path, splits[0] if splits else None, rest, part, parts)


def _complete(files: Sequence[_File]) -> list[Path]:
    """The paths in order.  Raises DataError if a numbered one is missing, or there are numbers of two sets."""
    totals = {file.parts for file in files}
    if totals == {None}:
        return [file.path for file in files]
    numbers = sorted(file.part for file in files if file.part is not None)
    if len(totals) > 1 or numbers != list(range(max(total or 0 for total in totals))):
        names = ", ".join(file.path.name for file in files[:5])
        raise DataError(
            f"{files[0].path.parent} has {names}, which are not all parts of one data set: get what is missing, or "
            "remove what does not belong to it."
        )
    return [file.path for file in sorted(files, key=lambda file: file.part or 0)]
