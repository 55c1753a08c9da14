"""Files of published data sets that are not what they seem: refused, with a word about what they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from numnist.data import load
from numnist.data.published.catalog import CATALOG
from numnist.support.errors import DataError
from tests.data.published.tiny import TRAINING, contents, cut, idx, labels, packed, publish, sha256, stored, write


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    monkeypatch.setenv("NUMNIST_OFFLINE", "1")


def test_several_data_sets_in_a_folder_are_named_and_refused(monkeypatch, tmp_path):
    for split in ("letters", "digits"):
        write(tmp_path / "gzip", publish(monkeypatch, f"emnist-{split}")[1])
    with pytest.raises(DataError, match=r"emnist-digits, emnist-letters.*--dataset emnist-digits --data-dir"):
        load(tmp_path / "gzip")
    for split in ("letters", "digits"):
        known = CATALOG[f"emnist-{split}"]
        assert load(known.name, data_dir=tmp_path).classes == known.classes
        assert load(tmp_path / "gzip" / known.files[0].name).classes == known.classes


def test_a_folder_of_torchvisions_folders_says_how_to_name_one(monkeypatch, tmp_path):
    write(tmp_path / "root" / "QMNIST" / "raw", publish(monkeypatch, "qmnist")[1])
    with pytest.raises(DataError, match=r"holds qmnist.*--dataset qmnist --data-dir"):
        load(tmp_path / "root")


@pytest.mark.parametrize("name", ["emnist-letters", "qmnist"])
def test_under_mnists_names_their_files_are_refused(monkeypatch, tmp_path, name):
    _, files = publish(monkeypatch, name)
    renamed = dict(zip([file.name for file in CATALOG["mnist"].files], files.values(), strict=True))
    write(tmp_path, renamed)
    for path in (tmp_path, tmp_path / "train-images-idx3-ubyte.gz"):
        with pytest.raises(DataError, match=f"is {name}'s .*-train-images-idx3-ubyte.gz.*own names"):
            load(path)


def test_test_pictures_of_another_data_set_are_refused(monkeypatch, tmp_path):
    _, clothes = publish(monkeypatch, "fashion-mnist")
    known, _ = publish(monkeypatch, "kmnist")
    files = packed(contents(known, seed=7))
    facts = tuple(replace(file, digest=sha256(files[file.name])) for file in known.files)
    monkeypatch.setitem(CATALOG, "kmnist", replace(known, files=facts))
    write(tmp_path, {name: (clothes if "train" in name else files)[name] for name in files})
    with pytest.raises(DataError, match=r"is kmnist's t10k-images.*the other files are fashion-mnist's"):
        load(tmp_path)


def test_labels_that_are_no_class_are_refused(monkeypatch, tmp_path):
    known, _ = publish(monkeypatch, "emnist-letters")
    for wrong in (0, 27):
        y = labels(known, TRAINING).astype(np.uint8) + 1
        y[7] = wrong
        files = {known.files[0].name: stored(known, TRAINING)[0], known.files[1].name: idx(y)}
        with pytest.raises(DataError, match=f"label {wrong}, but emnist-letters has the labels 1 to 26"):
            load(write(tmp_path / str(wrong), files))


def test_labels_of_another_shape_are_refused(monkeypatch, tmp_path):
    known, _ = publish(monkeypatch, "qmnist")
    files = {known.files[0].name: stored(known, TRAINING)[0]}
    files[known.files[1].name] = idx(labels(known, TRAINING).astype(np.uint8))
    with pytest.raises(DataError, match="8 numbers for each picture"):
        load(write(tmp_path, files))


def test_files_without_their_labels_are_refused(monkeypatch, tmp_path):
    known, files = publish(monkeypatch, "emnist-letters")
    del files[known.files[1].name]
    with pytest.raises(DataError, match=r"emnist-letters-train-labels-idx1-ubyte.gz is expected"):
        load(write(tmp_path, files))


MAPPING = "".join(f"{i} {64 + i} {96 + i}\n" for i in range(1, 27))


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        (MAPPING, None),
        (MAPPING.replace("3 67 99\n", ""), None),
        (MAPPING.replace("2 66 98\n", "2 67 99\n"), "label 2 is C or c, but in emnist-letters it is b"),
        ("a b c\n", "maps no labels"),
        ("1 -4\n", "maps no labels"),
    ],
    ids=["as published", "with a gap", "another", "no numbers", "no character"],
)
def test_a_mapping_beside_the_files_must_agree(monkeypatch, tmp_path, mapping, says):
    known, _ = publish(monkeypatch, "emnist-letters")
    cut(known, tmp_path)
    (tmp_path / "emnist-letters-mapping.txt").write_text(mapping)
    if says is None:
        assert load(tmp_path).name == "emnist-letters"
        return
    with pytest.raises(DataError, match=says):
        load(tmp_path)
