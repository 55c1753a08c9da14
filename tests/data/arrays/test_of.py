"""Dataset.of: three splits from what people have in memory, with the labels and pixels that they mean."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.data import Dataset, Split, load
from numnist.support.errors import DataError, UsageError

N = 60
DIGITS = np.arange(N) % 10
PICTURES = np.random.default_rng(0).integers(0, 256, (N, 28, 28), dtype=np.uint8)


def parts(data):
    return data.train, data.validation, data.test


def everything(data):
    """All pictures with their labels' names, in any order."""
    return sorted(
        (x.tobytes(), data.classes[label]) for split in parts(data) for x, label in zip(split.x, split.labels)
    )


MEANT = sorted((x.tobytes(), str(label)) for x, label in zip(PICTURES, DIGITS))


@pytest.mark.parametrize(
    "x",
    [
        PICTURES,
        PICTURES.reshape(N, 784),
        PICTURES[:, None],
        PICTURES[..., None],
        PICTURES.astype(np.int64),
        PICTURES.astype(np.float64),
        PICTURES.reshape(N, 784).tolist(),
        list(PICTURES),
        np.asfortranarray(PICTURES),
        PICTURES.astype(">u2"),
    ],
    ids=["N H W", "rows", "channels first", "channels last", "int64", "whole floats", "lists", "list of arrays",
         "Fortran", "big-endian"],
)  # fmt: skip
def test_pictures_of_every_shape_and_type_are_the_same(x):
    data = Dataset.of(x, DIGITS)
    assert data.shape == (1, 28, 28)
    assert data.train.x.dtype == np.uint8
    assert everything(data) == MEANT
    assert data.notes == ()


@pytest.mark.parametrize(
    "y",
    [
        DIGITS,
        DIGITS.tolist(),
        DIGITS.astype(str),
        DIGITS.astype(float),
        DIGITS[:, None],
        np.eye(10)[DIGITS],
        np.eye(10, dtype=bool)[DIGITS],
        np.eye(10, dtype=int)[DIGITS].tolist(),
        DIGITS.astype(str).astype(object),
        DIGITS.astype("S"),
        DIGITS.astype(np.uint64),
    ],
    ids=["ints", "list", "words", "floats", "column", "one-hot", "one-hot bool", "one-hot list", "objects", "bytes",
         "uint64"],
)  # fmt: skip
def test_labels_of_every_kind_are_the_same(y):
    data = Dataset.of(PICTURES, y)
    assert data.classes == tuple("0123456789")
    assert everything(data) == MEANT


def test_each_split_has_every_class_and_the_default_is_one_in_six():
    data = Dataset.of(PICTURES, DIGITS)
    assert [len(part) for part in parts(data)] == [40, 10, 10]
    for part in parts(data):
        assert set(part.labels) == set(range(10))


def test_a_fraction_a_number_and_a_pair_may_be_mixed():
    pair = PICTURES[:7].astype(float), DIGITS[:7].astype(str)
    data = Dataset.of(PICTURES, DIGITS, test=pair, validation=20)
    assert [len(part) for part in parts(data)] == [40, 20, 7]
    assert np.array_equal(data.test.x[:, 0], PICTURES[:7])
    assert [len(part) for part in parts(Dataset.of(PICTURES, DIGITS, test=0.5, validation=0))] == [30, 0, 30]
    assert [len(part) for part in parts(Dataset.of(PICTURES, DIGITS, test=np.int64(12), validation=0.25))] == [
        36,
        12,
        12,
    ]


def test_what_is_given_in_three_parts_keeps_its_order():
    split = Split(PICTURES[:, None], DIGITS)
    data = Dataset.of(split.x, split.labels, test=split[:20], validation=split[20:])
    assert np.array_equal(data.train.x, split.x)
    assert np.array_equal(data.validation.labels, DIGITS[20:])


def test_the_seed_decides_who_is_held_out():
    first, again, other = (Dataset.of(PICTURES, DIGITS, seed=seed).sha256 for seed in (0, 0, 1))
    assert first == again != other


