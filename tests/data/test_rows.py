"""Files with a picture a row, whose labels nobody needs; and which pictures are in a model's own form."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from numnist import DataError, load
from numnist.data.form import in_own_form
from numnist.data.formats.named import role
from numnist.data.rows import holds_rows, read_rows
from numnist.data.strokes.drawing import draw
from numnist.ink.pixels import resize

X, LABELS = draw(30, seed=2)
SHAPE = (1, 28, 28)


def idx(x: np.ndarray) -> bytes:
    """An IDX file of bytes."""
    return struct.pack(f">BBBB{x.ndim}I", 0, 0, 8, x.ndim, *x.shape) + x.astype(np.uint8).tobytes()


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("test.csv", True), ("TEST.CSV.GZ", True), ("a/x.npz", True), ("x.npy", True), ("t10k-images-idx3-ubyte", True),
        ("train-images.idx3-ubyte.gz", True), ("idx.png", False), ("1.png", False), ("csv", False),
    ],
)  # fmt: skip
def test_files_of_rows_are_known_by_their_names(name, is_one):
    assert holds_rows(name) is is_one


def test_each_format_needs_no_labels():
    np.savetxt("x.csv", X.reshape(30, -1), fmt="%d", delimiter=",")
    np.savez("x.npz", X)
    np.savez("flat.npz", images=X.reshape(30, -1))
    np.save("x.npy", X)
    Path("t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(X)))
    for name in ("x.csv", "x.npz", "flat.npz", "x.npy", "t10k-images-idx3-ubyte.gz"):
        rows = read_rows(name)
        np.testing.assert_array_equal(rows.x, X[:, None])
        assert (rows.file, rows.labelled, rows.part) == (name, False, "")


@pytest.mark.parametrize("white", [1, 16])
def test_pixels_are_scaled_as_for_a_training(white):
    x = np.arange(36, dtype=np.uint8)[:, None, None] % (white + 1) * np.ones((1, 8, 8), np.uint8)
    np.savez("own.npz", x=x, y=np.arange(36) % 3)
    rows = read_rows("own.npz")
    trained = load("own.npz", validation=0)
    expected = sorted(map(bytes, np.concatenate([trained.train.x, trained.test.x])))
    assert sorted(map(bytes, rows.x)) == expected
    assert [f"the largest pixel is {white}" in note for note in rows.notes] == [True]


def test_labels_are_seen_and_left():
    np.savetxt("x.csv", np.c_[LABELS, X.reshape(30, -1)], fmt="%d", delimiter=",")
    np.savez("x.npz", x=X, y=LABELS)
    for name in ("x.csv", "x.npz"):
        rows = read_rows(name)
        np.testing.assert_array_equal(rows.x, X[:, None])
        assert rows.labelled


def test_of_several_splits_the_test_pictures_are_read():
    np.savez("all.npz", x_train=X[:20], y_train=LABELS[:20], x_test=X[20:])
    rows = read_rows("all.npz")
    np.testing.assert_array_equal(rows.x, X[20:, None])
    assert (rows.labelled, rows.part) == (False, "test")


@pytest.mark.parametrize(
    ("names", "part"),
    [
        (["Xtrain", "ytrain", "Xtest", "ytest"], "test"), (["train.pixels", "dev_images"], "validation"),
        (["mnist_train_data", "mnist_train_target"], ""), (["IMG", "targets"], ""),
        (["data", "test_data"], "test"), (["x_tr", "y_tr", "valid-img"], "validation"),
    ],
)  # fmt: skip
def test_arrays_are_found_by_the_names_that_a_training_knows(names, part):
    role_of = {name: role(name) for name in names}
    first = min((said.split or "train" for said in role_of.values() if said.kind == "x"),
                key=["test", "validation", "train"].index)  # fmt: skip
    arrays = {
        name: LABELS[:9] if said.kind == "y" else X[20:] if (said.split or "train") == first else X[:9]
        for name, said in role_of.items()
    }
    np.savez("own.npz", **arrays)
    rows = read_rows("own.npz")
    np.testing.assert_array_equal(rows.x, X[20:, None])
    assert rows.part == part
    assert rows.labelled == any(said.kind == "y" and (said.split or "train") == first for said in role_of.values())


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("odd.csv", lambda path: np.savetxt(path, X.reshape(30, -1)[:, 1:], fmt="%d", delimiter=","), "783"),
        ("odd.npy", lambda path: np.save(path, X.reshape(30, -1)[:, 1:]), "783 numbers a row"),
        ("objects.npy", lambda path: np.save(path, np.array([None, {}]), allow_pickle=True), "Python objects"),
        ("cut.npy", lambda path: np.save(path, X) or path.write_bytes(path.read_bytes()[:-9]), "is cut off"),
        ("empty.npy", lambda path: path.touch(), "numpy.save"),
        ("two.npz", lambda path: np.savez(path, a=X, b=X), "a, b"),
        ("both.npz", lambda path: np.savez(path, x=X, images=X), "both x and images"),
        ("no.npz", lambda path: path.write_text("hello"), "not an .npz archive"),
        ("labels-idx1-ubyte", lambda path: path.write_bytes(idx(LABELS)), "name the file with the pictures"),
        ("missing.npy", lambda path: None, "cannot be read"),
    ],
)
def test_what_holds_no_pictures_is_refused(name, make, message):
    make(Path(name))
    with pytest.raises(DataError) as error:
        read_rows(name)
    assert message in str(error.value)
    assert name in str(error.value)


@pytest.mark.parametrize(
    ("change", "own"),
    [
        (lambda x: x, True),
        (lambda x: (x / 255).astype(np.float32), True),
        (lambda x: x[:1], True),
        (lambda x: np.concatenate([x, np.zeros((2, 1, 28, 28), np.uint8)]), True),
        (lambda x: 255 - x, False),
        (lambda x: np.roll(x, 4, axis=3), False),
        (lambda x: np.roll(x, 3, axis=2), False),
        (lambda x: np.pad(x[:, :, ::2, ::2], ((0, 0), (0, 0), (7, 7), (7, 7))), False),
        (lambda x: np.pad(resize(x[:, :, 4:24, 4:24] / 255, 24, 24), ((0, 0), (0, 0), (2, 2), (2, 2))), False),
        (lambda x: np.maximum(x, 20), False),
        (lambda x: np.zeros_like(x), False),
        (lambda x: np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2))), False),
    ],
)
def test_digits_are_in_mnists_form_only_if_light_large_and_centred_as_they(change, own):
    assert in_own_form(change(X[:, None]), SHAPE, "digits") is own


def test_clothes_are_in_their_own_form_on_a_dark_ground():
    x = np.zeros((9, 1, 28, 28), np.uint8)
    x[:, :, :, 6:22] = 180  # reaches the border above and below
    assert in_own_form(x, SHAPE, "photo")
    assert not in_own_form(255 - x, SHAPE, "photo")
    assert in_own_form(255 - x, SHAPE, "plain")
    assert not in_own_form(x, (1, 20, 20), "plain")


@pytest.mark.mnist
def test_the_published_data_are_in_their_own_form():
    for name in ("mnist", "fashion-mnist"):
        data = load(name, offline=True)
        assert in_own_form(data.test.x, data.shape, data.preparation)
        assert in_own_form(data.train.x, data.shape, data.preparation)
