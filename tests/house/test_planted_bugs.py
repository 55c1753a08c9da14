"""The list of planted bugs fits the source: each can be planted, and every package has some."""

from __future__ import annotations

import subprocess
import sys

from tests.house.test_rules import REPOSITORY


def test_each_bug_can_be_planted():
    command = [sys.executable, "benchmarks/planted_bugs.py", "--check"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, env={"PYTHONPATH": "."})
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) >= 150
