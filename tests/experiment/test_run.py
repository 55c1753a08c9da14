"""Runs: a folder that says all."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from numnist import (
    Dense,
    Epoch,
    Flatten,
    ModelFileError,
    Sequential,
    SoftmaxCrossEntropy,
    Split,
    UsageError,
    evaluate,
    load_model,
)
from numnist.data.dataset import join
from numnist.experiment.folder import newest_run
from numnist.experiment.recipe import load_recipe
from numnist.experiment.run import Run
from numnist.experiment.variants import for_overfitting
from tests.experiment.small_runs import FOLDER, RECIPE, finished, names
from tests.small import dataset


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
