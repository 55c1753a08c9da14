"""Folders of pictures: a folder is a class, and every file is either read or named."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from numnist.data import load
from numnist.data.formats.folder import folder_name, write_classes
from numnist.support.errors import DataError, UsageError


def draw(path, value=0, size=(6, 5), mode="L"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (size[1], size[0]), value).save(path)


def fill(root, classes=("cat", "ant", "bee"), count=4, **options):
    for name in classes:
        for i in range(count):
            draw(root / name / f"{i}.png", **options)


def total(data):
    return len(data.train) + len(data.validation) + len(data.test)


def test_classes_are_the_folders_sorted_by_name(tmp_path):
    for value, name in enumerate(("cat", "ant", "bee")):
        fill(tmp_path, [name], value=value)
    data = load(tmp_path)
    assert data.classes == ("ant", "bee", "cat")
    assert total(data) == 12
    for split in (data.train, data.validation, data.test):
        assert np.array_equal(split.x[:, 0, 0, 0], np.array([1, 2, 0])[split.labels])


@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_splits_are_folders_too(tmp_path, name):
    for split, count in (("train", 5), (name, 2), ("test", 3)):
        fill(tmp_path / split, count=count)
    data = load(tmp_path)
    assert (len(data.train), len(data.validation), len(data.test)) == (15, 6, 9)
    assert data.shape == (1, 6, 5)


def test_the_same_folder_is_split_the_same_way_every_time(tmp_path):
    for name in "ab":
        for i in range(20):
            draw(tmp_path / name / f"{i}.png", value=i)
    first, second = load(tmp_path), load(tmp_path)
    assert first.sha256 == second.sha256
    assert sorted(np.concatenate([s.x[:, 0, 0, 0] for s in (first.train, first.validation, first.test)])) == sorted(
        [*range(20)] * 2
    )


def test_one_coloured_picture_makes_all_coloured(tmp_path):
    fill(tmp_path, value=7)
    draw(tmp_path / "cat" / "red.jpg", value=(200, 0, 0), mode="RGB")
    data = load(tmp_path)
    assert data.shape == (3, 6, 5)


def test_colour_in_the_test_pictures_alone_counts_too(tmp_path):
    fill(tmp_path / "train", value=7)
    fill(tmp_path / "test", value=(0, 99, 0), mode="RGB")
    data = load(tmp_path)
    assert data.shape == (3, 6, 5)
    assert (data.train.x == 7).all()


def test_different_sizes_are_refused_unless_a_size_is_given(tmp_path):
    fill(tmp_path)
    draw(tmp_path / "cat" / "large.png", size=(60, 50))
    with pytest.raises(DataError, match=r"large\.png is 50×60 pixels.*size=\(height, width\)"):
        load(tmp_path)
    assert load(tmp_path, size=(8, 9)).shape == (1, 8, 9)


def test_hidden_and_other_files_are_passed_over(tmp_path):
    fill(tmp_path)
    (tmp_path / "cat" / "._0.png").write_bytes(b"macOS")
    (tmp_path / "cat" / "Thumbs.db").write_bytes(b"Windows")
    (tmp_path / "cat" / "notes.txt").write_text("what a cat")
    fill(tmp_path, [".cache"])
    (tmp_path / "empty").mkdir()
    data = load(tmp_path)
    assert data.classes == ("ant", "bee", "cat")
    assert total(data) == 12


def test_a_table_beside_the_classes_is_passed_over(tmp_path):
    fill(tmp_path)
    (tmp_path / "labels.csv").write_text("file,label\n0.png,cat\n")
    assert total(load(tmp_path)) == 12


@pytest.mark.parametrize("size", [(0, 5), (5, -1)])
def test_a_size_of_nothing_is_refused(tmp_path, size):
    fill(tmp_path)
    with pytest.raises(UsageError, match="makes no sense"):
        load(tmp_path, size=size)


def broken_picture(root):
    (root / "cat" / "broken.png").write_bytes(b"not a picture")


def picture_is_a_folder(root):
    (root / "cat" / "folder.png").mkdir()


def no_folders(root):
    for path in sorted(root.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def no_pictures(root):
    for path in root.rglob("*.png"):
        path.unlink()


def new_class_in_test(root):
    (root / "train").mkdir()
    for name in ("ant", "bee", "cat"):
        (root / name).rename(root / "train" / name)
    fill(root / "test", ["ant", "wasp"])


def empty_test(root):
    new_class_in_test(root)
    no_pictures(root / "test")


def too_few(root):
    for path in list(root.rglob("*.png"))[3:]:
        path.unlink()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (broken_picture, r"broken\.png"),
        (picture_is_a_folder, r"folder\.png"),
        (no_folders, "no folder with pictures"),
        (no_pictures, "no folder with pictures"),
        (new_class_in_test, "'wasp'"),
        (empty_test, "holds no pictures"),
        (too_few, "too few"),
    ],
)
def test_a_folder_that_is_not_in_order_is_refused(tmp_path, damage, says):
    fill(tmp_path)
    damage(tmp_path)
    with pytest.raises(DataError, match=rf"{says}.*: "):
        load(tmp_path)


def named(root, *lines):
    root.mkdir(parents=True, exist_ok=True)
    (root / "classes.txt").write_text("\n".join(lines), "utf-8")


def test_classes_txt_names_the_classes_in_their_order_also_those_without_pictures(tmp_path):
    fill(tmp_path, ["cat"], value=1)
    fill(tmp_path, ["T-shirt-top"], value=2)
    named(tmp_path, "cat", "", "dog ", "T-shirt/top", "übung")
    data = load(tmp_path)
    assert data.classes == ("cat", "dog", "T-shirt/top", "übung")
    for split in (data.train, data.validation, data.test):
        assert np.array_equal(split.labels, np.array([-1, 0, 2])[split.x[:, 0, 0, 0]])


def test_what_write_classes_says_is_read_again(tmp_path):
    classes = ("T-shirt/top", "../up", ".hidden", "a b")
    for name in classes:
        fill(tmp_path, [folder_name(name)])
    write_classes(tmp_path, classes)
    assert load(tmp_path).classes == classes
    assert sorted(path.name for path in tmp_path.iterdir()) == ["---up", "-hidden", "T-shirt-top", "a b", "classes.txt"]


def test_classes_txt_stands_above_the_splits(tmp_path):
    fill(tmp_path / "train", ["b"], count=9)
    fill(tmp_path / "test", ["c"], count=2)
    named(tmp_path, *"abc")
    data = load(tmp_path)
    assert data.classes == ("a", "b", "c")
    assert data.test.labels.tolist() == [2, 2]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["ant", "cat"], r"the class 'bee', which has no training pictures and is not in classes\.txt"),
        (["ant", "bee", "cat", "ant"], r"classes\.txt names 'ant' twice"),
        (["ant", "bee", "cat", "a/b", "a?b"], r"classes\.txt names 'a/b' twice"),
        (["", " "], r"classes\.txt is empty"),
    ],
)
def test_a_wrong_classes_txt_is_refused(tmp_path, lines, message):
    fill(tmp_path)
    named(tmp_path, *lines)
    with pytest.raises(DataError, match=message):
        load(tmp_path)


def test_a_classes_txt_that_is_no_text_is_refused(tmp_path):
    fill(tmp_path)
    (tmp_path / "classes.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"classes\.txt is not UTF-8"):
        load(tmp_path)


def test_classes_txt_without_any_picture_is_no_data(tmp_path):
    named(tmp_path, "a", "b")
    with pytest.raises(DataError, match=r"has no folder with pictures in it"):
        load(tmp_path)
