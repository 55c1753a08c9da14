"""numnist exercise and numnist check: from an empty file to one in which all is right."""

from __future__ import annotations

from pathlib import Path

from numnist.exercises.catalog import EXERCISES
from tests.exercises.solutions import completed


def test_exercise_without_a_name_lists_all(numnist):
    out = numnist("exercise").out
    assert all(name in out and exercise.title in out for name, exercise in EXERCISES.items())
    assert [each["name"] for each in numnist("exercise", "--json").json] == list(EXERCISES)


def test_an_exercise_is_written_completed_and_right(numnist):
    done = numnist("exercise", "dense-backward")
    assert done.code == 0
    assert "numnist check dense_backward.py" in done.out
    begun = numnist("check", "dense_backward.py")
    assert begun.code == 1
    assert "dw is still to be written" in begun.out
    Path("dense_backward.py").write_text(completed("dense-backward"), "utf-8")
    done = numnist("check", "dense_backward.py")
    assert (done.code, "All is right." in done.out, "WRONG" in done.out) == (0, True, False)


def test_what_is_wrong_is_shown_with_the_numbers_of_its_case(numnist):
    Path("mine.py").write_text(completed("adam-step", "np.sqrt(v_hat) + eps", "np.sqrt(v_hat + eps)"), "utf-8")
    done = numnist("check", "mine.py")
    assert done.code == 1
    for wanted in (
        "WRONG  eps 1",
        "theta[0] is ",
        "Hint: eps stands in the wrong place",
        "The numbers of “eps 1”:",
        "t = 2",
    ):
        assert wanted in done.out
    record = numnist("check", "mine.py", "--json").json
    assert record["ok"] is False
    (adam,) = record["checked"]
    assert [f["output"] for f in adam["findings"] if not f["ok"]] == ["theta"]


def test_a_line_of_the_file_is_shown(numnist):
    Path("mine.py").write_text("def conv_forward(x, w, b, stride, padding):\n    return x @ w\n", "utf-8")
    done = numnist("check", "mine.py")
    assert done.code == 1
    assert "conv_forward raises ValueError" in done.out
    assert "line 2: return x @ w" in done.out
    assert "Traceback" not in done.out + done.err


def test_a_file_with_work_in_it_is_not_replaced_unasked(numnist):
    Path("adam_step.py").write_text("my work")
    done = numnist("exercise", "adam-step")
    assert done.code == 2
    assert "--force" in done.err
    assert Path("adam_step.py").read_text() == "my work"
    assert numnist("exercise", "adam-step", "--out", "other.py").code == 0
    assert numnist("exercise", "adam-step", "--force", "--json").json == {"name": "adam-step", "file": "adam_step.py"}
    assert "def adam_step(" in Path("adam_step.py").read_text("utf-8")


def test_whoever_says_yes_gets_a_new_file(numnist, monkeypatch):
    Path("adam_step.py").write_text("my work")
    asked = []
    monkeypatch.setattr("numnist.cli.exercise.confirmed", lambda question: asked.append(question) or True)
    assert numnist("exercise", "adam-step").code == 0
    assert asked == ["adam_step.py is there already, and may hold your work. Replace it?"]
    assert "def adam_step(" in Path("adam_step.py").read_text("utf-8")


def test_what_is_not_there_is_refused_with_exit_code_2(numnist):
    assert "did you mean 'adam-step'" in numnist("exercise", "adam-stp").err
    assert numnist("exercise", "adam-stp").code == 2
    assert numnist("check", "mine.py").code == 2
    assert numnist("check", "mine.py", "--seconds", "0").code == 2
