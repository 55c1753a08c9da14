"""Pictures without labels, as people have them: files, folders, patterns such as scans/*.png, and files of rows.

They come one after the other, so that a folder of a million pictures is never in memory at once.  What cannot be read
comes as such, with the reason, and does not stop the others.
"""

from __future__ import annotations

import glob
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from numnist.data.formats.image import SUFFIXES, read_picture
from numnist.data.rows import Rows, holds_rows, read_rows
from numnist.support.errors import DataError

STDIN = "-"  # stands for one picture on standard input
MOST_BYTES = 256 << 20  # of a picture on standard input; anything might be written into it

Note = Callable[[str], None]  # is told what people should know


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture.  pixels: (H, W), (H, W, 3) or (H, W, 4), uint8 or float 0..1;  file: None if it came as an array"""

    file: str | None
    pixels: NDArray[Any]


@dataclass(frozen=True)
class Unreadable:
    """What holds no picture that can be read, and why."""

    file: str
    why: str


def read_pictures(
    words: Iterable[str], note: Note, label_column: str | None = None
) -> Iterator[Picture | Rows | Unreadable]:
    """What these words name, in their order: see `find`.  Each is read when it is asked for.

    label_column: of CSV files, where they do not tell by themselves.
    """
    for found in find(words, note):
        yield found if isinstance(found, Unreadable) else _read_one(found, label_column)


def find(words: Iterable[str], note: Note) -> Iterator[str | Unreadable]:
    """The files that these words name, in their order.

    A word is a file, "-", a folder (the pictures below it, sorted, without hidden ones), or a pattern with *, ? or [,
    in which ** stands for any folders.  A file that exists is no pattern.
    """
    for word in words:
        if word == STDIN or os.path.isfile(word):  # noqa: PTH113  (Path.is_file raises where one may not look)
            yield word
        elif _is_folder(word):
            yield from _below(word, note)
        elif glob.has_magic(word):
            yield from _matching(word, note)
        elif os.path.lexists(word):
            yield Unreadable(word, f"{word} is not a file, but a picture is expected: name the picture itself.")
        else:
            yield Unreadable(word, f"{word} does not exist: check the path.")


def _read_one(file: str, label_column: str | None) -> Picture | Rows | Unreadable:
    """The picture or the rows in a file, or on standard input."""
    try:
        if file == STDIN:
            return Picture(file, read_picture(_standard_input(), "the picture on standard input"))
        return read_rows(file, label_column) if holds_rows(file) else Picture(file, read_picture(file))
    except DataError as error:
        return Unreadable(file, str(error))


def _standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        raise DataError("a picture is expected on standard input, as in: numnist predict - < digit.png")
    content = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise DataError(f"standard input holds more than {MOST_BYTES:,} bytes: give one picture.")
    return content


def _matching(pattern: str, note: Note) -> Iterator[str | Unreadable]:
    paths = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207  (Path.glob takes no absolute patterns)
    if not paths:
        yield Unreadable(pattern, f"{pattern} matches no files: check the pattern.")
    several = "**" in pattern  # which matches the folders too, whose pictures it names one by one
    for path in paths:
        if not _is_folder(path):
            yield path
        elif not several:
            yield from _below(path, note)


def _below(folder: str, note: Note) -> Iterator[str | Unreadable]:
    """The pictures below a folder."""
    passed_over: Counter[str] = Counter()
    rows: list[str] = []
    count = 0
    for found in _walk(Path(folder), set()):
        if isinstance(found, Unreadable) or found.suffix.lower() in SUFFIXES:
            count += 1
            yield found if isinstance(found, Unreadable) else str(found)
            continue
        passed_over[found.suffix.lower() or found.name] += 1
        if holds_rows(found) and len(rows) < 3:
            rows.append(str(found))
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in passed_over.most_common(5))
    kinds += ", …" if len(passed_over) > 5 else ""
    if not count:
        held = f" but other files ({kinds})" if kinds else ""
        advice = f"name the file itself, such as {rows[0]}" if rows else f"it may hold {', '.join(SUFFIXES)}"
        yield Unreadable(folder, f"{folder} holds no pictures{held}: {advice}.")
    elif kinds:
        note(f"{folder}: passed over {kinds}, whose names are not those of pictures")


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path | Unreadable]:
    """The files below a folder, sorted.  seen: the folders on the way, since links can lead in a circle"""
    try:
        status = folder.stat()
        entries = sorted(folder.iterdir())
    except OSError as error:
        yield Unreadable(str(folder), f"{folder} cannot be read ({error.strerror or error}): check the folder.")
        return
    here = status.st_dev, status.st_ino
    if here in seen:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if _is_folder(entry):
            yield from _walk(entry, seen | {here})
        else:
            yield entry


def _is_folder(path: str | os.PathLike[str]) -> bool:
    return os.path.isdir(path)  # noqa: PTH112  (Path.is_dir raises where one may not look)
