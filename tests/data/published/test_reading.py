"""Published data sets as they are meant, by name and by path: upright, named, with their own test pictures."""

from __future__ import annotations

import gzip
from dataclasses import replace

import numpy as np
import pytest

from numnist.data import load
from numnist.data.load import canonical_name, is_own, load_whole
from numnist.data.published.catalog import CATALOG
from numnist.experiment.recipe import load_recipe
from numnist.support.errors import DataError
from tests.data.published.tiny import (
    TEST,
    TRAINING,
    contents,
    cut,
    idx,
    labels,
    pictures,
    publish,
    sha256,
    write,
)

OWN = [name for name, known in CATALOG.items() if known.own_names]
NEW = ["kmnist", *OWN]


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    monkeypatch.setenv("NUMNIST_OFFLINE", "1")


def unpacked(files):
    return {name.removesuffix(".gz"): gzip.decompress(content) for name, content in files.items()}


def is_right(data, known, shuffled=False):
    """Whether these are the pictures as drawn, with their classes, and the test pictures as published."""
    assert (data.name, data.classes, data.preparation) == (known.name, known.classes, known.preparation)
    assert len(data.train) + len(data.validation) == TRAINING
    assert np.array_equal(data.test.x[:, 0], pictures(TEST, seed=1))
    assert np.array_equal(data.test.labels, labels(known, TEST))
    if not shuffled:
        assert np.array_equal(data.train.x[:, 0], pictures(TRAINING)[: len(data.train)])
        assert np.array_equal(data.train.labels, labels(known, TRAINING)[: len(data.train)])
    assert (data.train.x[:, 0, 5, 8:20] == 255).all(), "the bar lies"


@pytest.mark.parametrize("name", NEW)
def test_by_name_pictures_are_upright_and_classes_named(monkeypatch, tmp_path, name):
    known, files = publish(monkeypatch, name)
    write(tmp_path / "data" / name, files)
    data = load(name)
    is_right(data, known)
    assert len(data.validation) == 10
    assert len(load(name, validation=3).validation) == 3
    assert data.source == str(tmp_path / "data")
    assert data.notes == ()


def test_no_class_of_the_letters_is_empty(monkeypatch, tmp_path):
    _, files = publish(monkeypatch, "emnist-letters")
    write(tmp_path / "data", files)
    data = load("emnist-letters", validation=0)
    assert (np.bincount(data.train.labels, minlength=26) > 0).all()
    assert data.classes[data.train.labels[0]] == "a", "which is stored as 1"


@pytest.mark.parametrize("unpack", [False, True], ids=["packed", "unpacked"])
@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("mnist", "MNIST/raw"),
        ("fashion-mnist", "FashionMNIST/raw"),
        ("kmnist", "KMNIST/raw"),
        ("qmnist", "QMNIST/raw"),
        ("emnist-letters", "EMNIST/raw"),
        ("emnist-letters", "EMNIST/raw/gzip"),
        ("emnist-letters", "emnist"),
        ("emnist-letters", "gzip"),
        ("emnist-letters", "."),
    ],
)
def test_folders_as_others_call_them_are_searched(monkeypatch, tmp_path, name, folder, unpack):
    known, files = publish(monkeypatch, name)
    write(tmp_path / "given" / folder, unpacked(files) if unpack else files)
    data = load(name, data_dir=tmp_path / "given")
    is_right(data, known)
    assert len(data.notes) == unpack, "of unpacked files no hash is published"


@pytest.mark.parametrize("below", ["", "raw", "gzip"])
@pytest.mark.parametrize("unpack", [False, True], ids=["packed", "unpacked"])
@pytest.mark.parametrize("name", OWN)
def test_by_path_files_are_what_their_names_say(monkeypatch, tmp_path, name, unpack, below):
    known, files = publish(monkeypatch, name)
    write(tmp_path / "somewhere" / below, unpacked(files) if unpack else files)
    data = load(tmp_path / "somewhere")
    is_right(data, known)
    path = tmp_path / "somewhere" / below / (known.files[0].name.removesuffix(".gz") if unpack else known.files[0].name)
    assert load(path).sha256 == data.sha256
    write(tmp_path / "data" / name, files)
    assert load(name).sha256 == data.sha256


def test_by_path_kmnist_is_known_by_its_hash_under_mnists_names(monkeypatch, tmp_path):
    known, files = publish(monkeypatch, "kmnist")
    is_right(load(write(tmp_path / "somewhere", files)), known)
    is_right(load(tmp_path / "somewhere" / known.files[0].name), known)


def test_unpacked_kmnist_is_known_by_its_folder_and_elsewhere_is_anybodys_idx(monkeypatch, tmp_path):
    known, files = publish(monkeypatch, "kmnist")
    data = load(write(tmp_path / "KMNIST" / "raw", unpacked(files)))
    is_right(data, known)
    assert "no hash" in data.notes[0]
    data = load(write(tmp_path / "somewhere", unpacked(files)))
    assert (data.name, data.classes) == ("somewhere", tuple("0123456789"))


def test_mnist_in_a_folder_called_kmnist_is_not_kmnist(monkeypatch, tmp_path):
    publish(monkeypatch, "kmnist")
    mnist, _ = publish(monkeypatch, "mnist")
    files = contents(mnist, seed=5)  # of KMNIST's sizes; without KMNIST's digests, but with MNIST's
    facts = tuple(replace(f, unpacked_digest=sha256(files[f.name])) for f in mnist.files)
    monkeypatch.setitem(CATALOG, "mnist", replace(mnist, files=facts))
    folder = write(tmp_path / "kmnist", {name.removesuffix(".gz"): content for name, content in files.items()})
    assert load(folder).name == "mnist"
    with pytest.raises(DataError, match="is mnist's train-images-idx3-ubyte, known by its hash"):
        load("kmnist", data_dir=tmp_path)


