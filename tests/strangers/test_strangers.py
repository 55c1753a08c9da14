"""Files from strangers: a few of those that benchmarks/strangers.py opens by the hundred thousand."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from numnist import SGD, BatchNorm, DataError, ModelFileError, Settings, UsageError, load_recipe
from numnist.experiment.fields import read_word
from numnist.support.errors import LONGEST
from numnist.support.reading import from_json, from_toml, open_file, read_text
from tests.strangers.mutants import CHANGES, mutant, odd_tree

ROOT = Path(__file__).parents[2]
LINUX = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="measures as only Linux can")


@LINUX
def test_files_from_strangers_are_read_or_refused_by_name_in_little_time_and_memory():
    done = subprocess.run(
        [sys.executable, "-m", "tests.strangers.few", "8", "0"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [], done.stderr


def test_every_change_changes_something():
    data = bytes(range(256)) * 3
    for change in CHANGES:
        assert any(change(data, random.Random(seed), b"another") != data for seed in range(5)), change
    assert mutant(b"", random.Random(0), b"x") == b""
    tree = {"a": [1, 2, {"b": 0.5}], "c": "text"}
    assert all(odd_tree(tree, random.Random(seed)) is not tree for seed in range(20))
    assert len({repr(odd_tree(tree, random.Random(seed))) for seed in range(20)}) > 10


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_in_the_place_of_a_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    for refused in (lambda path: open_file(path), lambda path: read_text(path, 10)):
        with pytest.raises(OSError, match="pipe or a device"):
            refused(tmp_path / "pipe.toml")
    with pytest.raises(UsageError, match=r"pipe\.toml: the recipe cannot be read"):
        load_recipe(tmp_path / "pipe.toml")


def test_a_text_is_read_up_to_its_limit(tmp_path):
    (tmp_path / "text").write_bytes(b"a\r\nb\rc\n")
    assert read_text(tmp_path / "text", 7) == "a\nb\nc\n"
    with pytest.raises(OSError, match="more than 6 bytes"):
        read_text(tmp_path / "text", 6)
    with pytest.raises(IsADirectoryError):
        open_file(tmp_path)


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 9**5, "a = " + "{b=" * 9**5, "a" + ".a" * 101 + " = 1", "a = " + "9" * 5000]
)
def test_toml_that_would_crash_or_take_for_ever_is_a_value_error(text):
    with pytest.raises(ValueError, match=r".+"):
        from_toml(text)


def test_long_keys_are_told_from_other_dots():
    assert from_toml("a.b.c = 1\nd = '" + "." * 300 + "'\n# " + "." * 300)["a"] == {"b": {"c": 1}}
    with pytest.raises(ValueError, match="nested"):
        from_json("[" * 100_000)


@pytest.mark.parametrize("kind", [DataError, ModelFileError, UsageError])
def test_a_message_that_quotes_a_whole_file_is_shortened(kind):
    assert str(kind("short")) == "short"
    text = str(kind("start " + "x" * 10**6 + " end"))
    assert len(text) <= LONGEST
    assert text.startswith("start ")
    assert text.endswith(" end")


@pytest.mark.parametrize("make", [lambda n: SGD(n), lambda n: BatchNorm(eps=n), lambda n: Settings(l2=n)])
def test_a_whole_number_that_no_float_holds_is_refused(make):
    with pytest.raises(UsageError, match="must be a"):
        make(10**400)


@pytest.mark.parametrize("word", ["9" * 5000, "[" * 9**5])
def test_a_word_that_toml_cannot_hold_is_text(word):
    assert read_word(word) in (word, float("inf"))
