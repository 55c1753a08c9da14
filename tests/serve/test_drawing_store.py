"""Kept pictures: one file each, never over another, never outside, in a form that numnist itself reads again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from numnist import Dense, Flatten, Model, Sequential
from numnist.data import load
from numnist.data.dataset import HOLD_OUT_ONE_IN
from numnist.data.formats.image import read_picture
from numnist.serve.state.drawings import LEAST, PAGES, DrawingStore
from numnist.support.errors import DataError, UsageError

PAGE = "0123456789abcdef"
CLOTHES = ("T-shirt/top", "Trouser", "../..", ".hidden")
PICTURE = np.arange(784, dtype=np.int64).reshape(28, 28).astype(np.uint8)


def model(classes=tuple("0123456789"), shape=(1, 28, 28), dataset=None):
    made = Model(Sequential(Flatten(), Dense(len(classes))), shape, classes=classes)
    if dataset is not None:
        made.about = {"recipe": {"dataset": dataset}}
    return made


DIGITS = model()


def files(root):
    """All but the copies of the pages."""
    found = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return [name for name in found if not name.startswith(PAGES)]


def test_a_picture_is_kept_pixel_by_pixel_in_its_classs_folder(tmp_path):
    place = DrawingStore(tmp_path).keep(DIGITS, "4", PICTURE, PAGE)
    assert (place.file, place.label) == (tmp_path / "digits/4/000001.png", "4")
    assert place.copy.read_bytes() == place.file.read_bytes()
    assert np.array_equal(read_picture(place.file), PICTURE)
    assert files(tmp_path) == ["digits/4/000001.png", "digits/classes.txt"]


def test_colours_are_kept_too(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (3, 8, 6), dtype=np.uint8)
    place = DrawingStore(tmp_path).keep(model("ab", (3, 8, 6), "flowers"), "b", picture, PAGE)
    assert place.file == tmp_path / "flowers-3x8x6/b/000001.png"
    assert np.array_equal(read_picture(place.file), picture.transpose(1, 2, 0))


def test_pictures_are_numbered_on_after_those_of_another_day(tmp_path):
    DrawingStore(tmp_path).keep(DIGITS, "4", PICTURE, PAGE)
    (tmp_path / "digits/7/000041.png").write_bytes(b"somebody's")
    (tmp_path / "digits/7/mine.png").write_bytes(b"somebody's")
    assert DrawingStore(tmp_path).keep(DIGITS, "4", PICTURE, PAGE).file.name == "000042.png"


def test_nothing_is_ever_written_over(tmp_path, monkeypatch):
    """Two servers that keep at one time see the same last number."""
    monkeypatch.setattr("numnist.serve.state.drawings._last", lambda folder: 0)
    first = DrawingStore(tmp_path).keep(DIGITS, "4", PICTURE, PAGE)
    second = DrawingStore(tmp_path).keep(DIGITS, "4", PICTURE + 1, PAGE)
    assert (first.file.name, second.file.name) == ("000001.png", "000002.png")
    assert np.array_equal(read_picture(first.file), PICTURE)


def test_what_cannot_be_written_leaves_no_file(tmp_path, monkeypatch):
    store = DrawingStore(tmp_path)
    store.keep(DIGITS, "4", PICTURE, PAGE)

    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numnist.serve.state.drawings.write_atomically", full)
    with pytest.raises(OSError, match="No space left"):
        store.keep(DIGITS, "4", PICTURE, PAGE)
    assert files(tmp_path) == ["digits/4/000001.png", "digits/classes.txt"]


def test_undo_takes_back_what_was_kept_last_since_the_start_and_no_more(tmp_path):
    DrawingStore(tmp_path).keep(DIGITS, "4", PICTURE, PAGE)  # on another day
    store = DrawingStore(tmp_path)
    places = [store.keep(DIGITS, label, PICTURE, PAGE) for label in "79"]
    places[1].file.unlink()  # by hand
    assert [store.undo(PAGE), store.undo(PAGE), store.undo(PAGE)] == [places[1], places[0], None]
    assert files(tmp_path) == ["digits/4/000001.png", "digits/classes.txt"]


def test_counts_are_those_of_the_folder(tmp_path):
    store = DrawingStore(tmp_path)
    assert set(store.counts(DIGITS).values()) == {0}
    for label in "4407":
        store.keep(DIGITS, label, PICTURE, PAGE)
    (tmp_path / "digits/4/.hidden.png").touch()
    assert {label: n for label, n in DrawingStore(tmp_path).counts(DIGITS).items() if n} == {"0": 1, "4": 2, "7": 1}


def test_a_full_folder_takes_no_more(tmp_path):
    store = DrawingStore(tmp_path, most=2)
    places = [store.keep(DIGITS, "4", PICTURE, PAGE) for _ in range(2)]
    with pytest.raises(DataError, match="holds 2 pictures, which is enough"):
        store.keep(DIGITS, "5", PICTURE, PAGE)
    assert store.undo(PAGE) == places[1]
    store.keep(DIGITS, "5", PICTURE, PAGE)


@pytest.mark.parametrize("label", ["10", "", "..", "../4", "4/../../x", "/etc", "four", "4\x00"])
def test_a_label_that_is_no_class_is_refused(tmp_path, label):
    with pytest.raises(UsageError, match="the model knows no class"):
        DrawingStore(tmp_path).keep(DIGITS, label, PICTURE, PAGE)
    assert files(tmp_path) == []


def test_names_that_are_no_folders_stay_inside_and_are_read_again(tmp_path):
    store, clothes = DrawingStore(tmp_path / "kept"), model(CLOTHES, dataset="/some/where/clothes.npz")
    for label in CLOTHES * 3:
        store.keep(clothes, label, PICTURE, PAGE)
    assert {Path(name).parts[0] for name in files(tmp_path / "kept")} == {"clothes"}
    assert load(tmp_path / "kept/clothes").classes == CLOTHES
    assert store.counts(clothes) == dict.fromkeys(CLOTHES, 3)


@pytest.mark.parametrize("dataset", ["..", "../x", "", "a/../../b", "x\x00y"])
def test_whatever_a_model_says_of_its_data_the_folder_is_inside(tmp_path, dataset):
    folder = DrawingStore(tmp_path).folder(model("ab", dataset=dataset))
    assert folder.parent == tmp_path
    assert folder.name.strip(".")


def test_a_link_that_leads_outside_is_refused(tmp_path):
    (tmp_path / "kept/digits").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "kept/digits/4").symlink_to(tmp_path / "outside")
    with pytest.raises(DataError, match=r"4 leads out of .*kept: remove the link"):
        DrawingStore(tmp_path / "kept").keep(DIGITS, "4", PICTURE, PAGE)
    assert files(tmp_path / "outside") == []


def test_other_classes_are_not_mixed_in(tmp_path):
    store = DrawingStore(tmp_path)
    store.keep(model("ab", dataset="mine"), "a", PICTURE, PAGE)
    with pytest.raises(DataError, match="is for other classes than the model's"):
        store.keep(model("ba", dataset="mine"), "a", PICTURE, PAGE)


def test_so_few_pictures_are_a_data_set_and_fewer_are_not(tmp_path):
    store = DrawingStore(tmp_path)
    for _ in range(HOLD_OUT_ONE_IN - 1):
        store.keep(DIGITS, "4", PICTURE, PAGE)
    with pytest.raises(DataError, match="too few"):
        load(tmp_path / "digits")
    for name in "47":
        store.keep(DIGITS, name, PICTURE, PAGE)
    data = load(tmp_path / "digits")
    assert data.classes == DIGITS.classes
    assert [len(split) for split in (data.train, data.validation, data.test)] == [LEAST - 2, 1, 1]
    assert {Path(data.source).name} == {"digits"}


# ---- several pages -----------------------------------------------------------------------------------------

OTHER = "fedcba9876543210"


def counted(store, page=None):
    return {label: n for label, n in store.counts(DIGITS, page).items() if n}


def test_each_page_counts_its_own_and_all_lie_together(tmp_path):
    store = DrawingStore(tmp_path)
    for label, page in [("4", PAGE), ("7", OTHER), ("4", PAGE)]:
        store.keep(DIGITS, label, PICTURE, page)
    assert (counted(store, PAGE), counted(store, OTHER), counted(store)) == ({"4": 2}, {"7": 1}, {"4": 2, "7": 1})
    assert counted(DrawingStore(tmp_path), PAGE) == {"4": 2}  # after the server was started again
    assert counted(store, "somebody-else") == {}


def test_each_page_takes_back_its_own(tmp_path):
    store = DrawingStore(tmp_path)
    first, second = (store.keep(DIGITS, "4", PICTURE, page) for page in (PAGE, OTHER))
    assert store.undo(PAGE) == first
    assert store.undo(PAGE) is None
    assert (counted(store, PAGE), counted(store, OTHER)) == ({}, {"4": 1})
    assert second.file.exists()


def test_what_the_owner_removes_is_gone_from_its_page_too(tmp_path):
    store = DrawingStore(tmp_path)
    stored = [store.keep(DIGITS, "4", PICTURE, PAGE) for _ in range(2)]
    stored[0].file.unlink()
    assert counted(store, PAGE) == {"4": 1}
    assert [each.copy.exists() for each in stored] == [False, True]


def test_a_page_can_train_on_its_own_folder(tmp_path):
    store = DrawingStore(tmp_path)
    for page in (PAGE, OTHER):
        for _ in range(LEAST):
            store.keep(DIGITS, "4", PICTURE, page)
    data = load(store.own(DIGITS, PAGE))
    assert sum(len(split) for split in (data.train, data.validation, data.test)) == LEAST
