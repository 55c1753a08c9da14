"""CSV files as tables of numbers: plain ones are parsed fast, others cell by cell, so that errors can name the cell.

Which column is what, columns.py finds out.
"""

from __future__ import annotations

import csv
import io
import os
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.checks import GET_AGAIN, MAX_BYTES, check_unpacked, opening, unpacked
from numnist.support.errors import DataError
from numnist.support.reading import open_file

LABELS = ("label", "labels", "class", "target", "digit", "y", "species", "character", "letter")  # names in a header
ROW_NAMES = ("", "unnamed: 0", "index", "id", "imageid", "image_id")  # of a column that only counts the rows

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLOCK = 4 << 20  # bytes parsed at a time, so that the arrays of a block stay small
_LONGEST_LINE = 8 << 20
_MOST_COLUMNS = 250_000  # colour pictures of 256×256 have 196,608
_LONGEST_WORD = 200
_WHOLE = b'0123456789+,;\t "\r\n'
_OTHERWISE = "save such large pictures as .npz, or as files"
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)
_SPACES = " "  # the separator of cells that any number of spaces may part


@dataclass(frozen=True, eq=False)
class Table:
    """What a CSV file holds.

    names: of the columns, in lower case, None without a header;  cells: (N, columns) uint8, uint16 or float32, 0 where
    there is a word;  words: (N,) strings of each column whose cells are no numbers.
    """

    path: Path
    names: tuple[str, ...] | None
    cells: NDArray[Any]
    words: dict[int, NDArray[np.str_]]

    def line_of(self, row: int) -> int:
        """The line of the file, from 1, in which a row (from 0) is."""
        row += self.names is not None
        with opening(self.path), open_file(self.path) as file, unpacked(file, str(self.path)) as content:
            lines = (
                n
                for n, line in enumerate(_lines(content, self.path), 1)
                if not _passed_over(line.decode("utf-8", "replace"))
            )
            return next(line for k, line in enumerate(lines) if k == row)


def read_table(path: str | os.PathLike[str]) -> Table:
    """The table in a file, which may be packed with gzip.

    Cells are separated by commas, semicolons, tabs or spaces; quotes, a byte order mark, empty lines, lines that begin
    with #, and any line ends are allowed.  Raises DataError, naming line and column.
    """
    path = Path(path)
    with opening(path), open_file(path) as file, unpacked(file, str(path)) as content:
        return _Reader(path).read(content)


class _Reader:
    """One file being read.   columns: as many as the first line has"""

    separator: str
    columns: int

    def __init__(self, path: Path) -> None:
        self.path = path
        self.words: dict[int, list[str]] = {}  # of the columns whose first cell is a word
        self.known: dict[str, str] = {}  # each word once

    def read(self, file: IO[bytes]) -> Table:
        blocks = _blocks(file, self.path)
        first, line, rest = self._first_line(next(blocks, b""))
        self.separator, names = _first_cells(first, self.path)
        self.columns = len(names)
        header = _is_header(names)
        rest = rest if header else first + b"\n" + rest
        line += header
        tables: list[NDArray[Any]] = []
        size = 0
        for block in chain([rest] if rest else [], blocks):
            if not tables:
                self._find_words(block, names if header else [])
            table = None if self.words else self._parse_fast(block)
            tables.append(self._parse_exactly(block, line) if table is None else table)
            line += block.count(b"\n")
            size += tables[-1].nbytes
            check_unpacked(size, self.path.stat().st_size, str(self.path))
            if size > MAX_BYTES:
                raise DataError(
                    f"{self.path} holds more than the {MAX_BYTES:,} bytes that numnist holds in memory: divide it."
                )
        if not size:
            raise DataError(f"{self.path} has a header but no pictures: {GET_AGAIN}.")
        words = {column: np.array(cells) for column, cells in self.words.items()}
        return Table(self.path, tuple(names) if header else None, np.concatenate(tables), words)

    def _first_line(self, block: bytes) -> tuple[bytes, int, bytes]:
        """The first line that is no comment, nor empty after one, which of the file's lines it is, and what follows."""
        lines, commented = io.BytesIO(block.removeprefix(_BYTE_ORDER_MARK)), False
        for number in range(1, 1000):
            line = lines.readline()
            commented = commented or line.startswith(b"#")
            if not commented or (line and not _passed_over(line.decode("utf-8", "replace"))):
                return line.rstrip(b"\n"), number, lines.read()
        raise DataError(f"{self.path} begins with a thousand lines of comments: it is no CSV file of pictures.")

    def _find_words(self, block: bytes, names: list[str]) -> None:
        """See which columns hold words, by the first row: those that may be labels, or count the rows."""
        line = next(_text_lines(block), "")
        try:
            cells = self._cells(line)
        except csv.Error:
            return
        rows = {i for i, name in enumerate(names) if name in ROW_NAMES}
        ends = {min(set(range(len(cells))) - rows, default=0), len(cells) - 1}
        may = rows | ({i for i, name in enumerate(names) if name in LABELS} or ends)
        self.words = {
            i: [] for i, cell in enumerate(cells) if i in may and cell.strip() and not _NUMBER.fullmatch(cell)
        }

    def _parse_fast(self, block: bytes) -> NDArray[Any] | None:
        """The numbers of a block, (lines, columns), or None if anything about it is unusual."""
        unusual = block.translate(None, _WHOLE)
        if unusual.strip(b".eE-") or not block.strip():
            return None
        try:
            table = np.loadtxt(
                io.StringIO(block.decode("ascii")),
                np.float64 if unusual else np.uint16,  # NumPy would read 7.5 as the integer 7
                comments=None,
                delimiter=None if self.separator == _SPACES else self.separator,
                quotechar='"',
                ndmin=2,
            )
        except ValueError:
            return None
        return _compact(table) if table.shape[1] == self.columns else None

    def _parse_exactly(self, block: bytes, line: int) -> NDArray[Any]:
        """The same, cell by cell: slow, but it takes words, and an error names the line and the column."""
        numbers, rows = array("d"), 0  # a list of them would take four times the memory
        for number, raw in enumerate(block.splitlines(), line):
            try:
                text = raw.decode("utf-8")
                if _passed_over(text):
                    continue
                cells = self._cells(text)
            except (UnicodeDecodeError, csv.Error) as error:
                raise DataError(
                    f"{self.path}, line {number}: not readable as numbers ({error}): {GET_AGAIN}."
                ) from error
            if len(cells) != self.columns:
                raise DataError(
                    f"{self.path}, line {number} has {len(cells)} cells, but {self.columns} are expected as in the "
                    f"first line: the line is cut off or damaged; {GET_AGAIN}, or remove the line."
                )
            numbers.extend(self._cell(cell, i, number) for i, cell in enumerate(cells))
            rows += 1
        return _compact(np.frombuffer(numbers, np.float64).reshape(rows, self.columns))

    def _cell(self, cell: str, column: int, line: int) -> float:
        """The number in one cell; 0 for a word, which is kept."""
        if column in self.words and cell.strip():
            word = cell.strip()
            if len(word) > _LONGEST_WORD:
                raise DataError(
                    f"{self.path}, line {line}, column {column + 1}: {word[:30]!r}… has {len(word):,} characters, too "
                    "many for the name of a class."
                )
            self.words[column].append(self.known.setdefault(word, word))
            return 0.0
        if _NUMBER.fullmatch(cell):
            return float(cell)
        found = repr(cell[:30]) if cell.strip() else "nothing"
        raise DataError(
            f"{self.path}, line {line}, column {column + 1}: a number is expected but {found} is there: correct the "
            "line or remove it."
        )

    def _cells(self, line: str) -> list[str]:
        return _cells(line, self.separator)


