"""What the words of `numnist predict` name: files, folders, patterns; in order, lazily, and never without a word."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from numnist.data import pictures
from numnist.data.pictures import Picture, Unreadable, find, read_pictures
from numnist.data.rows import Rows


def make(*paths: str) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (3, 2), 9).save(path, "PNG")


def found(*words: str) -> list[str]:
    """The files, with slashes on every system; after a "!" what cannot be read."""
    each = list(find(words, print))
    return ["!" + one.file if isinstance(one, Unreadable) else Path(one).as_posix() for one in each]


def test_a_folder_is_walked_in_order_without_hidden_files():
    make("a/2.png", "a/10.JPG", "a/b/1.tif", "a/.3.png", "a/.b/1.png", "a/c/d/1.png")
    assert found("a") == ["a/10.JPG", "a/2.png", "a/b/1.tif", "a/c/d/1.png"]
    assert found("a/b", "a/2.png", "a/b") == ["a/b/1.tif", "a/2.png", "a/b/1.tif"]


def test_what_a_folder_holds_besides_is_said():
    make("a/1.png", "a/2.xcf", "a/3.xcf")
    Path("a/README").touch()
    notes: list[str] = []
    list(find(["a"], notes.append))
    assert notes == ["a: passed over 2 .xcf, 1 README, whose names are not those of pictures"]


@pytest.mark.parametrize(
    ("word", "files"),
    [
        ("a/*.png", ["a/1.png", "a/2.png"]),
        ("a/?.png", ["a/1.png", "a/2.png"]),
        ("a/[1].png", ["a/1.png"]),
        ("**/*.png", ["a/1.png", "a/2.png", "a/b/3.png"]),
        ("**", ["a/1.png", "a/2.png", "a/b/3.png"]),
        ("*", ["a/1.png", "a/2.png", "a/b/3.png"]),
        ("a/*.gif", ["!a/*.gif"]),
    ],
)
def test_patterns_are_expanded_sorted(word, files):
    make("a/1.png", "a/2.png", "a/b/3.png")
    assert found(word) == files


def test_what_is_not_there_is_unreadable():
    Path("empty").mkdir()
    make("a.png")
    assert found("empty", "missing", "a.png", "\0", "x" * 5000) == [
        "!empty",
        "!missing",
        "a.png",
        "!\0",
        "!" + "x" * 5000,
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for():
    os.mkfifo("pipe")
    assert found("pipe") == ["!pipe"]


def test_links_in_a_circle_end():
    make("a/1.png")
    try:
        Path("a/again").symlink_to(Path("a").resolve(), target_is_directory=True)
        Path("broken").symlink_to("nowhere")
    except OSError:
        pytest.skip("this user may not make links")
    assert found("a") == ["a/1.png"]
    assert found("broken") == ["!broken"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="this user may look into every folder")
def test_a_folder_that_may_not_be_looked_into_is_unreadable():
    make("a/b/1.png", "a/c/2.png")
    Path("a/b").chmod(0)
    try:
        assert found("a", "a/b/1.png") == ["!a/b", "a/c/2.png", "!a/b/1.png"]
    finally:
        Path("a/b").chmod(0o700)


def test_files_are_read_one_after_the_other(monkeypatch):
    make("a/1.png", "a/2.png", "a/3.png")
    read: list[str] = []
    real = pictures.read_picture
    monkeypatch.setattr(pictures, "read_picture", lambda path: read.append(path) or real(path))
    each = read_pictures(["a"], print)
    next(each)
    assert len(read) == 1
    assert len(list(each)) == 2


def test_each_file_is_what_it_is():
    make("1.png")
    Path("bad.png").write_text("hello")
    np.save("x.npy", np.zeros((2, 5, 5), np.uint8))
    picture, bad, rows = read_pictures(["1.png", "bad.png", "x.npy"], print)
    assert isinstance(picture, Picture)
    assert picture.pixels.tolist() == [[9, 9, 9], [9, 9, 9]]
    assert isinstance(bad, Unreadable)
    assert "bad.png" in bad.why
    assert isinstance(rows, Rows)
    assert rows.x.shape == (2, 1, 5, 5)
