"""Parquet as Hugging Face has it: picture files in a column, classes in the metadata, splits in the names of files."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from numnist.data import load
from numnist.data.formats.shards import find_shards
from numnist.support.errors import DataError

pa = pytest.importorskip("pyarrow", reason="needs the extra parquet")
parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra parquet")

X = np.random.default_rng(0).integers(0, 256, (30, 9, 8), dtype=np.uint8)
Y = np.arange(30) % 3
NAMES = ["ant", "bee", "cat"]


def png(picture):
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def images(x):
    return [{"bytes": png(picture), "path": f"{i}.png"} for i, picture in enumerate(x)]


def write(path, columns, names=NAMES, image="image", label="label"):
    """A file with such columns; with names, as `datasets` writes it."""
    table = pa.table(columns)
    if names is not None:
        features = {image: {"_type": "Image"}, label: {"names": names, "_type": "ClassLabel"}}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, path)
    return path


def columns(x=X, y=Y):
    return {"image": images(x), "label": [int(label) for label in y]}


def everything(data):
    """All pictures with their labels' names, in any order."""
    splits = data.train, data.validation, data.test
    return sorted((x.tobytes(), data.classes[label]) for split in splits for x, label in zip(split.x, split.labels))


MEANT = sorted((x.tobytes(), NAMES[label]) for x, label in zip(X, Y))


@pytest.mark.parametrize("inside", ["", "data", "mnist"])
@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train-00000-of-00001.parquet", "test-00000-of-00001.parquet"),
        ("train-00000-of-00001-0123456789abcdef.parquet", "test-00000-of-00001-fedcba9876543210.parquet"),
        ("train.parquet", "test.parquet"),
        ("mnist_train.parquet", "mnist_test.parquet"),
    ],
)
def test_a_folder_is_a_data_set_of_its_splits(tmp_path, inside, train, test):
    write(tmp_path / "d" / inside / train, columns(X[:24], Y[:24]))
    write(tmp_path / "d" / inside / test, columns(X[24:], Y[24:]))
    for path in ("d", f"d/{inside}/{train}"):
        data = load(tmp_path / path)
        assert (data.classes, data.shape) == (tuple(NAMES), (1, 9, 8))
        assert np.array_equal(data.test.x[:, 0], X[24:])
        assert np.array_equal(data.test.labels, Y[24:])
        assert everything(data) == MEANT


def test_splits_may_be_folders(tmp_path):
    write(tmp_path / "train" / "0000.parquet", columns(X[:12], Y[:12]))
    write(tmp_path / "train" / "0001.parquet", columns(X[12:24], Y[12:24]))
    write(tmp_path / "validation" / "0000.parquet", columns(X[24:], Y[24:]))
    data = load(tmp_path)
    assert np.array_equal(data.validation.x[:, 0], X[24:])
    assert everything(data) == MEANT


def test_parts_are_joined_in_order(tmp_path):
    for part in (2, 0, 1):
        rows = slice(10 * part, 10 * part + 10)
        write(tmp_path / f"train-0000{part}-of-00003.parquet", columns(X[rows], Y[rows]))
    for path in (tmp_path, tmp_path / "train-00001-of-00003.parquet"):
        assert everything(load(path)) == MEANT
    assert [path.name[10] for path in find_shards(tmp_path).files["train"]] == ["0", "1", "2"]


def test_a_missing_part_is_noticed(tmp_path):
    write(tmp_path / "train-00001-of-00002.parquet", columns())
    for path in (tmp_path, tmp_path / "train-00001-of-00002.parquet"):
        with pytest.raises(DataError, match="not all parts"):
            load(path)


def test_test_pictures_are_read_alone(tmp_path):
    write(tmp_path / "train.parquet", columns(X + 1, Y))
    assert everything(load(write(tmp_path / "test.parquet", columns()))) == MEANT


def test_one_file_of_any_name_is_split(tmp_path):
    write(tmp_path / "other.parquet", columns(X + 1, Y))
    assert everything(load(write(tmp_path / "mine.parquet", columns()))) == MEANT


@pytest.mark.parametrize("labels", [[NAMES[k] for k in Y], np.array(Y, np.uint8)])
def test_without_metadata_the_columns_say_it(tmp_path, labels):
    found = {"id": np.arange(30), "img": [png(x) for x in X], "label": labels}
    data = load(write(tmp_path / "a.parquet", found, names=None))
    assert data.classes in (tuple(NAMES), ("0", "1", "2"))
    assert [x for x, _ in everything(data)] == [x for x, _ in MEANT]
    assert any("not used: id" in note for note in data.notes)


