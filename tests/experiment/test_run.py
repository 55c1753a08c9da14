"""Runs: a folder that says all, that one process owns at a time, and that survives being stopped and killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from numnist import (
    AdamW,
    Constant,
    DataError,
    Dense,
    Epoch,
    Flatten,
    ModelFileError,
    NotFiniteError,
    Recipe,
    Sequential,
    SoftmaxCrossEntropy,
    Split,
    State,
    UsageError,
    evaluate,
    load_model,
)
from numnist.data.dataset import join
from numnist.experiment.folder import newest_run, write_config
from numnist.experiment.history import read_history
from numnist.experiment.recipe import load_recipe
from numnist.experiment.run import Run
from numnist.experiment.variants import for_overfitting
from numnist.support.locks import locked
from tests.small import AUGMENT, CONV, MLP, dataset

RECIPE = Recipe(
    "tiny", "a title", "bands", CONV, AdamW(0.01), augment=AUGMENT, epochs=3, batch_size=32, average=0.9, clip_norm=1.0
)
STEPS = -(-len(dataset().train) // RECIPE.batch_size)
FOLDER = Path("runs/a")


def finished(folder=FOLDER, recipe=RECIPE, **options):
    """A run trained and judged, and its result."""
    run = Run.create(recipe, dataset(), folder, **options)
    list(run.events())
    return run, run.evaluate()


def names(folder=FOLDER):
    return sorted(path.name for path in folder.iterdir())


def test_a_finished_run_holds_its_eight_files():
    finished()
    assert names() == [
        "best.safetensors", "config.toml", "filters.safetensors", "last.safetensors", "metrics.jsonl",
        "model.safetensors", "result.json", "steps.jsonl",
    ]  # fmt: skip


def test_the_config_is_the_recipe_and_says_with_what_the_run_was_made():
    run, _ = finished()
    config = tomllib.loads((FOLDER / "config.toml").read_text("utf-8"))
    made = config["environment"]
    assert made["data_sha256"] == dataset().sha256
    assert made["data_source"] == "drawn by a test"
    assert {"numnist", "python", "numpy", "blas", "system", "processor", "cores"} <= set(made)
    cut = dict(zip(("lanes", "shard"), RECIPE.cut(run.model)))  # which decide the bits, and so are written down
    assert load_recipe(FOLDER / "config.toml") == RECIPE.override(**cut)


def test_the_metrics_have_a_line_an_epoch():
    run, _ = finished()
    lines = [json.loads(line) for line in (FOLDER / "metrics.jsonl").read_text().splitlines()]
    assert lines == run.state.history
    assert [line["epoch"] for line in lines] == [1, 2, 3]


def test_the_result_has_exactly_its_keys_and_is_also_in_the_file():
    run, result = finished()
    assert json.loads((FOLDER / "result.json").read_text()) == result
    assert list(result) == [
        "schema", "run", "model", "dataset", "recipe", "parameters", "epochs", "train_seconds", "training_accuracy",
    "training_accuracy_running", "training_accuracy_pictures", "validation_accuracy",
        "test_accuracy", "confidence_interval", "seed", "lanes", "weights_sha256",
    ]  # fmt: skip
    judged = evaluate(run.model, dataset().test)
    assert result == result | {
        "schema": "numnist.train/1", "run": "runs/a", "model": "runs/a/model.safetensors", "dataset": "bands",
        "recipe": "tiny", "parameters": run.model.theta.size, "epochs": 3, "seed": 0, "lanes": 1,
        "test_accuracy": judged.accuracy, "confidence_interval": list(judged.confidence_interval),
        "validation_accuracy": run.state.history[-1]["validation_accuracy"],
        "weights_sha256": load_model(FOLDER).weights_sha256,
    }  # fmt: skip


@pytest.mark.parametrize("splits", [("test",), ("test", "validation"), ()])
@pytest.mark.parametrize("seconds", [1e-9, 1e9])
def test_training_accuracy_is_of_all_pictures_where_that_costs_little_and_says_of_which(seconds, splits):
    data = replace(dataset(), **{name: dataset().test[:0] for name in splits})
    run = Run.create(RECIPE, data, FOLDER)
    list(run.events())
    run.state.seconds = seconds
    result = run.evaluate()
    if seconds < 1:
        assert result["training_accuracy"] == run.state.history[-1]["accuracy"]
        assert result["training_accuracy_running"] is True
        assert result["training_accuracy_pictures"].startswith(
            "the 100 pictures of an epoch, each as it was trained on"
        )
    else:
        assert result["training_accuracy"] == evaluate(run.model, data.train).accuracy
        assert result["training_accuracy_running"] is False
        assert result["training_accuracy_pictures"] == "all 100 training pictures, after training"


def test_the_running_accuracy_is_that_of_the_epoch_whose_weights_are_kept():
    run = Run.create(replace(RECIPE, epochs=30, patience=2), dataset(), FOLDER)
    list(run.events())
    run.state.seconds = 1e-9
    assert run.state.best_epoch < len(run.state.history)
    assert run.evaluate()["training_accuracy"] == run.state.history[run.state.best_epoch - 1]["accuracy"]


def test_a_running_accuracy_over_further_pictures_says_so():
    outliers = Split(dataset().test.x[:7], np.full(7, len(dataset().classes)))
    drawn = join(outliers, dataset().test[:3])
    run = Run.create(
        replace(RECIPE, loss=SoftmaxCrossEntropy(background=True), outliers=7, drawn=3),
        replace(dataset(), further=drawn, validation=dataset().test[:0]), FOLDER,
    )  # fmt: skip
    list(run.events())
    run.state.seconds = 1e-9
    words = run.evaluate()["training_accuracy_pictures"]
    assert words.startswith("the 110 pictures")
    assert "3 drawn digits and 7 outliers, right where the model says so among them" in words


def test_a_run_stopped_in_its_first_epoch_has_no_training_accuracy():
    run = Run.create(RECIPE, dataset(), FOLDER)
    next(run.events())
    run.state.seconds = 1e-9
    assert run.evaluate()["training_accuracy"] is None


def test_the_model_file_tells_its_story():
    _, result = finished()
    about = load_model(FOLDER).about
    assert about["data_sha256"] == dataset().sha256
    assert about["recipe"]["name"] == "tiny"
    assert about["result"] == {name: value for name, value in result.items() if name not in ("run", "model")}


def test_the_best_model_is_that_of_the_best_epoch():
    run, _ = finished(recipe=replace(RECIPE, patience=9))
    best = load_model(FOLDER / "best.safetensors")
    assert best.weights_sha256 == load_model(FOLDER).weights_sha256
    accuracies = [record["validation_accuracy"] for record in run.state.history]
    assert evaluate(best, dataset().validation).accuracy == max(accuracies)


def test_without_test_and_validation_pictures_their_figures_are_null():
    data = replace(dataset(), validation=dataset().test[:0], test=dataset().test[:0])
    run = Run.create(RECIPE, data, FOLDER)
    list(run.events())
    result = run.evaluate()
    assert [result[k] for k in ("validation_accuracy", "test_accuracy", "confidence_interval")] == [None] * 3


def test_runs_without_a_name_are_numbered():
    folders = [Run.create(RECIPE, dataset()).folder for _ in range(3)]
    assert folders == [Path("runs/tiny-1"), Path("runs/tiny-2"), Path("runs/tiny-3")]


def test_the_newest_run_is_the_one_finished_last():
    assert newest_run() is None
    for name in ("b", "a", "c"):
        finished(Path("runs") / name, replace(RECIPE, epochs=1))
    for seconds, name in enumerate(("b", "c", "a")):
        os.utime(f"runs/{name}/model.safetensors", (seconds, seconds))
    Run.create(RECIPE, dataset())  # not finished
    assert newest_run() == FOLDER


def test_a_folder_that_exists_is_refused_and_left_as_it_is():
    FOLDER.mkdir(parents=True)
    (FOLDER / "mine").touch()
    with pytest.raises(UsageError, match=r"runs/a exists already: resume it with `numnist resume runs/a`"):
        Run.create(RECIPE, dataset(), FOLDER)
    assert names() == ["mine"]


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
from tests.experiment.test_run import *
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


def test_a_run_that_another_process_trains_is_refused_and_left_as_it_is():
    finished()
    with locked(FOLDER / "lock"):
        before = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
        with pytest.raises(
            UsageError, match=rf"runs/a is being trained by process {os.getpid()}: wait for it, or stop"
        ):
            Run.open(FOLDER, dataset(), epochs=9)
        assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == before


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


def test_a_run_that_overfits_ends_when_all_is_learnt_and_counts_on_the_way():
    recipe = for_overfitting(replace(RECIPE, average=None), 30)
    data = dataset().first(30)
    run = Run.create(recipe, data, FOLDER)
    epochs = [event for event in run.events() if isinstance(event, Epoch)]
    told = [(record["learnt"], record["pictures"]) for record in run.state.history]
    assert told[-1] == (30, 30)
    assert all(learnt < 30 for learnt, _ in told[:-1])
    assert 1 < len(told) == len(epochs) < recipe.epochs
    lines = [json.loads(line) for line in (FOLDER / "metrics.jsonl").read_text().splitlines()]
    assert lines == run.state.history
    result = run.evaluate()
    assert (result["learnt"], result["pictures"], result["training_accuracy"]) == (30, 30, 1.0)
    assert result["training_accuracy_running"] is False
    again = Run.open(FOLDER, data)
    assert list(again.events()) == []
    assert again.evaluate()["weights_sha256"] == result["weights_sha256"]


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


def test_a_run_may_start_from_the_weights_of_another():
    first, _ = finished()
    run = Run.create(replace(RECIPE, name="more", seed=5), dataset(), Path("runs/b"), start=FOLDER)
    assert run.model.weights_sha256 == first.model.weights_sha256
    config = tomllib.loads((run.folder / "config.toml").read_text())
    assert config["environment"]["start"] == "runs/a"
    assert config["environment"]["start_sha256"] == first.model.weights_sha256
    next(run.events())  # closed here, so that it can be resumed
    again = Run.open(run.folder, dataset())
    assert again.state.step == 1
    assert "start" in tomllib.loads((run.folder / "config.toml").read_text())["environment"]


OTHER = {
    "another network": (replace(RECIPE, network=Sequential(Flatten(), Dense(4))), dataset(), "holds another network"),
    "another shape": (RECIPE, dataset(shape=(1, 10, 8)), r"expects pictures of shape \(1, 8, 8\)"),
}


@pytest.mark.parametrize(("recipe", "data", "message"), OTHER.values(), ids=list(OTHER))
def test_weights_of_another_kind_are_refused_before_a_folder_is_made(recipe, data, message):
    finished()
    with pytest.raises(ModelFileError, match=message):
        Run.create(recipe, data, Path("runs/b"), start=FOLDER)
    assert not Path("runs/b").exists()


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
