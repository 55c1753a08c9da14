"""Which columns of a table are pixels and which the label: a wrong guess would train on nonsense without a word.

A header may say it (label, class, target, digit, y; one-hot columns after the pixels).  Without, the label is the
first or the last column, and the values tell which: a label takes each of a few values, and differs from the pixels
beside it.
Where both columns could be labels, the file is refused, and the user is asked.

Pixel k of a grey picture is at row k // W, column k % W; its size is H×W, which must be square, unless the header ends
in 20x30.  Colours come as pixels of three (as rows of an (H, W, 3) array do), or as three planes; neighbours tell
which.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from math import isqrt
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from numnist.data.checks import MAX_CLASSES
from numnist.data.formats.csv import LABELS, ROW_NAMES, Table, read_table
from numnist.support.errors import DataError, UsageError

FIRST, LAST = "first", "last"  # where --label-column may say that the label is, beside a name in the header
SMALLEST_COLOUR, MOST_ONE_HOT = 8, 100  # a picture's height, and classes: smaller ones could be anything


@dataclass(frozen=True, eq=False)
class Pictures:
    """What a CSV file says.

    x: (N, C, H, W), uint8 0..255 or float32 0..1;  labels: (N,) int64 or strings, None without labels;
    label_column: FIRST, LAST or a name, where one column is the label;  classes: where several, one-hot, are.
    """

    x: NDArray[Any]
    labels: NDArray[Any] | None
    label_column: str | None
    notes: tuple[str, ...] = ()
    classes: tuple[str, ...] | None = None


def read_csv(path: str | os.PathLike[str], label_column: str | None = None) -> Pictures:
    """The pictures in a CSV file, and their labels if it has any.

    label_column: "first", "last" or a column's name in the header, where the file does not tell by itself.
    Raises DataError, naming line and column; UsageError for a label column that the header does not name.
    """
    table = read_table(path)
    columns = [i for i in range(table.cells.shape[1]) if not _counts_rows(table, i)]
    label = _label(table, columns, label_column)
    if label is None:
        one_hot = None if label_column else _one_hot(table, columns)
        pixels = [i for i in columns if i not in (one_hot or ())]
        labels, classes = (None, None) if one_hot is None else _one_hot_labels(table, one_hot)
        place = None
    else:
        pixels = [i for i in columns if i != label]
        labels, classes = _labels(table, label), None
        place = table.names[label] if table.names else FIRST if label == columns[0] else LAST
    x, notes = _pictures(table, pixels, label is not None)
    if place == LAST:
        notes = (f"{table.path.name}: the last column is the label.", *notes)
    return Pictures(x, labels, place, notes, classes)


def _counts_rows(table: Table, column: int) -> bool:
    """Whether this is pandas' index, or a column of numbers like it."""
    if not table.names or table.names[column] not in ROW_NAMES:
        return False
    cells = table.words.get(column, table.cells[:, column])
    return len(np.unique(cells)) == len(cells) > 1


def _label(table: Table, columns: list[int], asked: str | None) -> int | None:
    """The column of the labels, None if there is none."""
    names = table.names or ()
    if asked is not None:
        if asked in (FIRST, LAST):
            return columns[0] if asked == FIRST else columns[-1]
        if asked.lower() not in names:
            there = f"the header of {table.path} names {', '.join(names[:5])}…" if names else f"{table.path} has none"
            raise UsageError(f"there is no column {asked!r}: give first, last, or a name of the header ({there}).")
        return names.index(asked.lower())
    known = [i for i in columns if i in table.words] or [i for i in columns if names and names[i] in LABELS]
    if len(known) > 1:
        raise DataError(
            f"{table.path} has several columns that may be the label ({', '.join(str(i + 1) for i in known)}, from 1): "
            "remove all but one, or say which with --label-column (in Python label_column=)."
        )
    if known:
        return known[0]
    count = len(columns)
    if _size(count - 1) is None or _size(count) is not None:
        return None
    return _first_or_last(table, columns)


def _first_or_last(table: Table, columns: list[int]) -> int:
    """The label without a name, by the values.  Raises DataError where both the first and the last may be it."""
    cells = table.cells
    first = _may_be_label(cells[:, columns[0]], cells[:, columns[1]])
    last = _may_be_label(cells[:, columns[-1]], cells[:, columns[-2]])
    if first and last:
        raise DataError(
            f"{table.path} has no header that names the label, and both its first and its last column could be it: "
            "say which with --label-column first or --label-column last (in Python label_column=)."
        )
    return columns[-1] if last else columns[0]  # a file of one class, whose first column was always the label


def _may_be_label(values: NDArray[Any], beside: NDArray[Any]) -> bool:
    """Whether a column takes each of a few values, and others than the pixels beside it."""
    present = np.unique(values).astype(np.float64)
    whole = present[0] >= 0 and present[-1] < MAX_CLASSES and bool((present == np.rint(present)).all())
    few = 2 <= len(present) <= max(2, len(values) / 2) and len(present) > present[-1] / 2
    pixels = np.unique(beside).astype(np.float64)
    alike = len(present) <= 2 * len(pixels) and present[-1] <= 2 * pixels[-1] and len(pixels) <= 2 * len(present)
    return bool(whole and few and not alike)


