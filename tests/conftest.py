"""For all tests: arithmetic faults raise, and tests of the real data sets are skipped without them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

# The same examples in every run; `pytest --hypothesis-profile=explore` looks for new ones.
settings.register_profile("explore", settings.get_profile("default"))
settings.register_profile("same", derandomize=True)
settings.load_profile("same")


@pytest.fixture(autouse=True)
def _faults_raise():
    """Overflow, division by zero and invalid operations raise; underflow to zero is intended."""
    with np.errstate(all="raise", under="ignore"):
        yield


@pytest.fixture(autouse=True)
def _isolated(tmp_path, monkeypatch, request):
    """A test sees an empty working folder and an empty user cache; only `mnist` tests see $NUMNIST_DATA."""
    monkeypatch.setenv("NUMNIST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    if "mnist" not in request.keywords:
        monkeypatch.delenv("NUMNIST_DATA", raising=False)


def pytest_collection_modifyitems(items):
    """Skip the tests that need real data if there is none."""
    folder = os.environ.get("NUMNIST_DATA", "")
    available = folder and all((Path(folder) / name).is_dir() for name in ("mnist", "fashion-mnist"))
    if folder:
        os.environ["NUMNIST_DATA"] = str(Path(folder).resolve())
    if not available:
        why = "needs the real MNIST and Fashion-MNIST: set NUMNIST_DATA to a folder with mnist/ and fashion-mnist/"
        for item in items:
            if "mnist" in item.keywords:
                item.add_marker(pytest.mark.skip(reason=why))
