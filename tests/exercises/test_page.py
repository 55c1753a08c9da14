"""docs/exercises.md: its programs run, its table has every exercise, and a check says what the page shows."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from numnist.cli import main
from numnist.exercises.catalog import EXERCISES

PAGE = (Path(__file__).parents[2] / "docs" / "exercises.md").read_text("utf-8")


def block(label: str) -> str:
    return re.search(rf"<!-- {label} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)[1]


def test_the_table_has_every_function_with_its_parameters_and_results():
    rows = re.findall(r"^\| `([\w-]+)` \| `(.*?)` \| `(.*?)` \|$", PAGE, re.MULTILINE)
    expected = []
    for name, exercise in EXERCISES.items():
        (function,) = (node for node in ast.parse(exercise.template).body if isinstance(node, ast.FunctionDef))
        call = f"{function.name}({', '.join(arg.arg for arg in function.args.args)})"
        assert list(exercise.cases[0].arguments) == [arg.arg for arg in function.args.args]
        expected.append((name, call, ", ".join(exercise.outputs)))
    assert rows == expected


def test_a_check_says_what_the_page_shows(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    Path("mine.py").write_text(block("mine.py"), "utf-8")
    assert main(["check", "mine.py"]) == 1
    assert capsys.readouterr().out.rstrip("\n") == block("output of numnist check mine.py").rstrip("\n")


@pytest.mark.parametrize("program", re.findall(r"<!-- run -->\n```python\n(.*?)```", PAGE, re.DOTALL))
def test_the_programs_run(program):
    Path("program.py").write_text(program, "utf-8")
    done = subprocess.run([sys.executable, "-W", "error", "program.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