def _compact(table: NDArray[Any]) -> NDArray[Any]:
    """The same numbers in the smallest of uint8, uint16 and float32 that holds them."""
    if not table.size:
        return table.astype(np.uint8)
    low, high = table.min(), table.max()
    if low < 0 or high > np.iinfo(np.uint16).max or (table.dtype.kind == "f" and (table != np.rint(table)).any()):
        with np.errstate(over="ignore"):  # a number of 5,000 digits is infinite
            return table.astype(np.float32)
    return table.astype(np.uint8 if high <= 255 else np.uint16)


def _first_cells(first: bytes, path: Path) -> tuple[str, list[str]]:
    """The separator, and the cells of the first line in lower case."""
    if not first.strip():
        raise DataError(f"{path} begins with an empty line or is empty: a header or a picture is expected.")
    if first.lstrip()[:1] == b"<":
        raise DataError(f"{path} is a web page, not a CSV file: perhaps a server's error message; {GET_AGAIN}.")
    if b"\0" in first:
        raise DataError(f"{path} is a binary file or UTF-16, not CSV in UTF-8: save it as that.")
    try:
        text = first.decode("utf-8").rstrip("\r\n")
        separator = max(",;\t", key=text.count)
        separator = separator if separator in text else _SPACES
        if text.count(separator) > _MOST_COLUMNS:
            raise DataError(f"{path} has {text.count(separator):,} columns, more than {_MOST_COLUMNS:,}: {_OTHERWISE}.")
        names = [name.strip().lower() for name in _cells(text, separator)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} does not begin with a line of CSV ({error}): save it as CSV in UTF-8.") from error
    if not any(names):
        raise DataError(f"{path} begins with an empty line: a header or a picture is expected.")
    return separator, names


def _is_header(names: list[str]) -> bool:
    """Whether the first line names the columns: words, or numbers that only count them, as pandas writes."""
    numbers = [name for name in names if _NUMBER.fullmatch(name)]
    counted = len(numbers) > 4 and numbers in ([str(k + start) for k in range(len(numbers))] for start in (0, 1))
    return counted or len(numbers) < len(names) / 2


def _cells(line: str, separator: str) -> list[str]:
    if separator == _SPACES:
        return line.split()
    return next(csv.reader([line], delimiter=separator), [])


def _passed_over(line: str) -> bool:
    return not line.strip() or line.startswith("#")


def _text_lines(block: bytes) -> Iterator[str]:
    lines = (line.decode("utf-8", "replace") for line in block.splitlines())
    return (line for line in lines if not _passed_over(line))


def _lines(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """All lines of a file, whatever they end in."""
    for block in _blocks(file, path):
        yield from block.splitlines()


def _too_long(path: Path) -> DataError:
    return DataError(f"{path} has a line of more than {_LONGEST_LINE:,} bytes: it is no CSV file, or {_OTHERWISE}.")


def _blocks(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """The lines of a file, some megabytes at a time; each ends in one \\n, whatever it ends in there."""
    rest = held = b""
    while data := file.read(_BLOCK):
        data = held + data
        held = data[-1:] if data.endswith(b"\r") else b""  # perhaps the \n of the same line end comes next
        data = data.removesuffix(held)
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        data = rest + data
        cut = data.rfind(b"\n") + 1
        rest = data[cut:]
        if cut:
            yield data[:cut]
        if len(rest) > _LONGEST_LINE:
            raise _too_long(path)
    if rest or held:
        yield rest + b"\n"
