"""One rule for labels in every format: the classes are the labels that occur, numbers by value."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import DataError, Dataset
from numnist.data.load import load
from tests.data.formats.test_idx import encode

N = 36
rng = np.random.default_rng(2)
X = rng.integers(0, 256, (N, 8, 8)).astype(np.uint8)
LABELS = {
    "from 0": ([0, 1, 2], ("0", "1", "2")),
    "from 1": ([1, 2, 3], ("1", "2", "3")),
    "from 0 with gaps": ([0, 2, 5], ("0", "2", "5")),
    "from 1 with gaps": ([1, 2, 9], ("1", "2", "9")),
    "far apart": ([7, 100, 200], ("7", "100", "200")),
}


def as_csv(folder, labels):
    rows = (",".join(map(str, (label, *picture.ravel()))) for label, picture in zip(labels, X))
    (folder / "own.csv").write_text("\n".join(rows))
    return load(folder / "own.csv", label_column="first")


def as_idx(folder, labels):
    (folder / "train-labels-idx1-ubyte").write_bytes(encode(labels))
    (folder / "train-images-idx3-ubyte").write_bytes(encode(X))
    return load(folder)


def as_npz(folder, labels):
    np.savez(folder / "own.npz", x=X, y=labels)
    return load(folder / "own.npz")


def as_arrays(folder, labels):
    return Dataset.of(X, labels)


every_format = pytest.mark.parametrize("read", [as_csv, as_idx, as_npz, as_arrays])


@every_format
@pytest.mark.parametrize(("present", "classes"), LABELS.values(), ids=LABELS)
def test_the_labels_that_occur_are_the_classes(tmp_path, read, present, classes):
    labels = np.resize(present, N)
    data = read(tmp_path, labels)
    assert data.classes == classes
    of = {picture.tobytes(): str(label) for picture, label in zip(X, labels)}
    for split in (data.train, data.validation, data.test):
        assert [data.classes[label] for label in split.labels] == [of[x.tobytes()] for x in split.x]


@every_format
def test_a_single_number_far_from_all_others_is_a_slip(tmp_path, read):
    labels = np.resize([0, 1, 2], N)
    labels[5] = 200
    with pytest.raises(DataError, match=r"the label 200 for a single picture, 5 \(from 0\), and none above 2"):
        read(tmp_path, labels)
    labels[6] = 200
    assert read(tmp_path, labels).classes == ("0", "1", "2", "200")


@pytest.mark.parametrize(("digits", "expected"), [("012345689", "digits"), ("01", "plain")])
def test_an_excerpt_of_the_digits_may_lack_a_few(digits, expected):
    x = np.zeros((60, 28, 28), np.uint8)
    x[:, 8:20, 8:20] = rng.integers(0, 256, (60, 12, 12))
    assert Dataset.of(x, np.resize([int(digit) for digit in digits], 60)).preparation == expected
