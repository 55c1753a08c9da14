"""Runs that are stopped, killed or broken go on to the bits of one that was not; one process owns a run at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from numnist import (
    AdamW,
    Constant,
    DataError,
    Model,
    ModelFileError,
    NotFiniteError,
    State,
    UsageError,
    load_model,
)
from numnist.experiment.folder import write_config
from numnist.experiment.history import read_history
from numnist.experiment.recipe import load_recipe
from numnist.experiment.run import Run
from numnist.support.locks import locked
from tests.experiment.small_runs import FOLDER, RECIPE, STEPS, finished, names
from tests.small import MLP, dataset


@pytest.mark.parametrize("stop", [1, STEPS, STEPS + 1, STEPS + 3, 3 * (STEPS + 1), 3 * (STEPS + 1) + 1])
def test_a_run_stopped_and_resumed_is_the_run_never_stopped(stop):
    expected, whole = finished(Path("runs/whole"))
    events = Run.create(RECIPE, dataset(), FOLDER).events()
    assert len(list(islice(events, stop))) == stop
    events.close()
    run = Run.open(FOLDER, dataset())
    list(run.events())
    assert run.evaluate()["weights_sha256"] == whole["weights_sha256"]
    assert strip(run.state.history) == strip(expected.state.history)
    assert names() == names(Path("runs/whole"))


def strip(history):
    return [record | {"seconds": 0} for record in history]


KILLED = """
import os, sys
from itertools import islice
from numnist.experiment.run import Run
from tests.experiment.small_runs import FOLDER, RECIPE
from tests.small import dataset
os.chdir(sys.argv[1])
events = Run.create(RECIPE, dataset(), FOLDER).events()
list(islice(events, int(sys.argv[2])))
os._exit(9)
"""


@pytest.mark.parametrize("events", [2, STEPS + 3], ids=["in its first epoch", "in its second epoch"])
def test_a_run_killed_without_warning_goes_on_from_its_last_epoch(tmp_path, events):
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path, str(events)], cwd=root, check=False)
    assert done.returncode == 9
    assert (FOLDER / "lock").exists()  # of a process that is no more
    run = Run.open(FOLDER, dataset())
    assert (run.state.step, len(run.state.history)) == ((0, 0) if events < STEPS else (STEPS, 1))
    list(run.events())
    assert run.evaluate()["weights_sha256"] == finished(Path("runs/whole"))[1]["weights_sha256"]
    assert "lock" not in names()


@pytest.mark.parametrize("owner", ["1", "999999999999", "", "not a number"])
def test_a_lock_left_behind_is_taken_over(owner):
    run = Run.create(RECIPE, dataset(), FOLDER)
    (FOLDER / "lock").write_text(owner)  # not held: what it says does not matter
    assert next(run.events()).step == 1


def test_a_run_killed_before_its_best_model_is_written_writes_it_when_it_goes_on(monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    run = Run.create(replace(RECIPE, epochs=1), dataset(), FOLDER)
    with monkeypatch.context() as patch:
        patch.setattr(Model, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            list(run.events())
    again = Run.open(FOLDER, dataset())
    list(again.events())
    assert load_model(FOLDER / "best.safetensors").weights_sha256 == again.model.weights_sha256


def test_a_run_that_another_process_trains_is_refused_and_left_as_it_is():
    finished()
    with locked(FOLDER / "lock"):
        before = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
        with pytest.raises(
            UsageError, match=rf"runs/a is being trained by process {os.getpid()}: wait for it, or stop"
        ):
            Run.open(FOLDER, dataset(), epochs=9)
        assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == before


def test_who_only_looks_at_a_run_for_a_moment_keeps_nobody_from_it(monkeypatch):
    finished()
    with ExitStack() as held:
        held.enter_context(locked(FOLDER / "lock"))
        monkeypatch.setattr("numnist.support.locks.time.sleep", lambda _: held.close())
        assert len(list(Run.open(FOLDER, dataset(), epochs=4).events())) > STEPS


def test_two_trainings_of_one_run_at_once_are_refused():
    first = Run.create(RECIPE, dataset(), FOLDER).events()
    next(first)
    model = RECIPE.model(dataset())
    second = Run(FOLDER, RECIPE, dataset(), model, State.fresh(model, RECIPE), {}).events()
    with pytest.raises(UsageError, match="is being trained by process"):
        next(second)
    assert (FOLDER / "lock").exists()  # still the first's
    first.close()
    assert "lock" not in names()


def test_other_data_are_refused_for_they_would_mix_test_pictures_into_training():
    finished()
    other = replace(dataset(), train=dataset().train[1:])
    with pytest.raises(DataError, match="would mix test pictures into training"):
        Run.open(FOLDER, other)


def test_opening_a_finished_run_and_failing_to_train_it_leaves_its_results():
    finished()
    before = {name: (FOLDER / name).read_bytes() for name in ("model.safetensors", "result.json", "last.safetensors")}
    with pytest.raises(UsageError, match="threads is 0"):
        list(Run.open(FOLDER, dataset(), epochs=9).events(threads=0))
    assert {name: (FOLDER / name).read_bytes() for name in before} == before


def test_an_epoch_that_has_begun_must_be_ended():
    events = Run.create(RECIPE, dataset(), FOLDER).events()
    list(islice(events, STEPS + 3))  # an Epoch among them, and two steps of the next
    events.close()
    with pytest.raises(UsageError, match="has 1 epoch already, and a part of the next"):
        Run.open(FOLDER, dataset(), epochs=1)
    assert Run.open(FOLDER, dataset(), epochs=2).state.step == STEPS + 2


@pytest.mark.parametrize("name", ["config.toml", "last.safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"\xff broken"], ids=["missing", "empty", "broken"])
def test_a_run_folder_that_is_not_whole_is_refused(name, content):
    finished()
    (FOLDER / name).unlink()
    if content is not None:
        (FOLDER / name).write_bytes(content)
    with pytest.raises(ModelFileError, match="runs/a"):
        Run.open(FOLDER, dataset())


@pytest.mark.parametrize("change", [{"seed": 7}, {"batch_size": 16}, {"optimizer": AdamW(0.02)}, {"network": MLP}])
def test_a_run_whose_config_was_edited_is_not_resumed(change):
    """Its weights would not be those of its recipe, without a word."""
    run = Run.create(RECIPE, dataset(), FOLDER)
    next(run.events())
    before = (FOLDER / "config.toml").read_bytes()
    write_config(FOLDER, replace(run.recipe, **change), run.made)
    with pytest.raises((UsageError, ModelFileError), match=r"config\.toml was changed|cannot be resumed"):
        Run.open(FOLDER, dataset())
    (FOLDER / "config.toml").write_bytes(before)
    assert Run.open(FOLDER, dataset()).state.step == 1


def test_a_finished_run_can_be_given_more_epochs():
    finished()
    run = Run.open(FOLDER, dataset(), epochs=5)
    list(run.events())
    assert read_history(FOLDER).test is None  # the result is still that of three epochs
    assert run.evaluate()["weights_sha256"] == finished(Path("runs/b"), replace(RECIPE, epochs=5))[1]["weights_sha256"]
    assert read_history(FOLDER).test is not None
    assert load_recipe(FOLDER / "config.toml").epochs == 5


@dataclass(frozen=True)
class Breaks(Constant):
    """A rate that is infinite at one step."""

    step: int = 0

    def __call__(self, step, epoch_steps, total_steps):
        return float("inf") if step == self.step else 1.0


@pytest.mark.parametrize("step", [0, STEPS - 1, STEPS, 2 * STEPS + 1])
def test_a_run_that_breaks_keeps_its_last_good_checkpoint_and_frees_its_lock(step):
    run = Run.create(RECIPE, dataset(), FOLDER)
    run.recipe = replace(RECIPE, schedule=Breaks(step))
    with pytest.raises(NotFiniteError, match=f"step {step}: parameter 0.w of layer Conv2d"):
        list(run.events())
    back = Run.open(FOLDER, dataset())
    assert back.state.step == step // STEPS * STEPS
    assert np.isfinite(load_model(FOLDER).theta).all()
    list(back.events())
    assert back.evaluate()["weights_sha256"] == finished(Path("runs/whole"))[1]["weights_sha256"]
