"""The bugs of benchmarks/planted_bugs.py can still be planted.  Where a line has changed, its bug is written anew."""

from __future__ import annotations

import ast
import tomllib
from collections import Counter

from benchmarks.plants import ROOT, faults_of, planted
from tests.house.test_rules import ORDER

FOLDER = ROOT / "benchmarks" / "planted"
BUGS = faults_of(FOLDER)  # raises where a bug cannot be planted, and says which


def test_there_are_150_and_some_in_every_package():
    counts = Counter(bug.package for bug in BUGS)
    assert sum(counts.values()) >= 150
    assert [name for name in ORDER if counts[name] < 2] == []
    for path in FOLDER.iterdir():
        count = len(tomllib.loads(path.read_text("utf-8"))["bug"])
        assert count == counts[path.stem], f"{path.name} has bugs of another package"


def test_each_leaves_python_that_can_be_read():
    for bug in BUGS:
        ast.parse(planted(bug, (ROOT / bug.file).read_text("utf-8")), bug.file)
        assert all((ROOT / name.partition("::")[0]).exists() for name in bug.tests)
