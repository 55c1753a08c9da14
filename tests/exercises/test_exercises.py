"""Exercises: right solutions pass, and of wrong ones the check names the place, without a word of the solution."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from numnist import UsageError
from numnist.exercises.catalog import EXERCISES, exercise_named, write_exercise
from numnist.exercises.checking import DIFFERENCES, check_function
from numnist.exercises.exercise import equal
from numnist.exercises.student import import_file
from tests.exercises import other_ways
from tests.exercises.solutions import RIGHT, WRONG, completed


def findings(name, text):
    """What the check finds in a file with this text, in this process."""
    path = Path("mine.py").resolve()
    path.write_text(text, "utf-8")
    return check_function(EXERCISES[name], import_file(path, lambda what: nullcontext()))


def told(found, output):
    """Case and message of an output that is wrong."""
    return " ".join(f"{f.what}: {f.text}" for f in found if f.output == output)


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_solution_passes_every_case(name):
    found = findings(name, completed(name))
    assert [f.text for f in found] == [""] * len(found)
    cases = [case.what for case in EXERCISES[name].cases]
    assert [f.what for f in found] == cases + [DIFFERENCES] * (EXERCISES[name].slopes is not None)


@pytest.mark.parametrize(
    ("name", "old", "new", "output", "words"), WRONG, ids=[f"{w[0]}: {w[2] or w[1]}" for w in WRONG]
)
def test_of_a_wrong_solution_the_place_is_named(name, old, new, output, words):
    assert words in told(findings(name, completed(name, old, new)), output)


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_solution_passes_however_it_is_written(name):
    found = findings(name, Path(other_ways.__file__).read_text("utf-8"))
    assert [f.text for f in found] == [""] * len(found)


def test_at_least_six_wrong_solutions_of_each_are_planted():
    assert min(Counter(name for name, *_ in WRONG)[name] for name in EXERCISES) >= 6


@pytest.mark.parametrize("name", EXERCISES)
def test_a_new_file_is_still_to_be_written_and_says_where(name):
    (found,) = findings(name, EXERCISES[name].template)
    first = EXERCISES[name].outputs[0]
    assert found.text == f"{first} is still to be written."
    assert Path("mine.py").read_text("utf-8").splitlines()[found.line - 1].startswith(f"    {first} = ...")


@pytest.mark.parametrize("name", EXERCISES)
def test_a_file_gives_nothing_away_and_its_own_example_runs(name):
    exercise = EXERCISES[name]
    lines = {line.strip().partition(" = ")[2] for line in RIGHT[name].strip().splitlines()} - {""}
    formulas = ("rate", "beta", "mean", "sqrt")  # forward's formulas are given, and Adam's
    assert not [
        line for line in lines if len(line) > 8 and line in exercise.template and not any(f in line for f in formulas)
    ]
    assert f"def {exercise.function}(" in exercise.template
    assert f"numnist check {exercise.function}.py" in exercise.template


@pytest.mark.parametrize("name", EXERCISES)
def test_every_mistake_makes_something_else_in_some_case(name):
    """Else its words could never be said, or be said of what is right."""
    exercise = EXERCISES[name]
    for mistake in exercise.mistakes:
        differs = 0
        for case in exercise.cases:
            right = exercise.right(case.values())
            with np.errstate(all="ignore"):
                wrong = mistake.wrong(case.values(), right)
            if wrong is not None:
                assert np.shape(wrong) == np.shape(right[mistake.output]), mistake.words
                differs += not equal(wrong, right[mistake.output])
        assert differs, mistake.words


@pytest.mark.parametrize("name", EXERCISES)
def test_differences_agree_with_the_layer(name):
    exercise = EXERCISES[name]
    if exercise.slopes is not None:
        values = exercise.cases[-1].values()
        for output, slope in exercise.slopes(values).items():
            assert equal(exercise.right(values)[output], slope, 1e-7)  # differences with h = 1e-5 have nine digits


def test_names_are_found_whatever_case_and_hyphens():
    assert exercise_named("Dense_Backward").name == "dense-backward"
    with pytest.raises(UsageError, match="did you mean 'adam-step'"):
        exercise_named("adam-stp")


def test_a_file_is_not_replaced_unasked():
    exercise = EXERCISES["adam-step"]
    write_exercise(exercise, Path("mine.py"))
    Path("mine.py").write_text("my work")
    with pytest.raises(UsageError, match=r"mine\.py is there already, and may hold your work"):
        write_exercise(exercise, Path("mine.py"))
    assert Path("mine.py").read_text() == "my work"
    write_exercise(exercise, Path("mine.py"), replace=True)
    assert Path("mine.py").read_text("utf-8") == exercise.template
    with pytest.raises(UsageError, match="is a folder"):
        write_exercise(exercise, Path())


DENSE = """import numpy as np