@pytest.mark.parametrize("name", OWN)
def test_cut_files_are_read_by_their_names_and_that_is_said(monkeypatch, tmp_path, name):
    known, _ = publish(monkeypatch, name)
    data = load(cut(known, tmp_path / "cut"))
    assert len(data.train) + len(data.validation) == TRAINING // 2
    assert np.array_equal(data.test.x[:, 0], pictures(TEST, seed=1))
    assert np.array_equal(data.test.labels, labels(known, TEST))
    assert (data.train.x[:, 0, 5, 8:20] == 255).all()
    assert (data.name, data.classes, data.preparation) == (name, known.classes, known.preparation)
    assert f"read as {name}, by its name" in data.notes[0]
    with pytest.raises(DataError, match="unavailable"):
        load(name, data_dir=tmp_path / "cut")


def test_a_published_data_set_is_nobodys_own_and_a_cut_one_is(monkeypatch, tmp_path):
    known, files = publish(monkeypatch, "emnist-letters")
    write(tmp_path / "whole", files)
    cut(known, tmp_path / "cut")
    assert not is_own("EMNIST-letters")
    assert not is_own(tmp_path / "whole")
    assert is_own(tmp_path / "cut")
    whole = load_whole(tmp_path / "cut")
    assert (len(whole.test), whole.classes) == (TRAINING // 2 + TEST, known.classes)
    assert (whole.test.x[:, 0, 5, 8:20] == 255).all()


def test_without_test_files_one_in_six_is_held_out(monkeypatch, tmp_path):
    known, _ = publish(monkeypatch, "emnist-letters")
    data = load(cut(known, tmp_path, test=False))
    assert len(data.train) + len(data.validation) + len(data.test) == TRAINING // 2
    assert len(data.test) > 0


def test_the_test_pictures_alone_are_upright_too(monkeypatch, tmp_path):
    known, files = publish(monkeypatch, "emnist-letters")
    write(tmp_path, files)
    data = load(tmp_path / known.files[2].name)
    assert len(data.train) + len(data.validation) + len(data.test) == TEST
    assert (data.test.x[:, 0, 5, 8:20] == 255).all()
    assert data.classes == known.classes


def table(known, n, seed=0):
    x = pictures(n, seed).swapaxes(1, 2).reshape(n, -1)
    rows = np.concatenate([(labels(known, n) + known.first_label)[:, None], x], axis=1)
    return "\n".join(",".join(map(str, row)) for row in rows).encode()


@pytest.mark.parametrize("by_file", [False, True], ids=["folder", "file"])
@pytest.mark.parametrize("pack", [False, True], ids=["csv", "csv.gz"])
def test_emnist_as_csv_is_upright_too(tmp_path, pack, by_file):
    known = CATALOG["emnist-letters"]
    files = {known.tables[0]: table(known, TRAINING), known.tables[1]: table(known, TEST, seed=1)}
    write(tmp_path, {f"{n}.gz": gzip.compress(c) for n, c in files.items()} if pack else files)
    is_right(
        load(tmp_path / (f"{known.tables[0]}{'.gz' if pack else ''}") if by_file else tmp_path), known, shuffled=True
    )


def test_own_pictures_beside_a_published_data_set_are_read_as_asked(monkeypatch, tmp_path):
    _, files = publish(monkeypatch, "kmnist")
    write(tmp_path / "kmnist", files)
    x, y = idx(pictures(30, seed=9)), idx((np.arange(30) % 3).astype(np.uint8))
    write(tmp_path, {"train-images-idx3-ubyte": x, "train-labels-idx1-ubyte": y})
    assert load(tmp_path).classes == ("0", "1", "2")
    assert load(tmp_path / "train-images-idx3-ubyte").classes == ("0", "1", "2")


def test_training_pictures_known_by_their_hash_have_their_classes_without_test_files(monkeypatch, tmp_path):
    known, files = publish(monkeypatch, "fashion-mnist")
    data = load(write(tmp_path, dict(list(files.items())[:2])))
    assert (data.classes, data.preparation, len(data.test)) == (known.classes, "photo", 10)


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("MNIST", "mnist"),
        ("FashionMNIST", "fashion-mnist"),
        ("fashion_mnist", "fashion-mnist"),
        ("KMNIST", "kmnist"),
        ("EMNIST-letters", "emnist-letters"),
        ("emnist/balanced", "emnist-balanced"),
        ("mnits", "mnits"),
        ("", ""),
    ],
)
def test_names_as_others_spell_them(spelt, name):
    assert canonical_name(spelt) == name


def test_a_path_of_that_spelling_is_a_path(tmp_path):
    (tmp_path / "MNIST").mkdir()
    assert canonical_name("MNIST") == "MNIST"
    with pytest.raises(DataError, match="no folder with pictures"):
        load("MNIST")


def test_a_recipe_on_mnist_by_another_spelling_is_the_recipe():
    recipe = load_recipe("quick")
    assert recipe.on("MNIST") == recipe
    assert recipe.on("FashionMNIST").dataset == "fashion-mnist"


@pytest.mark.parametrize("name", ["emnist", "EMNIST"])
def test_emnist_alone_names_the_six(name):
    with pytest.raises(DataError, match=r"emnist-balanced, emnist-byclass, .*emnist-mnist"):
        load(name)
