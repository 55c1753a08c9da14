"""Every write of a run can fail: old or new is whole, the error names the file, and the run goes on to equal bits."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from numnist import load, load_model, load_recipe
from numnist.experiment.run import Run
from tests.experiment.small_runs import FOLDER, RECIPE
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
        assert [
            path.name for path in Path("runs").rglob("*") if path.name.endswith((".part", ".numnist-new", "lock"))
        ] == []
    assert failures > places / 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize("when", ["before the first checkpoint", "later"])
def test_a_command_whose_files_grow_too_large_says_which_and_leaves_what_was_good(when):
    """The system's own limit of a file's size, which Python meets in the middle of a write."""
    np.savez("digits.npz", x_train=dataset().train.x, y_train=dataset().train.labels)
    recipe = load_recipe("mlp-quick").override(epochs=2, dataset="digits.npz").for_data(load("digits.npz"))
    first = Run.create(recipe, load("digits.npz"), Path("first")).folder / "last.safetensors"
    size = 2_000 if when == "before the first checkpoint" else first.stat().st_size + 1_000  # later ones have the best
    words = ["train", "mlp-quick", "--dataset", "digits.npz", "--run", "run", "--epochs", "2", "--no-report"]
    code = (
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}));"
        f"from numnist.cli import main; raise SystemExit(main({words!r}))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: [Errno 27] File too large: '"), last
    assert Path("run").exists() == (when == "later")
    assert list(Path().rglob(".*.part")) == []
    if when == "later":
        load_model("run")
