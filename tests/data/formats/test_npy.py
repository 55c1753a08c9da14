"""Files of one array: found beside each other by their names, and never unpickled."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.data import load
from numnist.data.formats.named import role
from numnist.support.errors import DataError

X = (np.arange(12 * 25) % 256).astype(np.uint8).reshape(12, 5, 5)
Y = np.arange(12) % 3


def save(folder, **arrays):
    folder.mkdir(exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return folder


@pytest.mark.parametrize("path", [".", "x_train.npy", "y_train.npy"])
def test_a_folder_or_any_of_its_training_files_is_the_data_set(tmp_path, path):
    save(tmp_path / "d", x_train=X, y_train=Y, x_test=X[:4], y_test=Y[:4], x_val=X[4:6], y_val=Y[4:6])
    data = load(tmp_path / "d" / path)
    assert (len(data.train), len(data.validation), len(data.test)) == (12, 2, 4)
    assert np.array_equal(data.train.x[:, 0], X)
    assert np.array_equal(data.test.labels, Y[:4])


def test_one_pair_is_split(tmp_path):
    data = load(save(tmp_path / "d", images=X, labels=np.array(["a", "b", "c"])[Y]) / "images.npy")
    assert (len(data.train) + len(data.validation) + len(data.test), data.classes) == (12, ("a", "b", "c"))


def test_test_pictures_are_read_alone(tmp_path):
    save(tmp_path / "d", x_train=X, y_train=Y, x_test=X[:9] + 1, y_test=Y[:9])
    data = load(tmp_path / "d" / "x_test.npy")
    everything = np.concatenate([data.train.x, data.validation.x, data.test.x])
    assert sorted(everything[:, 0, 0, 0]) == sorted(X[:9, 0, 0] + 1)


def test_two_files_for_one_thing_are_refused_also_where_one_is_named(tmp_path):
    save(tmp_path / "d", x_train=X, y_train=Y, x_test=X, y_test=Y, images_test=X)
    for path in (".", "x_train.npy", "x_test.npy"):
        with pytest.raises(DataError, match="both images_test and x_test"):
            load(tmp_path / "d" / path)


def test_names_of_classes_and_a_systems_own_files_lie_beside(tmp_path):
    folder = save(tmp_path / "d", x_train=X, y_train=Y, class_names=np.array(["a", "b", "c"]))
    (folder / "._x_train.npy").write_bytes(b"macOS")
    assert load(folder / "x_train.npy").classes == load(folder).classes == ("a", "b", "c")


def test_two_data_sets_in_a_folder_are_told_apart_by_the_rest_of_their_names(tmp_path):
    save(tmp_path / "d", cats_x=X, cats_y=Y, dogs_x=X[:9] + 1, dogs_y=Y[:9])
    data = load(tmp_path / "d" / "dogs_x.npy")
    assert len(data.train) + len(data.validation) + len(data.test) == 9
    with pytest.raises(DataError, match="cats_x and dogs_x"):
        load(tmp_path / "d")


def test_fortran_order_is_read(tmp_path):
    save(tmp_path / "d", x=np.asfortranarray(X), y=Y)
    data = load(tmp_path / "d", validation=0)
    found = np.concatenate([data.train.x, data.test.x])[:, 0]
    assert sorted(map(bytes, found)) == sorted(map(bytes, X))


BAD = {
    "text": b"hello",
    "empty": b"",
    "cut off": None,
    "objects": None,
    "two arrays": None,
}


@pytest.mark.parametrize("kind", BAD)
def test_a_broken_file_is_refused(tmp_path, kind):
    path = save(tmp_path / "d", x=X, y=Y) / "x.npy"
    content = path.read_bytes()
    if kind == "objects":
        np.save(path, X.astype(object), allow_pickle=True)
    else:
        path.write_bytes(BAD[kind] if BAD[kind] is not None else content[:-5] if kind == "cut off" else 2 * content)
    with pytest.raises(DataError, match=r"x\.npy.*: "):
        load(tmp_path / "d")


def test_labels_must_be_beside_the_pictures(tmp_path):
    with pytest.raises(DataError, match="x_train and y_train"):
        load(save(tmp_path / "d", x=X) / "x.npy")


def test_a_name_that_says_nothing_is_refused(tmp_path):
    with pytest.raises(DataError, match="does not say what it holds"):
        load(save(tmp_path / "d", digits=X) / "digits.npy")


@pytest.mark.parametrize(
    ("name", "split", "kind"),
    [
        ("x_train", "train", "x"),
        ("train-labels", "train", "y"),
        ("Xte", "test", "x"),
        ("val_images", "validation", "x"),
        ("X", None, "x"),
        ("target", None, "y"),
        ("mnist_y_dev", "validation", "y"),
    ],
)
def test_names_are_read_word_by_word(name, split, kind):
    found = role(name)
    assert (found.split, found.kind) == (split, kind)


@pytest.mark.parametrize("name", ["", "index", "train", "images_labels", "train_test_x", "extra", "matrix", "arr_0"])
def test_other_names_say_nothing(name):
    assert role(name) is None
