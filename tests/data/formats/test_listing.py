"""Pictures beside a table of their labels, and pictures that are passed over: nothing vanishes without a word."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from numnist.data import load
from numnist.data.formats import image
from numnist.support.errors import DataError

N = 24
LABELS = [f"{i % 3}" for i in range(N)]


def pictures(folder, count=N, suffix=".png"):
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        Image.fromarray(np.full((6, 6), 10 * i, np.uint8)).save(folder / f"{i}{suffix}", "PNG")


def table(path, names, labels=LABELS, header="file,label", separator=","):
    lines = [header.replace(",", separator)] if header else []
    path.write_text("\n".join(lines + [f"{name}{separator}{label}" for name, label in zip(names, labels)]) + "\n")


def check(data):
    assert data.classes == ("0", "1", "2")
    for split in (data.train, data.validation, data.test):
        assert np.array_equal(split.labels, split.x[:, 0, 0, 0] // 10 % 3)
    assert len(data.train) + len(data.validation) + len(data.test) == N


@pytest.mark.parametrize("header", ["file,label", "image_id,class", "Filename,Category", "path,target", ""])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_table_labels_the_pictures_of_a_folder(tmp_path, header, separator):
    pictures(tmp_path / "images")
    suffix = ".tsv" if separator == "\t" else ".csv"
    table(tmp_path / f"labels{suffix}", [f"{i}.png" for i in range(N)], header=header, separator=separator)
    check(load(tmp_path))


@pytest.mark.parametrize("name", ["images/{}.png", "./images/{}.png", "images\\{}.png", "{}.png", "{}"])
def test_files_are_named_in_any_usual_way(tmp_path, name):
    pictures(tmp_path / "images")
    table(tmp_path / "labels.csv", [name.format(i) for i in range(N)])
    check(load(tmp_path))


def test_pictures_may_lie_beside_the_table(tmp_path):
    pictures(tmp_path)
    table(tmp_path / "labels.csv", [f"{i}.png" for i in range(N)])
    check(load(tmp_path))


def test_other_columns_are_passed_over(tmp_path):
    pictures(tmp_path / "images")
    lines = ["id,height,label,note", *(f"{i}.png,6,{label},x" for i, label in enumerate(LABELS))]
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    check(load(tmp_path))


def test_a_table_of_test_pictures_makes_a_test_set(tmp_path):
    pictures(tmp_path / "train")
    pictures(tmp_path / "test", 4)
    table(tmp_path / "train.csv", [f"train/{i}.png" for i in range(N)])
    table(tmp_path / "test.csv", [f"test/{i}.png" for i in range(4)])
    assert load(tmp_path).test.labels.tolist() == [0, 1, 2, 0]


@pytest.mark.parametrize(
    ("names", "labels", "says"),
    [
        ([*range(N), 99], [*LABELS, "0"], r"labels\.csv lists 1 files that are not below .*: 99\.png"),
        ([*range(N), 5], [*LABELS, "0"], r"lists 5\.png as '2' and as '0'"),
        (range(N), ["", *LABELS[1:]], r"gives no label for 0\.png"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path, names, labels, says):
    pictures(tmp_path / "images")
    table(tmp_path / "labels.csv", [f"{i}.png" for i in names], labels)
    with pytest.raises(DataError, match=says):
        load(tmp_path)


def test_pictures_that_no_table_lists_are_told(tmp_path):
    pictures(tmp_path / "images", N + 2)
    table(tmp_path / "labels.csv", [f"{i}.png" for i in range(N)])
    assert any(
        f"2 pictures that no table lists, which are passed over: images/{N}.png" in n for n in load(tmp_path).notes
    )


def classes(root, names=("ant", "bee")):
    for name in names:
        pictures(root / name, 12)
    return root


def test_files_that_are_no_pictures_and_empty_classes_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(image, "importable", lambda name: False)
    classes(tmp_path)
    (tmp_path / "cow").mkdir()
    for name in ("a.heic", "b.avif", "notes.txt"):
        (tmp_path / "ant" / name).write_bytes(b"x")
    (tmp_path / "ant" / "Thumbs.db").write_bytes(b"x")
    data = load(tmp_path)
    notes = "\n".join(data.notes)
    assert (
        "3 files that are no pictures numnist reads, which are passed over: ant/a.heic, ant/b.avif, ant/notes.txt"
        in notes
    )
    assert "pip install '.[heic]'" in notes
    assert "no pictures of cow" in notes
    assert data.classes == ("ant", "bee")


def test_test_pictures_without_a_class_are_no_test_set_and_it_is_said(tmp_path):
    classes(tmp_path / "train")
    pictures(tmp_path / "test", 5)
    data = load(tmp_path)
    assert len(data.train) + len(data.validation) + len(data.test) == 24
    assert any("5 pictures without a class" in note and "numnist predict" in note for note in data.notes)


@pytest.mark.parametrize("suffix", [".jfif", ".jpe"])
def test_other_names_of_jpeg_are_read(tmp_path, suffix):
    for name in ("ant", "bee"):
        pictures(tmp_path / name, 12, suffix)
    assert len(load(tmp_path).train) > 0


def test_broken_pictures_are_named_all_at_once_or_left_out(tmp_path):
    classes(tmp_path)
    (tmp_path / "ant" / "x.png").write_bytes(b"")
    (tmp_path / "bee" / "y.png").write_bytes((tmp_path / "bee" / "1.png").read_bytes()[:40])
    with pytest.raises(DataError, match=r"(?s)2 pictures cannot be read:.*x\.png is empty.*y\.png.*--skip-broken"):
        load(tmp_path)
    data = load(tmp_path, skip_broken=True)
    assert len(data.train) + len(data.validation) + len(data.test) == 24
    assert any("x.png" in note and "y.png" in note and "left out" in note for note in data.notes)


def test_where_all_pictures_are_broken_nothing_is_left_to_skip_to(tmp_path):
    (tmp_path / "ant").mkdir()
    (tmp_path / "ant" / "x.png").write_bytes(b"")
    with pytest.raises(DataError, match="no train picture can be read"):
        load(tmp_path, skip_broken=True)


def test_heic_without_its_extra_names_it(monkeypatch):
    monkeypatch.setattr(image, "importable", lambda name: False)
    with pytest.raises(DataError, match=r"HEIC picture.*pip install '\.\[heic\]'.*JPEG"):
        image.read_picture(b"\0\0\0\x18ftypheic" + bytes(100))


def test_heic_is_read_with_its_extra(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    x = np.zeros((64, 48, 3), np.uint8)
    x[:32] = 200, 30, 30
    heif.from_pillow(Image.fromarray(x)).save(tmp_path / "a.heic", quality=90)
    read = image.read_picture(tmp_path / "a.heic").astype(int)
    assert np.abs(read - x).mean() < 8  # it is a lossy format