def test_colour_is_kept(tmp_path):
    x = np.stack([X, X // 2, 255 - X], axis=-1)
    data = load(write(tmp_path / "a.parquet", columns(x)))
    assert data.shape == (3, 9, 8)


def test_sizes_that_differ_are_refused_or_resized(tmp_path):
    found = columns()
    found["image"][3] = {"bytes": png(X[3, :5]), "path": None}
    path = write(tmp_path / "a.parquet", found)
    with pytest.raises(DataError, match=r"a\.parquet, row 3 .*size="):
        load(path)
    assert load(path, size=(9, 8)).shape == (1, 9, 8)


def test_broken_pictures_are_named_and_may_be_skipped(tmp_path):
    found = columns()
    found["image"][3] = {"bytes": b"no picture", "path": None}
    path = write(tmp_path / "a.parquet", found)
    with pytest.raises(DataError, match="row 3"):
        load(path)
    data = load(path, skip_broken=True)
    assert len(everything(data)) == 29
    assert any("row 3" in note for note in data.notes)


def test_test_pictures_without_labels_are_said(tmp_path):
    write(tmp_path / "train.parquet", columns())
    write(tmp_path / "test.parquet", columns(X, 0 * Y - 1))
    data = load(tmp_path)
    assert everything(data) == MEANT
    assert any("test pictures have no labels" in note for note in data.notes)


REFUSED = {
    "pixels in columns": ({f"p{i}": X[:, 0, 0] for i in range(4)} | {"label": Y}, "to_csv"),
    "two columns of pictures": ({"a": [b"1"] * 30, "b": [b"2"] * 30, "label": Y}, "2 columns of picture"),
    "paths": ({"image": [{"bytes": None, "path": "a.png"}] * 30, "label": Y}, "embed"),
    "no label": ({"image": [png(x) for x in X]}, "no column of labels"),
    "labels without a name": ({"image": [png(x) for x in X], "a": Y, "b": Y}, "a and b"),
    "fractions": ({"image": [png(x) for x in X], "label": Y + 0.5}, "whole"),
    "missing": ({"image": [png(x) for x in X], "label": [None, *Y[1:].tolist()]}, "nothing at"),
}


@pytest.mark.parametrize(("found", "match"), REFUSED.values(), ids=REFUSED)
def test_other_columns_are_refused(tmp_path, found, match):
    with pytest.raises(DataError, match=match):
        load(write(tmp_path / "a.parquet", found, names=None))


@pytest.mark.parametrize("label", [-1, 3, None])
def test_a_label_of_no_class_is_refused(tmp_path, label):
    found = columns()
    found["label"][4] = label
    with pytest.raises(DataError, match=r"in row 4 .*3 classes"):
        load(write(tmp_path / "a.parquet", found))


def test_files_of_other_classes_are_refused(tmp_path):
    write(tmp_path / "train.parquet", columns())
    write(tmp_path / "test.parquet", columns(), names=["x", "y", "z"])
    with pytest.raises(DataError, match="other columns or classes"):
        load(tmp_path)


def test_several_data_sets_in_a_folder_are_refused(tmp_path):
    for name in ("cats", "dogs"):
        write(tmp_path / f"{name}-train.parquet", columns())
    with pytest.raises(DataError, match="cats, dogs"):
        load(tmp_path)
    assert everything(load(tmp_path / "dogs-train.parquet")) == MEANT


@pytest.mark.parametrize("content", [b"", b"PAR1", b"hello", None], ids=["empty", "magic", "text", "cut off"])
def test_a_broken_file_is_refused(tmp_path, content):
    path = write(tmp_path / "a.parquet", columns())
    path.write_bytes(path.read_bytes()[:-100] if content is None else content)
    with pytest.raises(DataError, match=r"a\.parquet cannot be read.*: "):
        load(path)


@pytest.mark.parametrize("metadata", [b"", b"[]", b'{"info": 3}', b'{"info": {"features": {"label": 1}}}', b"\xff"])
def test_metadata_of_any_other_kind_is_passed_over(tmp_path, metadata):
    table = pa.table(columns()).replace_schema_metadata({b"huggingface": metadata})
    parquet.write_table(table, tmp_path / "a.parquet")
    assert load(tmp_path / "a.parquet").classes == ("0", "1", "2")