def test_arrays_and_the_same_arrays_in_a_file_are_the_same_data(tmp_path):
    np.savez(tmp_path / "own.npz", x=PICTURES, y=DIGITS)
    assert load(tmp_path / "own.npz").sha256 == Dataset.of(PICTURES, DIGITS).sha256


def test_classes_are_the_labels_that_occur():
    assert Dataset.of(PICTURES, DIGITS + 1).classes == (*"123456789", "10")
    assert Dataset.of(PICTURES, np.where(DIGITS < 5, -1, 1)).classes == ("-1", "1")
    assert Dataset.of(PICTURES, DIGITS % 2 == 0).classes == ("False", "True")
    assert Dataset.of(PICTURES, np.array(["b", "a"])[DIGITS % 2]).classes == ("a", "b")
    assert Dataset.of(PICTURES, np.array(["10", "9", "x"])[DIGITS % 3]).classes == ("9", "10", "x")


def test_classes_that_only_the_test_has_are_refused_or_said():
    with pytest.raises(DataError, match="test y has pictures of '3'"):
        Dataset.of(PICTURES, DIGITS % 3, test=(PICTURES, DIGITS % 4))
    data = Dataset.of(PICTURES, DIGITS % 3, test=(PICTURES, DIGITS % 4), classes=list("abcd"))
    assert any("no training pictures of d" in note for note in data.notes)


@pytest.mark.parametrize("y", [DIGITS, DIGITS + 1, np.array(list("abcdefghij"))[DIGITS]])
def test_given_classes_name_the_labels_in_their_order(y):
    data = Dataset.of(PICTURES, y, classes=list("abcdefghij"))
    assert data.classes == tuple("abcdefghij")
    assert everything(data) == sorted((x, "abcdefghij"[int(k)]) for x, k in MEANT)


def test_given_classes_may_name_more_than_occur_and_order_words():
    data = Dataset.of(PICTURES, np.array(["dog", "cat"])[DIGITS % 2], classes=("dog", "cow", "cat"))
    assert data.classes == ("dog", "cow", "cat")
    assert set(data.train.labels) == {0, 2}
    assert any("no pictures of cow" in note for note in data.notes)


class Frame:
    """What matters of a DataFrame: columns, and an array of objects."""

    def __init__(self, values, columns):
        self.values, self.columns = np.array(values).astype(object), columns

    def __array__(self, dtype=None, copy=None):
        return self.values


def test_a_data_frame_is_an_array_whose_one_hot_columns_have_names():
    names = [f"pixel{i}" for i in range(784)]
    data = Dataset.of(Frame(PICTURES.reshape(N, 784), names), Frame(np.eye(2, dtype=bool)[DIGITS % 2], ["cat", "ant"]))
    assert data.classes == ("cat", "ant")
    assert everything(data) == sorted((x, ["cat", "ant"][int(k) % 2]) for x, k in MEANT)
    assert Dataset.of(PICTURES, Frame(DIGITS[:, None], ["label"])).classes == tuple("0123456789")


WRONG = {
    "a measurement": DIGITS + 0.5,
    "NaN": np.where(DIGITS == 3, np.nan, DIGITS),
    "None": [None, *DIGITS[1:]],
    "an empty word": ["", *DIGITS[1:].astype(str)],
    "several labels": np.eye(10)[DIGITS] + np.eye(10)[9 - DIGITS],
    "no label in a row": np.eye(10)[DIGITS] * (np.arange(N)[:, None] != 4),
    "soft labels": np.eye(10)[DIGITS] * 0.9 + 0.01,
    "columns of QMNIST": np.stack([DIGITS] * 8, axis=1),
    "one class": DIGITS * 0,
    "too few": DIGITS[:-1],
    "none": [],
    "lying": DIGITS[None],
    "cubes": np.zeros((N, 2, 2)),
    "one for all": 3,
    "no columns": np.zeros((N, 0)),
    "complex": DIGITS.astype(complex),
    "dates": np.datetime64("2020-01-01") + DIGITS,
    "objects": [object()] * N,
}


