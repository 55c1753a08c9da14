"""numnist lesson: runs on any digits, prints a page or a record, and its exit code says whether all was equal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from numnist.lessons import pretrained_weights


def test_lesson_prints_a_page(numnist, digits):
    done = numnist("lesson", 0, "--dataset", digits)
    assert done.code == 0, done.err
    for wanted in (
        "Lesson 0",
        "numnist/nn/activations.py:",
        "pictures a second",
        "95% confidence",
        "numnist lesson 1",
    ):
        assert wanted in done.out
    assert "digits.npz" in done.err


def test_lesson_prints_json(numnist, digits):
    record = numnist("lesson", 0, "--dataset", digits, "--threads", 1, "--json").json
    assert record.keys() == {"lesson", "dataset", "recipe", "one_picture", "batch", "accuracy"}
    assert record["accuracy"]["count"] == 60
    assert record["batch"]["factor"] > 0


def test_lesson_ends_with_exit_code_1_where_two_ways_differ(numnist, digits, monkeypatch):
    monkeypatch.setattr(pretrained_weights, "TOLERANCE", -1.0)
    done = numnist("lesson", 0, "--dataset", digits, "--json")
    assert done.code == 1
    assert done.json["batch"]["equal"] is False
    assert "lesson 0, batch" in done.err


def test_lesson_without_a_number_lists_all(numnist):
    out = numnist("lesson").out
    assert [f"numnist lesson {n}" in out for n in range(5)] == [True] * 5
    assert list(numnist("lesson", "--json").json) == ["0", "1", "2", "3", "4"]


def test_lesson_refuses_a_number_that_is_none_with_exit_code_2(numnist):
    done = numnist("lesson", 5)
    assert done.code == 2
    assert "there are 0, 1, 2, 3, 4" in done.err


def test_lesson_0_refuses_other_pictures_with_exit_code_3(numnist):
    np.savez("small.npz", x=np.zeros((40, 12, 12), np.uint8), y=np.arange(40) % 10)
    done = numnist("lesson", 0, "--dataset", "small.npz")
    assert done.code == 3
    assert "(1, 28, 28)" in done.err


def test_lesson_draws_its_curves_into_a_file(numnist, digits):
    done = numnist("lesson", 2, "--dataset", digits, "--out", "curves.svg", "--dark")
    assert done.code == 0, done.err
    assert done.out.endswith("Figure    curves.svg\n")
    text = Path("curves.svg").read_text("utf-8")
    for word in (">Loss<", ">Accuracy<", ">training<", ">validation<", "fill: #14171c"):
        assert word in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((0, "--out", "a.png"), "2, 3 or 4"), (("--out", "a.png"), "2, 3 or 4"), ((3, "--out", "a.gif"), ".png or .svg")],
)
def test_lesson_refuses_a_figure_that_it_cannot_draw_before_it_runs(numnist, arguments, words):
    done = numnist("lesson", *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert not list(Path().glob("a.*"))
