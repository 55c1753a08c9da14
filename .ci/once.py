"""For pytest -p once: a test that has passed is not run again by a later stage, which has more packages.

The names of those that have passed are in the file $TESTS_PASSED.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PASSED = Path(os.environ["TESTS_PASSED"])
passed: list[str] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    before = set(PASSED.read_text("utf-8").splitlines()) if PASSED.exists() else set()
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in before])
    items[:] = [item for item in items if item.nodeid not in before]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        passed.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):  # the process that hears of all workers' tests
        with PASSED.open("a", encoding="utf-8") as file:
            file.writelines(f"{name}\n" for name in passed)
