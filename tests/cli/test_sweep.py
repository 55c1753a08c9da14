"""numnist sweep and train --overfit: their output and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

from numnist.cli.sweep import ALL
from numnist.experiment.sweep import grid


def test_every_listed_combination_is_in_the_table_best_first(numnist, digits):
    options = ["--dataset", digits, "--epochs", 1, "--jobs", 1]
    done = numnist("sweep", "mlp-quick", "--optimizer", "SGD", "Adam", "--activation", "relu", "tanh", *options)
    assert done.code == 0, done.err
    head, *rows = done.out.splitlines()
    assert head.split() == ["optimizer", "activation", "validation", "test"]
    assert {tuple(row.split()[:2]) for row in rows} == {(o, a) for o in ("SGD", "Adam") for a in ("relu", "tanh")}
    validation = [float(row.split()[2].rstrip("%")) for row in rows]
    assert validation == sorted(validation, reverse=True)
    assert "4/4" in done.err
    assert sorted(path.name for path in Path("runs/sweep-1").iterdir()) == [
        "adam-relu", "adam-tanh", "sgd-relu", "sgd-tanh",
    ]  # fmt: skip


def test_json_holds_choices_and_results_and_options_reach_the_recipe(numnist, digits):
    done = numnist(
        "sweep", "mlp-quick", "--learning-rate", "0.01", "--seed", 1, 2, "--dataset", digits, "--pictures", 40,
        "--epochs", 2, "--jobs", 1, "--run", "here", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert {result["seed"] for result in done.json} == {1, 2}
    assert {result["choices"]["learning_rate"] for result in done.json} == {"0.01"}
    assert {result["epochs"] for result in done.json} == {2}
    config = Path("here/0.01-1/config.toml").read_text()
    assert "pictures = 40" in config
    assert "learning_rate = 0.01" in config


def test_numbers_that_run_away_are_exit_code_1(numnist, digits):
    done = numnist(
        "sweep", "mlp-quick", "--optimizer", "SGD", "--learning-rate", "1e9", "--dataset", digits, "--jobs", 1
    )
    assert done.code == 1
    assert "lower the learning rate" in done.err


def test_a_choice_that_is_no_number_is_refused(numnist, digits):
    done = numnist("sweep", "mlp-quick", "--learning-rate", "much", "--dataset", digits)
    assert done.code == 2
    assert "'much' is not a number" in done.err


def test_the_whole_grid_has_64_combinations():
    assert len(grid(ALL)) == 64


def test_ten_digits_are_overfitted(numnist, digits):
    done = numnist("train", "convnet", "--overfit", 10, "--dataset", digits, "--validation", 0)
    assert done.code == 0, done.err
    assert "all 10 pictures in" in done.out
    assert json.loads(Path("runs/convnet-overfit-1/result.json").read_text())["epochs"] < 30


def test_pictures_that_are_not_overfitted_are_exit_code_1(numnist, digits):
    done = numnist(
        "train", "mlp-quick", "--overfit", 50, "--dataset", digits, "--epochs", 2, "--learning-rate", 1e-6, "--json"
    )
    assert done.code == 1
    assert done.json["learnt"] < done.json["pictures"] == 50


def test_activation_pooling_and_regularization_stand_in_the_config(numnist, digits):
    done = numnist(
        "train", "convnet", "--activation", "sigmoid", "--pooling", "average", "--regularization", "dropout",
        "--dataset", digits, "--pictures", 20, "--epochs", 1, "--validation", 20, "--run", "here",
    )  # fmt: skip
    assert done.code == 0, done.err
    config = Path("here/config.toml").read_text()
    assert all(word in config for word in ("Sigmoid", "AvgPool2d", "Dropout", "pictures = 20"))
    assert "ReLU" not in config
    resumed = numnist("resume", "here", "--epochs", 2)
    assert resumed.code == 0, resumed.err
