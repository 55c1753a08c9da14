"""Columns of a table: the label is found wherever it stands, or asked for, and never taken for a pixel."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.data import load
from numnist.data.formats.columns import read_csv
from numnist.support.errors import DataError, UsageError

N, CLASSES = 60, 10
LABELS = np.arange(N) % CLASSES
rng = np.random.default_rng(0)
RING = np.hypot(*np.mgrid[-4:4, -4:4]) < 4  # nothing is drawn in the corners, as in most digits
GREY = rng.integers(0, 256, (N, 8, 8)) * RING
SIXTEEN = GREY // 16  # as scikit-learn's and UCI's digits
BINARY = (GREY > 100).astype(int)
EDGES = rng.integers(0, 2, (N, 8, 8))  # binary, also at the edges, as Semeion's digits
WORDS = np.array(list("abcdefghij"))[LABELS]
ONE_HOT = np.eye(CLASSES, dtype=int)[LABELS]


def rows(*columns):
    return np.concatenate([np.reshape(column, (N, -1)).astype(str) for column in columns], axis=1)


def write(folder, table, header=None, separator=",", name="own.csv", before=()):
    lines = [*before, *([separator.join(header)] if header else []), *(separator.join(row) for row in table)]
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


PIXEL_NAMES = [f"pixel{i}" for i in range(64)]
FOUND = {
    "label first": ((LABELS, GREY), {}),
    "label last": ((GREY, LABELS), {}),
    "label last, values to 16": ((SIXTEEN, LABELS), {}),
    "label last, binary pixels": ((BINARY, LABELS), {}),
    "label last, binary pixels to the edge": ((EDGES, LABELS), {}),
    "label first, binary pixels to the edge": ((LABELS, EDGES), {}),
    "label last, tabs": ((GREY, LABELS), {"separator": "\t", "name": "own.tsv"}),
    "label last, semicolons": ((GREY, LABELS), {"separator": ";"}),
    "label last, spaces": ((GREY, LABELS), {"separator": " "}),
    "label last, named": ((GREY, LABELS), {"header": [*PIXEL_NAMES, "target"]}),
    "a name in capitals": ((LABELS, GREY), {"header": ["Label", *PIXEL_NAMES]}),
    "numbers as header, label first": ((LABELS, GREY), {"header": list(map(str, range(65)))}),
    "numbers from 1 as header, label last": ((GREY, LABELS), {"header": [str(k + 1) for k in range(65)]}),
    "pandas' index": ((np.arange(N), LABELS, GREY), {"header": ["", "label", *PIXEL_NAMES]}),
    "pandas' index and numbers": ((np.arange(N), LABELS, GREY), {"header": ["", *map(str, range(65))]}),
    "another name of the label": ((LABELS, GREY), {"header": ["which", *PIXEL_NAMES]}),
    "comments and blank lines": ((LABELS, GREY), {"before": ["# digits", ""]}),
    "one-hot, last": ((GREY, ONE_HOT), {}),
    "one-hot, first": ((ONE_HOT, GREY), {}),
    "one-hot, binary pixels, spaces": ((EDGES, ONE_HOT), {"separator": " "}),
}


@pytest.mark.parametrize(("columns", "more"), FOUND.values(), ids=FOUND)
def test_the_label_is_found(tmp_path, columns, more):
    found = read_csv(write(tmp_path, rows(*columns), **more))
    assert found.labels.tolist() == LABELS.tolist()
    pixels = next(column for column in columns if np.ndim(column) == 3)
    assert np.array_equal(found.x[:, 0], pixels)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("header", [None, ["label", *PIXEL_NAMES]])
def test_words_are_labels(tmp_path, last, header):
    if header and last:
        header = [*header[1:], header[0]]
    path = write(tmp_path, rows(GREY, WORDS) if last else rows(WORDS, GREY), header)
    assert read_csv(path).labels.tolist() == WORDS.tolist()
    data = load(path)
    assert data.classes == tuple("abcdefghij")
    assert len(data.train) + len(data.validation) + len(data.test) == N


def test_one_hot_columns_may_be_named(tmp_path):
    names = [*PIXEL_NAMES, *(f"label_{letter}" for letter in "abcdefghij")]
    assert read_csv(write(tmp_path, rows(GREY, ONE_HOT), names)).labels.tolist() == WORDS.tolist()


def test_labels_from_1_have_no_class_0(tmp_path):
    data = load(write(tmp_path, rows(LABELS + 1, GREY)))
    assert data.classes == tuple(str(k) for k in range(1, 11))
    assert set(data.train.labels) == set(range(10))


def test_gaps_in_the_numbers_are_no_classes(tmp_path):
    data = load(write(tmp_path, rows(np.where(LABELS == 7, 2, LABELS), GREY)))
    assert data.classes == tuple("012345689")
    assert not any("no pictures of" in note for note in data.notes)


def test_all_columns_of_a_one_hot_label_are_classes(tmp_path):
    labels = np.eye(10, dtype=int)[np.where(LABELS == 7, 2, LABELS)]
    data = load(write(tmp_path, rows(GREY, labels)))
    assert data.classes == tuple("0123456789")
    assert any("no pictures of 7" in note for note in data.notes)


def test_classes_txt_names_classes_without_pictures_too(tmp_path):
    write(tmp_path, rows(np.where(LABELS == 7, 2, LABELS), GREY), name="train.csv")
    write(tmp_path, rows(LABELS, GREY)[:12], name="test.csv")
    with pytest.raises(DataError, match=r"test\.csv has pictures of '7', but no training picture"):
        load(tmp_path)
    (tmp_path / "classes.txt").write_text("\n".join("abcdefghij"))
    data = load(tmp_path)
    assert data.classes == tuple("abcdefghij")
    assert data.test.labels.tolist() == LABELS[:12].tolist()
    (tmp_path / "test.csv").unlink()
    (tmp_path / "classes.txt").write_text("\n".join("abcdefghi"))  # as many as there are numbers
    assert set(load(tmp_path).train.labels) == set(range(9))


def test_where_two_columns_may_be_the_label_the_user_is_asked(tmp_path):
    half = LABELS // 5  # two classes, of pictures with two grey levels
    path = write(tmp_path, rows(half, GREY, LABELS)[:, 1:-1])
    assert read_csv(path).labels is None  # 64 numbers are pixels alone
    first, last = LABELS, LABELS[::-1]
    middle = rng.integers(0, 256, (N, 63))
    both = write(tmp_path, rows(first, middle, last), name="both.csv")
    with pytest.raises(DataError, match=r"both\.csv .*--label-column first or --label-column last"):
        load(both)
    assert read_csv(both, "first").labels.tolist() == first.tolist()
    assert read_csv(both, "last").labels.tolist() == last.tolist()
    assert load(both, label_column="last").classes == tuple("0123456789")


def test_a_label_column_may_be_named(tmp_path):
    path = write(tmp_path, rows(GREY, LABELS), [*PIXEL_NAMES, "what"])
    assert read_csv(path, "what").labels.tolist() == LABELS.tolist()
    with pytest.raises(UsageError, match=r"no column 'who'.*first, last, or a name of the header"):
        read_csv(path, "who")


def test_that_the_last_column_is_the_label_is_said(tmp_path):
    assert any("the last column is the label" in note for note in load(write(tmp_path, rows(GREY, LABELS))).notes)


def test_fractions_are_pixels_from_0_to_1(tmp_path):
    x = rng.uniform(0, 1, (N, 8, 8)).round(4)
    found = read_csv(write(tmp_path, rows(LABELS, x)))
    assert found.x.dtype == np.float32
    assert np.allclose(found.x[:, 0], x, atol=1e-6)  # float32 has 7 digits
    assert load(write(tmp_path, rows(LABELS, x))).train.x.dtype == np.float32


def test_standardised_pixels_are_refused_with_the_way_out(tmp_path):
    x = rng.normal(0, 1, (N, 8, 8)).round(3)
    with pytest.raises(DataError, match=r"line 1, column \d+: a pixel.*run from -\d.*rescale all of them"):
        load(write(tmp_path, rows(LABELS, x)))


@pytest.mark.parametrize("planes", [False, True])
def test_colours_are_read_in_the_order_that_makes_them_smooth(tmp_path, planes):
    y, x = np.mgrid[0:8, 0:8] / 8
    waves = [np.sin(3 * x + k) + np.cos(2 * y - k) for k in range(3)]
    smooth = np.stack([wave[None] * rng.uniform(30, 50, (N, 1, 1)) + 110 for wave in waves], axis=-1).astype(int)
    written = smooth.transpose(0, 3, 1, 2) if planes else smooth  # (N, 8, 8, 3)
    found = read_csv(write(tmp_path, rows(LABELS, written)))
    assert np.array_equal(found.x, smooth.transpose(0, 3, 1, 2))
    assert "colour pictures of 8×8" in found.notes[0]


def test_colours_in_an_order_that_cannot_be_told_are_refused(tmp_path):
    with pytest.raises(DataError, match="their order cannot be told"):
        read_csv(write(tmp_path, rows(LABELS, rng.integers(0, 256, (N, 192)))))


def test_train_and_test_have_the_same_classes(tmp_path):
    write(tmp_path, rows(WORDS, GREY), name="train.csv")
    write(tmp_path, rows(WORDS, GREY)[3:9], name="test.csv")
    data = load(tmp_path)
    assert data.test.labels.tolist() == LABELS[3:9].tolist()
    write(tmp_path, rows(np.where(LABELS == 3, "zebra", WORDS), GREY), name="test.csv")
    with pytest.raises(DataError, match=r"'zebra'.*no training picture"):
        load(tmp_path)


def test_classes_txt_names_the_numbers_of_a_table_in_its_folder(tmp_path):
    write(tmp_path, rows(LABELS, GREY), name="train.csv")
    assert load(tmp_path).classes == tuple("0123456789")
    (tmp_path / "classes.txt").write_text("\n".join("abcdefghij"))
    assert load(tmp_path).classes == tuple("abcdefghij")
    (tmp_path / "classes.txt").write_text("a\nb")
    with pytest.raises(DataError, match=r"train\.csv has the labels 0, 1, .* not among the 2 classes a, b: name all"):
        load(tmp_path)
