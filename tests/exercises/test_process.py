"""The process of a student's file: whatever the file does, it ends, and what is wrong is told by the file's lines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from numnist import UsageError
from numnist.exercises.catalog import EXERCISES
from numnist.exercises.process import check_file
from tests.exercises.solutions import completed

ENDLESS = """import numpy as np


def adam_step(theta, g, m, v, t, rate, beta1, beta2, eps):
    while True:
        {}
"""


def checked(text, seconds=60.0, name="mine.py"):
    """{exercise: its findings}.   seconds: so many that a busy machine needs fewer"""
    path = Path(name)
    path.write_text(text, "utf-8")
    return {each.exercise: each.findings for each in check_file(path, seconds)}


def test_all_exercises_of_a_file_are_checked_and_nothing_is_left_behind():
    text = completed("dense-backward") + completed("adam-step", "np.sqrt(v_hat)", "v_hat")
    found = checked(text)
    assert list(found) == ["dense-backward", "adam-step"]
    assert all(f.ok for f in found["dense-backward"])
    assert not all(f.ok for f in found["adam-step"])
    assert [path.name for path in Path().iterdir()] == ["mine.py"]


@pytest.mark.parametrize("what", ["pass", "np.zeros(1).sum()", "[x for x in range(10)]"])
def test_a_function_that_never_ends_is_ended_and_its_line_told(what):
    text = completed("dense-backward") + ENDLESS.format(what)
    found = checked(text, 1.0, "mine ü.py")
    assert all(f.ok for f in found["dense-backward"])
    (hung,) = found["adam-step"]
    assert (hung.what, hung.text) == (
        "the first step", "adam_step had not ended after 1 seconds: does a loop never stop?",
    )  # fmt: skip
    assert text.splitlines()[hung.line - 1].strip() in ("while True:", what)


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("x = 1\ndef f(:\n", "mine.py is no Python: invalid syntax", 2),
        ("x = 1\n    y = 2\n", "mine.py is no Python: unexpected indent", 2),
        ("\n\nimport nothing_of_this_name\n", "raises ModuleNotFoundError: No module named 'nothing_of_this_name'", 3),
        ("def f():\n    return 1 / 0\n\n\nf()\n", "mine.py raises ZeroDivisionError: division by zero", 2),
        ("import sys\nsys.exit('enough')\n", "mine.py ends Python (enough)", 2),
        ("raise KeyboardInterrupt\n", "mine.py raises KeyboardInterrupt", 1),
        ("x = input('Your name? ')\n", "mine.py raises EOFError", 1),
        ("import os\nos._exit(7)\n", "mine.py ended Python (exit code 7)", None),
        ("while True:\n    pass\n", "mine.py had not ended after 2 seconds", None),
    ],
)
def test_a_file_that_cannot_be_imported_is_told_with_its_line(text, message, line):
    ((exercise, (found,)),) = checked(text, 2.0 if "while" in text else 60.0).items()
    assert exercise == ""
    assert message in found.text
    assert line is None or found.line == line


def test_a_file_is_imported_as_python_runs_it():
    """Its folder comes first on the path, and the working folder is that of the command; its main part does not run."""
    Path("folder").mkdir()
    Path("folder", "helper.py").write_text("def product(a, b):\n    return a @ b\n")
    text = completed("dense-backward", "w.T @ dy", "product(w.T, dy)").replace(
        "import numpy", "from helper import product\nimport numpy"
    )
    found = checked(text + "    raise SystemExit\n", name="folder/mine.py")
    assert all(f.ok for f in found["dense-backward"])


def test_a_thread_that_the_file_has_left_running_keeps_nobody_waiting():
    thread = "import threading, time\nthreading.Thread(target=lambda: time.sleep(10_000)).start()\n"
    assert all(f.ok for f in checked(thread + completed("dense-backward"))["dense-backward"])


@pytest.mark.parametrize("name", EXERCISES)
def test_a_file_runs_as_a_program_too_begun_and_completed(name):
    for text in (EXERCISES[name].template, completed(name)):
        Path("mine.py").write_text(text, "utf-8")
        done = subprocess.run([sys.executable, "-W", "error", "mine.py"], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr, bool(done.stdout)) == (0, "", True)


def test_what_a_file_prints_goes_to_stderr(capfd):
    checked(completed("dense-backward") + "\nprint('hello from the file')\n")
    out, err = capfd.readouterr()
    assert out == ""
    assert "hello from the file" in err


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.py", "not there"),
        (".", "is a folder"),
        ("mine.ipynb", "is a notebook"),
        ("mine.py", "has none of the functions"),
    ],
)
def test_what_is_no_solution_is_refused(name, message):
    Path("mine.ipynb").write_text("{}")
    Path("mine.py").write_text("x = 1\n")
    with pytest.raises(UsageError, match=message):
        check_file(Path(name))
