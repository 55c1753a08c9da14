"""numnist data import and remove: what is there is never replaced or removed by accident.  And doctor's BLAS."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from numnist.cli.shared import printing
from numnist.data import load
from numnist.data.published.catalog import CATALOG
from numnist.support import blas, environment


@pytest.fixture
def mine(numnist):
    """An imported data set `mine` of 40 black pictures; a file with 60 white ones, not imported yet."""
    for name, count, level in (("first.npz", 40, 0), ("second.npz", 60, 255)):
        np.savez(name, x=np.full((count, 8, 8), level, np.uint8), y=np.arange(count) % 2)
    done = numnist("data", "import", "first.npz", "--name", "mine")
    assert done.code == 0, done.err
    return "mine"


def level(name: str) -> int:
    return int(load(name).train.x.max())


def test_import_does_not_replace_a_data_set_where_nobody_can_be_asked(numnist, mine):
    done = numnist("data", "import", "second.npz", "--name", mine)
    assert done.code == 2
    assert "a data set mine is imported already: give another --name, or --force to replace it" in done.err
    assert level(mine) == 0


def test_import_replaces_it_by_force(numnist, mine):
    assert numnist("data", "import", "second.npz", "--name", mine, "--force").code == 0
    assert level(mine) == 255


@pytest.mark.parametrize(
    ("answer", "replaced"), [("y\n", True), ("Yes\n", True), ("\n", False), ("n\n", False), ("", False)]
)
def test_import_asks_in_a_terminal(numnist, mine, monkeypatch, answer, replaced):
    class Terminal:
        def isatty(self):
            return True

        def readline(self):
            return answer

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    done = numnist("data", "import", "second.npz", "--name", mine)
    assert "replace it? [y/N]" in done.err
    assert done.code == (0 if replaced else 2)
    assert level(mine) == (255 if replaced else 0)


def test_a_file_that_is_missing_is_said_before_anybody_is_asked(numnist, mine):
    done = numnist("data", "import", "missing.npz", "--name", mine)
    assert done.code == 3
    assert "missing.npz does not exist" in done.err


def test_an_imported_data_set_is_removed(numnist, mine, tmp_path):
    done = numnist("data", "remove", mine)
    assert done.code == 0, done.err
    assert done.out == f"removed {tmp_path / 'cache' / 'imported' / 'mine.npz'}\n"
    assert numnist("train", "--dataset", mine).code == 3
    assert Path("first.npz").exists(), "the file that it came from is the user's"
    again = numnist("data", "remove", mine)
    assert again.code == 2
    assert "there is no data set 'mine'" in again.err


@pytest.mark.parametrize("name", ["mnist", "MNIST"], ids="name {}".format)
def test_what_was_downloaded_is_removed_and_nothing_else(numnist, tmp_path, name):
    folder = tmp_path / "cache" / "mnist"
    folder.mkdir(parents=True)
    files = [folder / file.name for file in CATALOG["mnist"].files[:2]]
    for file in files:
        file.write_bytes(b"1")
    done = numnist("data", "remove", name, "--json")
    assert done.code == 0, done.err
    assert done.json["removed"] == [str(file) for file in files]
    assert not folder.exists()
    folder.mkdir()
    for file in (*files, folder / "notes.txt"):
        file.write_bytes(b"1")
    assert numnist("data", "remove", name).code == 0
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_an_archive_goes_with_the_last_data_set_that_came_in_it(numnist, tmp_path):
    names = [name for name, known in CATALOG.items() if known.archive][:2]
    archive = CATALOG[names[0]].archive
    kept = tmp_path / "cache" / archive.folder / archive.name
    files = [tmp_path / "cache" / name / CATALOG[name].files[0].name for name in names]
    for file in (kept, *files):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"1")
    assert numnist("data", "remove", names[0]).code == 0
    assert [file.exists() for file in (*files, kept)] == [False, True, True]
    assert numnist("data", "remove", names[1]).code == 0
    assert not kept.exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("strokes", "it is drawn when it is needed"),
        ("mnist", "mnist has no files in"),
        ("nothing", "there is no data set 'nothing'"),
    ],
)
def test_what_is_not_in_the_cache_cannot_be_removed(numnist, name, words):
    done = numnist("data", "remove", name)
    assert done.code == 2
    assert words in done.err


def test_nobody_is_asked_without_a_terminal():
    assert printing.confirmed("replace it?") is False


def test_doctor_is_content_with_a_blas_that_cannot_be_limited(numnist, monkeypatch):
    """Such as Apple's Accelerate, which threadpoolctl does not know."""
    monkeypatch.setattr(blas, "_libraries", list)
    monkeypatch.setattr(environment, "threadpool_info", list)
    built = {"Build Dependencies": {"blas": {"name": "accelerate"}}}
    monkeypatch.setattr(np, "show_config", lambda mode: built)
    done = numnist("doctor", "--json")
    (check,) = [check for check in done.json["checks"] if check["check"] == "BLAS"]
    assert (done.code, check["ok"]) == (0, True)
    assert check["detail"].startswith("accelerate; note: threadpoolctl does not know it")
    assert done.json["environment"]["blas"] == "accelerate"


@pytest.mark.parametrize("built", [{}, {"Build Dependencies": {}}, {"Build Dependencies": {"blas": {}}}])
def test_a_blas_without_a_name_is_called_unknown(monkeypatch, built):
    monkeypatch.setattr(environment, "threadpool_info", list)
    monkeypatch.setattr(np, "show_config", lambda mode: built)
    assert environment.blas() == "unknown"
