"""Archives of arrays: the usual names are known, nothing is unpickled, and what is wrong is named."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from numnist.data import Dataset, Split, load
from numnist.data.formats.npz import read_npz, write_npz
from numnist.data.load import load_whole
from numnist.support.errors import DataError

X = (np.arange(12 * 25) % 256).astype(np.uint8).reshape(12, 5, 5)
Y = np.arange(12) % 3


def saved(path, **arrays):
    np.savez(path / "own.npz", **arrays)
    return path / "own.npz"


def test_keras_names_give_train_and_test(tmp_path):
    data = load(saved(tmp_path, x_train=X, y_train=Y, x_test=X[:4], y_test=Y[:4]), validation=3)
    assert (len(data.train), len(data.validation), len(data.test)) == (9, 3, 4)
    assert np.array_equal(data.test.x[:, 0], X[:4])


def test_medmnist_names_give_three_splits_and_labels_in_a_column(tmp_path):
    arrays = {}
    for name, n in (("train", 12), ("val", 6), ("test", 7)):
        arrays |= {f"{name}_images": X[:n], f"{name}_labels": Y[:n, None].astype(np.uint8)}
    data = load(saved(tmp_path, **arrays))
    assert (len(data.train), len(data.validation), len(data.test)) == (12, 6, 7)
    assert np.array_equal(data.train.labels, Y)


@pytest.mark.parametrize("names", [("x", "y"), ("images", "labels")])
def test_one_pair_is_split(tmp_path, names):
    data = load(saved(tmp_path, **dict(zip(names, (X, Y)))))
    assert (len(data.train), len(data.validation), len(data.test)) == (6, 3, 3)  # each class has one in each


@pytest.mark.parametrize(
    "names",
    [
        ("X_train", "Y_train", "X_test", "Y_test"),
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("training_images", "training_labels", "testing_images", "testing_labels"),
        ("images_train", "labels_train", "images_test", "labels_test"),
        ("train_x", "train_y", "test_x", "test_y"),
        ("Xtrain", "ytrain", "Xtest", "ytest"),
        ("mnist.train.data", "mnist.train.targets", "mnist.test.data", "mnist.test.targets"),
    ],
)
def test_all_usual_names_are_known(tmp_path, names):
    data = load(saved(tmp_path, **dict(zip(names, (X, Y, X[:4], Y[:4])))), validation=3)
    assert (len(data.train), len(data.validation), len(data.test)) == (9, 3, 4)
    assert data.notes == ()


@pytest.mark.parametrize(
    "y",
    [np.eye(3)[Y], Y[:, None], Y.astype(str), Y.astype(np.float32), np.eye(3, dtype=bool)[Y]],
    ids=["one-hot", "column", "words", "floats", "one-hot bool"],
)
def test_labels_of_every_kind_are_the_same(tmp_path, y):
    data = load(saved(tmp_path, x_train=X.reshape(12, 25), y_train=y, x_test=X, y_test=y))
    assert data.classes == ("0", "1", "2")
    assert data.shape == (1, 5, 5)
    assert np.array_equal(data.test.x[:, 0], X)
    assert np.array_equal(data.test.labels, Y)


def test_labels_of_any_numbers_are_the_same_classes_in_all_splits(tmp_path):
    data = load(saved(tmp_path, x_train=X, y_train=Y * 2 + 5, x_test=X[:2], y_test=Y[1:3] * 2 + 5))
    assert data.classes == ("5", "7", "9")
    assert data.test.labels.tolist() == [1, 2]
    with pytest.raises(DataError, match=r"y_test\) has pictures of '6'"):
        load(saved(tmp_path, x_train=X, y_train=Y * 2 + 5, x_test=X[:2], y_test=Y[:2] + 5))


def test_names_of_the_classes_in_the_archive_are_used(tmp_path):
    names = np.array(["ant", "bee", "cat", "dog"])
    assert load(saved(tmp_path, x=X, y=Y, class_names=names)).classes == ("ant", "bee", "cat", "dog")


def test_what_is_not_used_is_said(tmp_path):
    data = load(saved(tmp_path, x_train=X, y_train=Y, x_test=X[:4], ids=Y))
    assert any("x_test has no labels" in note for note in data.notes)
    assert any("not used: ids" in note for note in data.notes)


def test_splits_are_scaled_alike(tmp_path):
    data = load(saved(tmp_path, x_train=X % 17, y_train=Y, x_test=X[:4] % 2, y_test=Y[:4]))
    assert data.test.x.max() == 16  # 1 of 16, as in the training pictures, to the nearest of 256 levels
    assert any("largest pixel is 16" in note for note in data.notes)


def test_dark_pictures_that_numnist_wrote_stay_dark(tmp_path):
    split = Split(X[:, None] % 10, Y)
    write_npz(tmp_path / "a.npz", Dataset("own", split, split[:0], split, ("0", "1", "2")))
    read = read_npz(tmp_path / "a.npz")
    assert np.array_equal(read.train.x, split.x)
    assert (len(read.validation), read.notes) == (0, ())


def test_what_is_written_is_read_back(tmp_path):
    split = Split(X[:, None], Y)
    written = Dataset("own", split, split[:5], split[:7], ("a", "b", "c ü"), "digits")
    write_npz(tmp_path / "a.npz", written)
    read = read_npz(tmp_path / "a.npz")
    assert (read.classes, read.preparation) == (written.classes, "digits")
    for name, part in (("train", written.train), ("validation", written.validation), ("test", written.test)):
        assert np.array_equal(getattr(read, name).x, part.x)
        assert np.array_equal(getattr(read, name).labels, part.labels)


def archive(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        for name, content in members.items():
            target.writestr(f"{name}.npy", content)
    return file.getvalue()


def npy(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def claiming(shape):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(100)


GOOD = archive(x=npy(X), y=npy(Y))
BROKEN = {
    "empty": b"",
    "text": b"not an archive",
    "cut off": GOOD[: len(GOOD) // 2],
    "damaged": GOOD[:300] + bytes(20) + GOOD[320:],
    "no arrays": archive(),
    "other names": archive(a=npy(X), b=npy(Y)),
    "pictures without labels": archive(x=npy(X)),
    "objects, which would be unpickled": archive(x=npy(X), y=npy(Y.astype(object), allow_pickle=True)),
    "not an array": archive(x=b"hello", y=npy(Y)),
    "array cut off": archive(x=npy(X)[:-10], y=npy(Y)),
    "petabytes promised": archive(x=claiming((2**20, 2**15, 2**15)), y=npy(Y)),
    "different counts": archive(x=npy(X), y=npy(Y[:5])),
    "rows that are no squares": archive(x=npy(X.reshape(12, 25)[:, :24]), y=npy(Y)),
    "rows that may be features": archive(x=npy(X.reshape(12, 25) / 255), y=npy(Y)),
    "two for one thing": archive(x_train=npy(X), y_train=npy(Y), train_images=npy(X)),
    "training pictures without labels": archive(x_train=npy(X), x_test=npy(X), y_test=npy(Y)),
    "several labels": archive(x=npy(X), y=npy(np.ones((12, 3)))),
    "standardised": archive(x=npy((X - 100) / 50), y=npy(Y)),
    "volumes": archive(x=npy(np.zeros((12, 5, 5, 5))), y=npy(Y)),
    "text as pixels": archive(x=npy(X.astype(str)), y=npy(Y)),
    "no pictures": archive(x=npy(X[:0]), y=npy(Y[:0])),
    "NaN": archive(x=npy(np.where(X == 3, np.nan, X)), y=npy(Y)),
    "complex numbers": archive(x=npy(X.astype(complex)), y=npy(Y)),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_archive_is_refused(tmp_path, content):
    (tmp_path / "own.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"own\.npz.*: "):
        load(tmp_path / "own.npz")


def test_pictures_of_one_class_alone_can_be_evaluated(tmp_path):
    path = saved(tmp_path, x=X, y=np.full(12, 7))
    assert load_whole(path).classes == ("7",)
    assert len(load_whole(path).test) == 12


@pytest.mark.parametrize(
    ("first", "names", "expected"),
    [(0, "abc", "abc"), (1, "abc", "abc"), (2, "abcde", "cde"), (0, "abcde", "abc")],
    ids=["from 0", "from 1", "some of the places", "more than occur"],
)
def test_a_list_of_classes_beside_an_archive_names_the_numbers(tmp_path, first, names, expected):
    (tmp_path / "d").mkdir()
    saved(tmp_path / "d", x_train=X, y_train=Y + first, x_test=X, y_test=Y + first)
    (tmp_path / "d" / "classes.txt").write_text("\n".join(names))
    data = load(tmp_path / "d")
    assert data.classes == tuple(names)
    assert [data.classes[label] for label in data.test.labels] == [expected[label] for label in Y]


def test_an_archive_of_more_than_200_times_its_size_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("numnist.data.checks.FREE", 100_000)
    for side in (50, 200):  # 30 kB are let through, 480 kB of zeros are not
        np.savez_compressed(tmp_path / "own.npz", x=np.zeros((12, side, side), np.uint8), y=Y)
        if side == 50:
            assert read_npz(tmp_path / "own.npz").train.x.shape == (12, 1, 50, 50)
        else:
            with pytest.raises(DataError, match=r"would unpack .* over 200 times as much"):
                read_npz(tmp_path / "own.npz")
    np.savez(tmp_path / "own.npz", x=np.zeros((12, 200, 200), np.uint8), y=Y)
    assert read_npz(tmp_path / "own.npz").train.x.shape == (12, 1, 200, 200)