def _one_hot(table: Table, columns: list[int]) -> list[int] | None:
    """The columns of a one-hot label, before or after the pixels, where nothing else fits."""
    count = len(columns)
    if _size(count) is not None or _named_size(table, columns):
        return None
    found = []
    for classes in range(2, MOST_ONE_HOT + 1):
        if _size(count - classes) is None:
            continue
        for part in (columns[:classes], columns[-classes:]):
            cells = table.cells[:, part]
            if ((cells == 0) | (cells == 1)).all() and (cells.sum(axis=1) == 1).all():
                found.append(part)
    return found[0] if len(found) == 1 else None


def _one_hot_labels(table: Table, columns: list[int]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The label of each row, and the classes: all columns, also those that no picture is of."""
    labels = table.cells[:, columns].argmax(axis=1)
    if table.names is None:
        return labels.astype(np.int64), tuple(map(str, range(len(columns))))
    names = tuple(re.sub(r"^(label|class|target|digit|y)[_ .-]*", "", table.names[i]) for i in columns)
    return np.array(names)[labels], names


def _labels(table: Table, column: int) -> NDArray[Any]:
    if column in table.words:
        return table.words[column]
    labels = table.cells[:, column]
    wrong = np.flatnonzero(~((labels >= 0) & (labels < MAX_CLASSES) & (labels == np.rint(labels))))
    if len(wrong):
        _refuse(table, int(wrong[0]), column, "a label 0, 1, 2 … is expected")
    return labels.astype(np.int64)


def _size(pixels: int) -> tuple[int, int, int] | None:
    """(C, H, W) of pictures with so many numbers, None if none fits."""
    side = isqrt(max(pixels, 0))
    if side >= 2 and side * side == pixels:
        return 1, side, side
    side = isqrt(max(pixels, 0) // 3)
    return (3, side, side) if side >= SMALLEST_COLOUR and 3 * side * side == pixels else None


def _named_size(table: Table, pixels: list[int]) -> tuple[int, int, int] | None:
    """(1, H, W) as the header's last pixel names it, such as 20x30."""
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", table.names[pixels[-1]]) if table.names and pixels else None
    return (1, int(found[1]), int(found[2])) if found else None


def _pictures(table: Table, pixels: list[int], labelled: bool) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The pictures (N, C, H, W), and what is to be said of them."""
    size = _named_size(table, pixels) or _size(len(pixels))
    if size is None or size[0] * size[1] * size[2] != len(pixels) or len(pixels) < 4:
        without = f", {len(pixels)} without the label" if labelled else ""
        raise DataError(
            f"{table.path} has {table.cells.shape[1]} columns{without or f', {len(pixels)} of pixels'}, which are not "
            "H×W pixels: the pictures must be square, or the header must end in their size such as 20x30, and a column "
            f"of labels must be the first, the last, or be called {LABELS[0]}."
        )
    C, H, W = size
    x = _as_pixels(table, table.cells[:, pixels], pixels)
    if C == 1:
        return x.reshape(-1, 1, H, W), ()
    interleaved, planes = x.reshape(-1, H, W, C).transpose(0, 3, 1, 2), x.reshape(-1, C, H, W)
    roughness = [_roughness(each[:200]) for each in (interleaved, planes)]
    if max(roughness) < 1.1 * min(roughness):
        raise DataError(
            f"{table.path} has {len(pixels)} pixels, as colour pictures of {W}×{H} have, but their order cannot be "
            "told: save them as an .npz file with an array (N, H, W, 3)."
        )
    first = roughness[0] < roughness[1]
    order = "red, green and blue of each pixel together" if first else "all red, then all green, then all blue"
    note = f"{table.path.name}: colour pictures of {W}×{H}, {order}."
    return np.ascontiguousarray(interleaved if first else planes), (note,)


def _roughness(x: NDArray[Any]) -> float:
    """The mean difference between neighbours in pictures (N, C, H, W)."""
    x = x.astype(np.float32)
    return float(np.abs(np.diff(x, axis=2)).mean() + np.abs(np.diff(x, axis=3)).mean())


def _as_pixels(table: Table, cells: NDArray[Any], columns: list[int]) -> NDArray[Any]:
    """Whole numbers 0..255 as uint8, fractions 0..1 as float32.  Raises DataError with the first that is neither."""
    if cells.dtype == np.uint8:
        return cells
    low, high = float(cells.min()), float(cells.max())
    if cells.dtype == np.float32 and low >= 0 and high <= 1:
        return cells
    wrong = (cells < 0) | (cells > 255) | (cells != np.rint(cells))
    if not wrong.any():
        return cells.astype(np.uint8)
    row, column = np.unravel_index(int(wrong.argmax()), cells.shape)
    cure = "correct the line or remove it"
    if wrong.mean() > 0.01:
        from_zero = f"x {'-' if low > 0 else '+'} {abs(low):g}"
        cure = f"the pixels run from {low:g} to {high:g}; rescale all of them, as by ({from_zero}) / {high - low:g}"
    _refuse(table, int(row), columns[column], "a pixel, a whole number 0..255 or a fraction 0..1, is expected", cure)


def _refuse(
    table: Table, row: int, column: int, expected: str, cure: str = "correct the line or remove it"
) -> NoReturn:
    value = float(table.cells[row, column])
    raise DataError(
        f"{table.path}, line {table.line_of(row)}, column {column + 1}: {expected} but {value:g} is there: {cure}."
    )