@pytest.mark.parametrize("y", WRONG.values(), ids=WRONG)
def test_labels_that_are_none_are_refused(y):
    with pytest.raises(DataError, match=r"^y "):
        Dataset.of(PICTURES, y)


@pytest.mark.parametrize(
    ("y", "match"),
    [
        (np.eye(10)[DIGITS] + np.eye(10)[9 - DIGITS], r"multi-label: row 0 .*y\[:, k\]"),
        (np.eye(10)[DIGITS] * 0.9 + 0.01, r"soft labels.*argmax"),
        (DIGITS[None], "ravel"),
        (DIGITS * 0, "only the class '0'"),
        (DIGITS + 0.5, "0.5 for picture 0"),
    ],
)
def test_the_message_names_the_kind_and_the_way_out(y, match):
    with pytest.raises(DataError, match=match):
        Dataset.of(PICTURES, y)


def test_numbers_of_pictures_are_no_classes():
    with pytest.raises(DataError, match="300 different labels for 300 pictures"):
        Dataset.of(np.zeros((300, 8, 8), np.uint8), np.arange(300))


@pytest.mark.parametrize(
    ("classes", "match"),
    [
        (tuple("abc"), "not among the 3 classes a, b, c"),
        (("a",) * 10, "'a' twice"),
        (("1", "2", "3", "4", "5", "6", "7", "8", "9", "0"), "in another order"),
        ((), "classes is empty"),
        ("cat", "must be a list of names"),
    ],
)
def test_classes_that_do_not_fit_are_refused(classes, match):
    with pytest.raises(DataError, match=match):
        Dataset.of(PICTURES, DIGITS, classes=classes)


def test_one_hot_rows_need_as_many_classes_as_columns():
    with pytest.raises(DataError, match="10 one-hot columns, but there are 3 classes"):
        Dataset.of(PICTURES, np.eye(10)[DIGITS], classes=tuple("abc"))


@pytest.mark.parametrize("part", ["test", "validation"])
@pytest.mark.parametrize("given", [-1, 1.5, 1.0, N, "half", np.zeros(3), (PICTURES,), (1, 2, 3), True, {"x": 1}])
def test_a_part_that_makes_no_sense_is_refused(part, given):
    with pytest.raises((UsageError, DataError)):
        Dataset.of(PICTURES, DIGITS, **{part: given})


def test_a_part_of_another_size_is_refused():
    with pytest.raises(DataError, match="same size"):
        Dataset.of(PICTURES, DIGITS, test=(PICTURES[:, :20], DIGITS))


def test_singles_cannot_be_held_out():
    with pytest.raises(DataError, match="two pictures"):
        Dataset.of(PICTURES[:10], DIGITS[:10])
    assert len(Dataset.of(PICTURES[:10], DIGITS[:10], test=(PICTURES, DIGITS), validation=0).train) == 10


def test_an_unknown_preparation_is_refused():
    with pytest.raises(UsageError, match="digits, photo, plain"):
        Dataset.of(PICTURES, DIGITS, preparation="scan")


def test_pictures_like_mnists_are_prepared_like_them_unless_told_otherwise():
    frame = np.zeros((28, 28), np.uint8)
    frame[6:-6, 6:-6] = 1
    assert Dataset.of(PICTURES * frame, DIGITS).preparation == "digits"
    assert Dataset.of(PICTURES * frame, DIGITS, preparation="plain").preparation == "plain"
    assert Dataset.of(PICTURES, DIGITS).preparation == "plain"


def test_the_repr_says_that_there_are_notes():
    data = Dataset.of(PICTURES // 16, DIGITS, name="mine")
    assert "1 in notes" in repr(data)
    assert data.notes[0].startswith("mine: the largest pixel is 15")
