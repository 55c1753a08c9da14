"""Every write of a run can fail: old or new is whole, the error names the file, and the run goes on to equal bits."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest

from numnist import load, load_model, load_recipe
from numnist.experiment.run import Run
from tests.broken_disk import ERRORS, Disk, names
from tests.experiment.small_runs import FOLDER, RECIPE
from tests.small import dataset
from tests.write_paths import broken, contents, lay_out, left_over, outcome, paths, prepare


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """What all paths need, once."""
    folder = tmp_path_factory.mktemp("base")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("NUMNIST_CACHE", str(folder / "cache"))
        prepare(folder)
    return folder


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.name)
def test_a_call_that_fails_on_any_path_that_writes_leaves_old_or_new_whole(path, base, monkeypatch, capsys):
    """Two calls of each path, drawn at random; benchmarks/failing_writes.py lets all of them fail, and kills."""
    draws, here = Random(path.name), Path.cwd()

    def run(do, place=0, kind="no space"):
        capsys.readouterr()
        with monkeypatch.context() as patch:
            disk = Disk(place, kind)
            disk.install(patch.setattr)
            return do(), capsys.readouterr().err, disk

    lay_out(path, base, here)
    before = contents(here)
    code, err, disk = run(path.do)
    assert code == 0, err
    healthy, expected = contents(here), outcome(here)
    for kind in ("full", draws.choice([*ERRORS])):
        shutil.rmtree(here)
        here.mkdir()
        os.chdir(here)
        lay_out(path, base, here)
        code, err, failed = run(path.do, draws.randint(1, disk.count), kind)
        assert broken(here, before, healthy) == []
        assert left_over(here) == []
        if code == 0:
            assert outcome(here) == expected
        else:
            *_, last = err.splitlines()
            assert re.match(r"error: .*(No space left on device|Input/output error|Permission denied)", last), last
            assert any(name in last for name in names(failed.failed[1]) | {Path(name).name for name in healthy}), last
            assert sum(line.startswith("error: ") for line in err.splitlines()) == 1
        code, err, _ = run(path.again or path.do)
        assert code == 0, err
        assert outcome(here).items() >= expected.items()


def train():
    run = Run.create(RECIPE, dataset(), FOLDER)
    for _ in run.events(threads=1):
        pass
    return run.evaluate()["weights_sha256"]


def fails_at(monkeypatch, place) -> str:
    """Train on a disk that is full at this place, and return what the error says, "" where there was none."""
    with monkeypatch.context() as patch:
        Disk(place).install(patch.setattr)
        try:
            train()
        except OSError as error:
            return str(error)
    return ""


@pytest.mark.slow
def test_a_run_survives_any_write_that_fails(monkeypatch):
    with monkeypatch.context() as patch:
        disk = Disk()
        disk.install(patch.setattr)
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
