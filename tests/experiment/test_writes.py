"""Every write of a run can fail: old or new is whole, the error names the file, and the run goes on to equal bits."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from numnist import load_model
from numnist.experiment.run import Run
from tests.experiment.test_run import FOLDER, RECIPE
from tests.small import dataset

CALLS = ((os, "fsync"), (Path, "open"), (Path, "replace"), (Path, "rename"), (Path, "mkdir"))


class Disk:
    """Counts what is written, and fails at one place.   place: from 1; 0 for none"""

    def __init__(self, monkeypatch, place, number=errno.ENOSPC):
        self.count = 0
        for owner, name in CALLS:
            function = getattr(owner, name)

            def call(*arguments, function=function, name=name, **named):
                mode = (*arguments[1:2], *named.values(), "r")[0] if name == "open" else "w"
                if str(mode).startswith(("w", "x", "a")):
                    self.count += 1
                    if self.count == place:
                        path = str(arguments[0]) if isinstance(arguments[0], Path) else None
                        raise OSError(number, os.strerror(number), path)
                return function(*arguments, **named)

            monkeypatch.setattr(owner, name, call)


def train():
    run = Run.create(RECIPE, dataset(), FOLDER)
    for _ in run.events(threads=1):
        pass
    return run.evaluate()["weights_sha256"]


def fails_at(monkeypatch, place) -> str:
    """Train on a disk that is full at this place, and return what the error says, "" where there was none."""
    with monkeypatch.context() as patch:
        Disk(patch, place)
        try:
            train()
        except OSError as error:
            return str(error)
    return ""


@pytest.mark.slow
def test_a_run_survives_any_write_that_fails(monkeypatch):
    with monkeypatch.context() as patch:
        disk = Disk(patch, 0)
        weights = train()
        places = disk.count
    assert places > 50
    failures = 0
    for place in range(1, places + 1):
        shutil.rmtree("runs", ignore_errors=True)
        said = fails_at(monkeypatch, place)
        assert not said or said.startswith("[Errno 28] No space left on device: 'runs"), said
        failures += bool(said)
        if FOLDER.exists():
            load_model(FOLDER)
            run = Run.open(FOLDER, dataset())
        else:
            assert said
            assert not Path("runs").exists()
            run = Run.create(RECIPE, dataset(), FOLDER)
        for _ in run.events(threads=1):
            pass
        assert run.evaluate()["weights_sha256"] == weights, f"place {place}"
        assert [path.name for path in Path("runs").rglob("*") if path.name.endswith((".part", ".making", "lock"))] == []
    assert failures > places / 2
