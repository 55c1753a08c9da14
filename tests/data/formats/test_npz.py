"""Archives of arrays: the usual names are known, nothing is unpickled, and what is wrong is named."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from numnist.data import Dataset, Split, load
from numnist.data.formats.npz import read_npz, write_npz
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
    "flat pictures": archive(x=npy(X.reshape(12, 25)), y=npy(Y)),
    "text as pixels": archive(x=npy(X.astype(str)), y=npy(Y)),
    "text as labels": archive(x=npy(X), y=npy(Y.astype(str))),
    "no pictures": archive(x=npy(X[:0]), y=npy(Y[:0])),
    "NaN": archive(x=npy(np.where(X == 3, np.nan, X)), y=npy(Y)),
    "complex numbers": archive(x=npy(X.astype(complex)), y=npy(Y)),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_archive_is_refused(tmp_path, content):
    (tmp_path / "own.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"own\.npz.*: "):
        load(tmp_path / "own.npz")
