"""numnist train --log: refused before a folder is made, said at the start, and a log that fails stops nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from numnist import Writer
from numnist.training.logs import log as module

SMALL = ("--batch-size", 32, "--epochs", 2)
WRITTEN: dict[str, dict] = {}


class Kept(Writer):
    """Keeps what is written under the place, which is the target's."""

    def __init__(self, target, name, place, step):
        self.place = place or f"{target} as {name}"
        self.kept = WRITTEN.setdefault(self.place, {"steps": set(), "status": [], "recipe": "", "accuracy": None})

    def settings(self, table):
        self.kept["recipe"] = table["name"]

    def scalars(self, step, values):
        self.kept["steps"].add(step)

    def result(self, values):
        self.kept["accuracy"] = values["test_accuracy"]

    def close(self, status):
        self.kept["status"].append(status)


@pytest.fixture(autouse=True)
def _kept(monkeypatch):
    WRITTEN.clear()
    monkeypatch.setattr(module, "open_writer", Kept)
    monkeypatch.setattr("numnist.training.logs.targets.find_spec", lambda name: name)


def test_a_run_is_logged_with_its_recipe_and_result_and_goes_on_there(numnist, digits):
    done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL, "--log", "wandb:a", "mlflow:b", "--no-report")
    assert done.code == 0
    assert "Log       wandb:a" in done.err
    assert json.loads(Path("runs/mlp-quick-1/log.json").read_text()) == {
        "wandb:a": "wandb:a as mlp-quick-1", "mlflow:b": "mlflow:b as mlp-quick-1",
    }  # fmt: skip
    result = json.loads(Path("runs/mlp-quick-1/result.json").read_text())
    first = WRITTEN["wandb:a as mlp-quick-1"]
    assert WRITTEN["mlflow:b as mlp-quick-1"] == first
    assert first["accuracy"] == result["test_accuracy"]
    assert first["recipe"] == "mlp-quick"
    assert first["status"] == ["finished"]
    steps = max(first["steps"])
    assert numnist("resume", "runs/mlp-quick-1", "--epochs", 3, "--no-report").code == 0
    assert first["steps"] == {*range(1, steps * 3 // 2 + 1)}
    assert first["status"] == ["finished", "finished"]


def test_the_weights_are_those_without_a_log(numnist, digits):
    plain = numnist("train", "mlp-quick", "--dataset", digits, *SMALL, "--json", "--no-report").json
    logged = numnist(
        "train", "mlp-quick", "--dataset", digits, *SMALL, "--json", "--no-report", "--log", "tensorboard:x"
    ).json
    assert logged["weights_sha256"] == plain["weights_sha256"]


@pytest.mark.filterwarnings("default")  # as in a program
def test_a_log_that_fails_is_said_once_and_the_run_is_finished(numnist, digits, monkeypatch):
    def refused(*arguments):
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(module, "open_writer", refused)
    done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL, "--log", "mlflow:http://x", "--no-report")
    assert done.code == 0
    assert done.err.count("nobody listens") == 1
    assert "Test" in done.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--log", "tensorbord:x"), "did you mean 'tensorboard'"),
        (("--log", "wandb:"), "a project"),
        (("--log", "wandb:x", "--trials", 2), "--log logs one training"),
    ],
)
def test_what_makes_no_sense_is_refused_before_a_folder_is_made(numnist, digits, words, says):
    done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL, *words)
    assert done.code == 2
    assert says in done.err
    assert not Path("runs").exists()
