"""CSV files of pictures: plain ones are parsed fast, all others cell by cell, so that errors can name the cell.

There are four layouts: `label,pixel0,pixel1,…` with a header (Kaggle's train.csv), the same without the label
(Kaggle's test.csv), no header and the label first (mnist_train.csv), and `label,1x1,1x2,…,28x28`.
Pixel k is at row k // W, column k % W, 0..255.  Pictures are grey, and square unless the header ends in 20x30.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from numnist.data.checks import GET_AGAIN, MAX_BYTES, MAX_CLASSES, reading, unpacked
from numnist.support.errors import DataError

LABELS = ("label", "class", "target", "digit", "y")  # names of the column of labels in a header

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLOCK = 4 << 20  # bytes parsed at a time, so that the arrays of a block stay small
_LONGEST_LINE = 64 << 20
_PLAIN = b'0123456789+,;\t "\r\n'
_WHOLE = re.compile(r"\s*\+?(\d{1,9})(?:\.0*)?\s*", re.ASCII)  # 7, and 7.0 as pandas writes it
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class _Layout:
    separator: str
    columns: int
    label: int | None  # which column
    H: int
    W: int
    header: bool


def read_csv(path: str | os.PathLike[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
    """The pictures (N, 1, H, W) and the labels (N,), or None if the file has none.

    The file may be packed with gzip.  Separators are commas, semicolons or tabs; quotes, a byte order mark and any
    line ends are allowed.  Raises DataError, naming line and column.
    """
    path = Path(path)
    with reading(path), path.open("rb") as file, unpacked(file, str(path)) as content:
        return _read(content, path)


def _read(file: IO[bytes], path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
    first = file.readline(_LONGEST_LINE)
    layout = _layout(first, path)
    rest = b"" if layout.header else first.removeprefix(_BYTE_ORDER_MARK)
    line = 1 + layout.header
    tables: list[NDArray[np.uint8]] = []
    labels: list[NDArray[np.int64]] = []
    size = 0
    for block in _blocks(file, rest, path):
        table = _parse_fast(block, layout)
        if table is None:
            table = _parse_exactly(block, layout, line, path)
        line += block.count(b"\n")
        if layout.label is not None:
            labels.append(table[:, layout.label].astype(np.int64))
            table = np.delete(table, layout.label, axis=1)
        tables.append(table.astype(np.uint8))  # (lines, H·W)
        size += tables[-1].nbytes
        if size > MAX_BYTES:
            raise DataError(
                f"{path} holds more than the {MAX_BYTES:,} bytes of pixels that numnist holds in memory: divide it."
            )
    if not size:
        raise DataError(f"{path} has a header but no pictures: {GET_AGAIN}.")
    x = np.concatenate(tables).reshape(-1, 1, layout.H, layout.W)
    return x, np.concatenate(labels) if labels else None


def _first_cells(first: bytes, path: Path) -> tuple[str, list[str]]:
    """The separator, and the cells of the first line in lower case."""
    if not first.removeprefix(_BYTE_ORDER_MARK).strip():
        raise DataError(f"{path} begins with an empty line or is empty: a header or a picture is expected.")
    if first.lstrip()[:1] == b"<":
        raise DataError(f"{path} is a web page, not a CSV file: perhaps a server's error message; {GET_AGAIN}.")
    if b"\0" in first:
        raise DataError(f"{path} is a binary file or UTF-16, not CSV in UTF-8: save it as that.")
    try:
        text = first.decode("utf-8-sig").rstrip("\r\n")
        separator = max(",;\t", key=text.count)
        return separator, [name.strip().lower() for name in _cells(text, separator)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} does not begin with a line of CSV ({error}): save it as CSV in UTF-8.") from error


def _layout(first: bytes, path: Path) -> _Layout:
    """The layout, from the first line."""
    separator, names = _first_cells(first, path)
    named = [i for i, name in enumerate(names) if name in LABELS]
    header = bool(named) or sum(map(bool, map(_NUMBER.fullmatch, names))) < len(names) / 2
    # without a header, the first column is the label if the others make a square
    side = isqrt(len(names) - 1)
    label = (named[0] if named else None) if header else (0 if side >= 2 and side**2 == len(names) - 1 else None)
    pixels = len(names) - (label is not None)
    size = re.fullmatch(r"(\d{1,5})x(\d{1,5})", names[-1]) if header else None
    H, W = (int(size[1]), int(size[2])) if size else (isqrt(pixels), isqrt(pixels))
    if pixels < 4 or pixels != H * W:
        raise DataError(
            f"{path} has {len(names)} columns, {pixels} without the label, which are not H×W pixels: the "
            "pictures must be square, or the header must end in their size such as 20x30, and a column of "
            f"labels must be the first or be called {LABELS[0]}."
        )
    return _Layout(separator, len(names), label, H, W, header)


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _blocks(file: IO[bytes], rest: bytes, path: Path) -> Iterator[bytes]:
    """The lines of a file, some megabytes at a time; each block ends at the end of a line."""
    while data := file.read(_BLOCK):
        data = rest + data
        cut = data.rfind(b"\n") + 1
        rest = data[cut:]
        if cut:
            yield data[:cut]
        if len(rest) > _LONGEST_LINE:
            raise DataError(f"{path} has a line of more than {_LONGEST_LINE:,} bytes: it is not CSV.")
    if rest:
        yield rest if rest.endswith(b"\n") else rest + b"\n"


def _parse_fast(block: bytes, layout: _Layout) -> NDArray[np.uint16] | None:
    """The numbers of a block, (lines, columns), or None if anything about it is unusual."""
    unusual = block.translate(None, _PLAIN)
    if unusual.strip(b".") or not block.strip():
        return None
    try:
        table = np.loadtxt(
            io.StringIO(block.decode("ascii")),
            np.float64 if unusual else np.uint16,  # NumPy would read 7.5 as the integer 7
            comments=None,
            delimiter=layout.separator,
            quotechar='"',
            ndmin=2,
        )
    except ValueError:
        return None
    if table.shape[1] != layout.columns or (unusual and (table != np.rint(table)).any()):
        return None
    most = np.full(layout.columns, 255)
    if layout.label is not None:
        most[layout.label] = MAX_CLASSES - 1
    return table.astype(np.uint16) if (table <= most).all() else None


def _parse_exactly(block: bytes, layout: _Layout, line: int, path: Path) -> NDArray[np.uint16]:
    """The same, cell by cell: slow, but an error names the line and the column."""
    rows = []
    for number, raw in enumerate(block.splitlines(), line):
        if not raw.strip():
            continue  # an empty line, as at the end of many files
        try:
            cells = _cells(raw.decode("ascii"), layout.separator)
        except (UnicodeDecodeError, csv.Error) as error:
            raise DataError(f"{path}, line {number}: not readable as numbers ({error}): {GET_AGAIN}.") from error
        if len(cells) != layout.columns:
            raise DataError(
                f"{path}, line {number} has {len(cells)} cells, but {layout.columns} are expected as in the first "
                f"line: the line is cut off or damaged; {GET_AGAIN}, or remove the line."
            )
        rows.append([_cell(cell, i, layout, number, path) for i, cell in enumerate(cells)])
    return np.array(rows, np.uint16).reshape(-1, layout.columns)


def _cell(cell: str, column: int, layout: _Layout, line: int, path: Path) -> int:
    """The number in one cell."""
    is_label = column == layout.label
    match = _WHOLE.fullmatch(cell)
    if match and int(match[1]) <= (MAX_CLASSES - 1 if is_label else 255):
        return int(match[1])
    what = "a label 0, 1, 2 …" if is_label else "a pixel, a whole number 0..255,"
    found = repr(cell[:30]) if cell.strip() else "nothing"
    raise DataError(
        f"{path}, line {line}, column {column + 1}: {what} is expected but {found} is there: correct the line or "
        "remove it."
    )