def dense_backward(w, x, dy):
    dw = dy @ x.T
    db = dy.sum(axis=1, keepdims=True)
    dx = w.T @ dy
    {}
"""


@pytest.mark.parametrize(
    ("last", "message", "line"),
    [
        ("pass", "dense_backward returns None: end it with `return dw, db, dx`.", None),
        ("return dw, db", "dense_backward returns 2 of 3 things", None),
        ("return dw", "dense_backward returns 1 of 3 things", None),
        ("return dw, None, dx", "db is None", None),
        ("return dw, [[1], [2, 3]], dx", "db cannot be made an array", None),
        ("return dw, db, 'dx'", "dx is of the type <U2, but must be real numbers", None),
        ("return dw, db, nothing", "raises NameError: name 'nothing' is not defined", 8),
        ("return dw, db, dx / (dy - dy)", "dx is infinite (divide by zero encountered in divide)", 8),
        ("return dw, db, dx * np.inf * 0", "dx is NaN, not a number (invalid value", 8),
        ("x *= 2; return dw, db, dx", "changes x, which belongs to the caller", 8),
        ("raise SystemExit(4)", "dense_backward ends Python (4)", 8),
        ("return dw, db, dx[:, 0]", "dx has the shape (2,), but must have (2, 1).  An axis of length 1", None),
        ("return dw, db, (x for x in ())", "dx is of the type object, but must be real numbers", None),
        ("raise KeyboardInterrupt", "raises KeyboardInterrupt", 8),
        ("return dw, db, dx + 1e-7", "dx[0, 0] is 20.0000001, but must be 20 (2 of 2", None),
        ("return dw, db, dense_backward(w, x, dy)", "raises RecursionError", 8),
    ],
)
def test_what_goes_wrong_is_told_with_the_students_line(last, message, line):
    found = findings("dense-backward", DENSE.format(last))
    wrong = [f for f in found if not f.ok]
    assert message in wrong[0].text
    assert wrong[0].line == line


def test_parameters_may_have_other_names():
    text = DENSE.format("return dw, db, dx").replace("(w, x, dy)", "(weights, x, dy)").replace("w.T", "weights.T")
    assert all(f.ok for f in findings("dense-backward", text))
    (found,) = findings("dense-backward", text.replace("(weights, x, dy)", "(weights, x)"))
    assert "takes 2 positional arguments but 3 were given" in found.text


def test_equal_means_up_to_rounding_and_nan_is_equal_to_nothing():
    assert equal([1.0, 2.0 + 1e-10], [1.0, 2.0])
    assert not equal([1.0, 2.0 + 1e-6], [1.0, 2.0])
    assert not equal([1.0], [[1.0]])
    for found, right in ((np.nan, 1.0), (1.0, np.nan), (np.nan, np.nan), (np.inf, 1.0)):
        assert not equal(found, right)


def test_float32_will_do():
    text = completed("batch-norm-backward", "return dw, db, dx", "return dw, db, dx.astype(np.float32)")
    assert all(f.ok for f in findings("batch-norm-backward", text))


def test_lists_and_whole_numbers_will_do():
    assert all(f.ok for f in findings("dense-backward", DENSE.format("return dw.tolist(), db, dx")))


def test_what_a_function_returns_is_not_changed_by_its_next_call():
    """A function that returns the same array each time is wrong only if its numbers are."""
    text = DENSE.format("return dw, db, dx").replace("import numpy as np", "import numpy as np\n\nKEPT = {}")
    text = text.replace(
        "dx = w.T @ dy",
        "dx = KEPT.setdefault(w.shape + dy.shape, np.zeros((w.shape[1], dy.shape[1])))\n    dx[...] = w.T @ dy",
    )
    assert all(f.ok for f in findings("dense-backward", text))
