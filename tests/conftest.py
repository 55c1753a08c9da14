"""Shared by all tests: arithmetic faults raise, and the real data sets are found or the test is skipped."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _faults_raise():
    """Overflow, division by zero and invalid operations raise; underflow to zero is wanted."""
    with np.errstate(all="raise", under="ignore"):
        yield


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch, request):
    """A test sees an empty working folder and an empty user cache; only `mnist` tests see $NUMNIST_DATA."""
    monkeypatch.setenv("NUMNIST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    if "mnist" not in request.keywords:
        monkeypatch.delenv("NUMNIST_DATA", raising=False)


def pytest_collection_modifyitems(items):
    """Skip what needs real data where there is none, saying so."""
    folder = os.environ.get("NUMNIST_DATA", "")
    at_hand = folder and all((Path(folder) / name).is_dir() for name in ("mnist", "fashion-mnist"))
    if folder:
        os.environ["NUMNIST_DATA"] = str(Path(folder).resolve())
    if not at_hand:
        why = "needs the real MNIST and Fashion-MNIST: set NUMNIST_DATA to a folder with mnist/ and fashion-mnist/"
        for item in items:
            if "mnist" in item.keywords:
                item.add_marker(pytest.mark.skip(reason=why))
