"""CSV files: the four layouts are read alike, and what is wrong is named by line and column."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from numnist.data import load
from numnist.data.formats.columns import read_csv as read_pictures
from numnist.support.errors import DataError

N = 12
PIXELS = np.arange(N * 16).reshape(N, 16)[::-1] % 256  # whose first row does not count the columns
TRUTH = np.arange(N) % 3
ROWS = [f"{label},{','.join(map(str, row))}" for label, row in zip(TRUTH, PIXELS)]
HEADER = "label," + ",".join(f"pixel{i}" for i in range(16))
GRID = "label," + ",".join(f"{i}x{j}" for i in range(1, 5) for j in range(1, 5))


def read_csv(path, label_column=None):
    found = read_pictures(path, label_column)
    return found.x, found.labels


def text(*lines, end="\n"):
    return end.join(lines) + end


def written(folder, content, name="own.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


GOOD = {
    "Kaggle's train.csv": text(HEADER, *ROWS),
    "no header, label first": text(*ROWS),
    "header label,1x1..4x4": text(GRID, *ROWS),
    "Windows line ends": text(HEADER, *ROWS, end="\r\n"),
    "old Macintosh line ends": text(HEADER, *ROWS, end="\r"),
    "old Macintosh line ends, no header": text(*ROWS, end="\r"),
    "old Macintosh line ends after the header": text(HEADER, "\r".join(ROWS)),
    "byte order mark": "\ufeff" + text(HEADER, *ROWS),
    "byte order mark without header": "\ufeff" + text(*ROWS),
    "semicolons": text(HEADER, *ROWS).replace(",", ";"),
    "tabs": text(HEADER, *ROWS).replace(",", "\t"),
    "quotes": text(*(",".join(f'"{cell}"' for cell in row.split(",")) for row in [HEADER, *ROWS])),
    "spaces": text(HEADER, *ROWS).replace(",", " , "),
    "7.0 as pandas writes it": text(HEADER, *(row.replace(",", ".0,") + ".0" for row in ROWS)),
    "empty lines": text(HEADER, ROWS[0], "", *ROWS[1:], "", "  ", ""),
    "no line end at the end": text(HEADER, *ROWS).rstrip("\n"),
    "leading zeros": text(HEADER, *(row.replace(",7,", ",007,") for row in ROWS)),
    "labels last": text(
        HEADER.removeprefix("label,") + ",class", *(",".join([*row.split(",")[1:], row.split(",")[0]]) for row in ROWS)
    ),
    "as numpy.savetxt writes it": text(*(",".join(f"{int(cell):.18e}" for cell in row.split(",")) for row in ROWS)),
    "pandas' numbered columns": text("label," + ",".join(map(str, range(16))), *ROWS),
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_each_layout_is_read(tmp_path, content, packed):
    content = content.encode()
    x, labels = read_csv(written(tmp_path, gzip.compress(content) if packed else content))
    assert np.array_equal(x.reshape(N, 16), PIXELS)
    assert np.array_equal(labels, TRUTH)
    assert (x.dtype, labels.dtype, x.shape) == (np.uint8, np.int64, (N, 1, 4, 4))


@pytest.mark.parametrize("header", [True, False])
def test_without_labels_there_are_none(tmp_path, header):
    lines = [line.partition(",")[2] for line in ([HEADER] if header else []) + ROWS]
    x, labels = read_csv(written(tmp_path, text(*lines)))
    assert labels is None
    assert np.array_equal(x.reshape(N, 16), PIXELS)


def test_pictures_that_are_not_square_need_their_size_in_the_header(tmp_path):
    grid = "label," + ",".join(f"{i}x{j}" for i in range(1, 3) for j in range(1, 9))
    x, _ = read_csv(written(tmp_path, text(grid, *ROWS)))
    assert x.shape == (N, 1, 2, 8)
    assert np.array_equal(x.reshape(N, 16), PIXELS)


def test_labels_above_255_are_classes_too(tmp_path):
    _, labels = read_csv(written(tmp_path, text(HEADER, ROWS[0], "3755" + ROWS[1][1:])))
    assert labels.tolist() == [0, 3755]


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD)
def test_a_file_of_several_blocks_gives_the_lines_in_order(tmp_path, monkeypatch, content):
    path = written(tmp_path, content)
    for block in (1, 2, 3, 50, 99, 100):
        monkeypatch.setattr("numnist.data.formats.csv._BLOCK", block)
        x, labels = read_csv(path)
        assert np.array_equal(x.reshape(N, 16), PIXELS)
        assert np.array_equal(labels, TRUTH)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_an_error_names_the_line_whatever_lines_end_in(tmp_path, monkeypatch, end):
    path = written(tmp_path, changed(9, 4, "abc").replace("\n", end))
    for block in (1, 64, 1000):
        monkeypatch.setattr("numnist.data.formats.csv._BLOCK", block)
        with pytest.raises(DataError, match="line 9, column 4"):
            read_csv(path)


def changed(line, column, cell):
    """The file with one cell changed; line and column count from 1."""
    lines = [line.split(",") for line in (HEADER, *ROWS)]
    lines[line - 1][column - 1] = cell
    return text(*map(",".join, lines))


BROKEN = {
    "not a number": (changed(5, 4, "abc"), "line 5, column 4"),
    "not a number in the last cell": (changed(13, 17, "x"), "line 13, column 17"),
    "empty cell": (changed(3, 2, ""), "line 3, column 2"),
    "256": (changed(4, 9, "256"), "line 4, column 9"),
    "1000": (changed(4, 9, "1000"), "line 4, column 9"),
    "70000": (changed(4, 9, "70000"), "line 4, column 9"),
    "5000 digits": (changed(4, 9, "9" * 5000), "line 4, column 9"),
    "negative pixel": (changed(2, 3, "-1"), "line 2, column 3"),
    "fraction": (changed(2, 3, "0.5"), "line 2, column 3"),
    "NaN": (changed(2, 3, "nan"), "line 2, column 3"),
    "infinity": (changed(2, 3, "inf"), "line 2, column 3"),
    "hexadecimal": (changed(2, 3, "0x10"), "line 2, column 3"),
    "underscore in a number": (changed(2, 3, "1_0"), "line 2, column 3"),
    "null byte": (changed(6, 3, "1\0"), "line 6"),
    "Arabic digit": (changed(6, 3, "٣"), "line 6"),
    "negative label": (changed(7, 1, "-3"), "line 7, column 1"),
    "fraction as label": (changed(7, 1, "2.5"), "line 7, column 1"),
    "empty label": (changed(7, 1, ""), "line 7, column 1"),
    "word as label": (changed(7, 1, "cat"), "line 7, column 1"),
    "label of a million": (changed(7, 1, "1000000"), "line 7, column 1"),
    "a cell too few": (text(HEADER, *ROWS[:4], ROWS[4].rpartition(",")[0], *ROWS[5:]), "line 6 has 16 cells"),
    "a cell too many": (text(HEADER, *ROWS[:4], ROWS[4] + ",0", *ROWS[5:]), "line 6 has 18 cells"),
    "comma at the end of a line": (text(HEADER, *ROWS[:4], ROWS[4] + ",", *ROWS[5:]), "line 6 has 18 cells"),
    "last line cut off": (text(HEADER, *ROWS)[:-20], "line 13 has"),
    "two lines in one": (text(HEADER, ROWS[0] + "," + ROWS[1], *ROWS[2:]), "line 2 has 34 cells"),
    "mixed separators": (text(HEADER, *ROWS[:4], ROWS[4].replace(",", ";"), *ROWS[5:]), "line 6 has 1 cells"),
    "error far down without header": (text(*ROWS * 9, ROWS[-1].replace(",3,", ",x,")), "line 109, column 5"),
    "empty file": ("", "empty"),
    "nothing but a byte order mark": (b"\xef\xbb\xbf", "empty"),
    "a byte order mark and an empty line": (b"\xef\xbb\xbf\r\n1,2,3,4\n", "empty line"),
    "empty lines only": ("\n\n\n", "empty"),
    "header only": (HEADER + "\n", "no pictures"),
    "header and empty lines": (HEADER + "\n\n\n", "no pictures"),
    "not square": (text(*(row + ",0" for row in ROWS)), "18 columns"),
    "not square with header": (text(HEADER + ",pixel16", *(row + ",0" for row in ROWS)), "17 without the label"),
    "sizes that contradict the columns": (text(GRID.replace("4x4", "4x5"), *ROWS), "16 without the label"),
    "sizes of zero": (text(GRID.replace("4x4", "0x0"), *ROWS), "16 without the label"),
    "one column": (text("1", "2", "3"), "1 columns"),
    "UTF-16": (text(HEADER, *ROWS).encode("utf-16"), "UTF-8"),
    "UTF-16 without mark": (text(HEADER, *ROWS).encode("utf-16-le"), "UTF-8"),
    "Latin-1 header": (text("läbel" + HEADER[5:], *ROWS).encode("latin-1"), "UTF-8"),
    "binary": (bytes(range(256)) * 4, "own.csv"),
    "web page": ("<!doctype html><html>404</html>", "web page"),
    "Excel file": (b"PK\x03\x04\x14\0\x06\0" + bytes(range(256)), "own.csv"),
    "truncated gzip": (gzip.compress(text(HEADER, *ROWS).encode())[:-20], "gzip"),
    "gzip with a wrong checksum": (gzip.compress(text(HEADER, *ROWS).encode())[:-8] + bytes(8), "gzip"),
    "gzip of nothing": (gzip.compress(b""), "empty"),
    "wild label": (changed(7, 1, "999"), "label 999 for a single picture"),
    "no labels at all": (text(*(row.partition(",")[2] for row in [HEADER, *ROWS])), "no labels"),
    "too few pictures": (text(HEADER, *ROWS[:2]), "too few"),
}


@pytest.mark.parametrize(("content", "says"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused_with_its_place(tmp_path, content, says):
    with pytest.raises(DataError) as caught:
        load(written(tmp_path, content))
    message = str(caught.value)
    assert "own.csv" in message
    assert says in message
    assert ": " in message
    assert message.endswith(".")
    assert len(message) < 600


def test_a_line_without_end_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("numnist.data.formats.csv._BLOCK", 1000)
    monkeypatch.setattr("numnist.data.formats.csv._LONGEST_LINE", 5000)
    path = written(tmp_path, text(HEADER, *ROWS) + "1" * 100_000)
    with pytest.raises(DataError, match="line of more than 5,000 bytes"):
        read_csv(path)


def test_a_folder_with_train_and_test_gives_both(tmp_path):
    written(tmp_path, text(*ROWS), "mnist_train.csv")
    written(tmp_path, text(*ROWS[:6]), "mnist_test.csv")
    data = load(tmp_path, validation=2)
    assert (len(data.train), len(data.validation), len(data.test)) == (10, 2, 6)
    assert np.array_equal(data.test.x.reshape(6, 16), PIXELS[:6])


def test_a_test_file_without_labels_is_no_test_set_so_train_is_split(tmp_path):
    written(tmp_path, text(HEADER, *ROWS), "train.csv")
    written(tmp_path, text(*(row.partition(",")[2] for row in [HEADER, *ROWS])), "test.csv")
    data = load(tmp_path)
    assert len(data.train) + len(data.validation) + len(data.test) == N
    assert len(data.test) == 3  # one of each class
    assert any("has no labels" in note for note in data.notes)


def test_a_folder_with_several_tables_is_ambiguous(tmp_path):
    written(tmp_path, text(*ROWS), "a.csv")
    written(tmp_path, text(*ROWS), "b.csv")
    with pytest.raises(DataError, match=r"a\.csv, b\.csv"):
        load(tmp_path)


def read_or_refuse(path):
    try:
        x, labels = read_csv(path)
    except DataError as error:
        message = str(error)
    else:
        message = str(path)
        assert len(x)
        assert labels is None or len(labels) == len(x)
    assert str(path) in message


@settings(max_examples=150, deadline=None)
@given(content=st.one_of(st.binary(max_size=200), st.text('0123456789,;.-\n\r"x ', max_size=200).map(str.encode)))
def test_random_bytes_raise_nothing_but_data_errors(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "random.csv"
    path.write_bytes(content)
    read_or_refuse(path)


@settings(max_examples=150, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4), cut=st.integers(0, 30))
def test_mutated_files_raise_nothing_but_data_errors(tmp_path_factory, changes, cut):
    content = bytearray(text(HEADER, *ROWS).encode())
    for at, value in changes:
        content[at % len(content)] = value
    path = tmp_path_factory.getbasetemp() / "mutated.csv"
    path.write_bytes(content[: len(content) - cut])
    read_or_refuse(path)
