"""The commands besides train and resume: their output, and that all are documented."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from numnist.cli import COMMANDS, DATA_COMMANDS, SHOW_COMMANDS
from numnist.data import load
from numnist.data.strokes.drawing import draw
from numnist.experiment.recipe import load_recipe
from numnist.nn import Dense

REPOSITORY = Path(__file__).parents[2]


def test_evaluate_prints_the_documented_json(numnist, trained):
    done = numnist("evaluate", trained, "--json")
    evaluation = done.json
    assert evaluation.keys() == {
        "accuracy", "balanced_accuracy", "precision", "f1", "top", "errors", "count", "confidence_interval",
        "per_class", "confusion",
    }  # fmt: skip
    assert evaluation["count"] == 60
    assert np.sum(evaluation["confusion"]) == 60
    assert np.trace(evaluation["confusion"]) == 60 - evaluation["errors"]
    assert evaluation["accuracy"] == 1 - evaluation["errors"] / 60
    low, high = evaluation["confidence_interval"]
    assert low < evaluation["accuracy"] < high
    assert evaluation["accuracy"] == json.loads(Path(trained, "result.json").read_text())["test_accuracy"]


@pytest.mark.parametrize(("split", "count"), [("test", 60), ("validation", 50), ("train", 250)])
def test_evaluate_takes_the_split_that_the_model_was_or_was_not_trained_on(numnist, trained, split, count):
    assert numnist("evaluate", trained, "--split", split, "--json").json["count"] == count


def test_evaluate_prints_each_class_and_what_it_is_mistaken_for(numnist, trained):
    out = numnist("evaluate", trained).out
    assert "95% confidence" in out
    assert "most often mistaken for" in out
    assert "balanced accuracy" in out
    assert len(out.splitlines()) == 13


def test_evaluate_prepares_pictures_of_another_size(numnist, trained):
    x = np.zeros((30, 12, 12), np.uint8)
    x[:, 3:9, 5:7] = 255
    np.savez("other.npz", x=x, y=np.arange(30) % 10)
    done = numnist("evaluate", trained, "--dataset", "other.npz", "--json")
    assert done.json["count"] == 30
    assert "prepared as digits" in done.err


def test_gradcheck_finds_the_gradients_right(numnist, trained):
    report = numnist("gradcheck", trained, "--json")
    assert report.code == 0
    assert report.json["ok"] is True
    assert report.json["worst"] <= 1e-8  # the tolerance of gradcheck itself, explained there
    assert set(report.json["parameters"]) >= {"1.w", "1.b", "3.w", "5.b"}
    assert numnist("gradcheck", "mlp-quick").code == 0


def test_gradcheck_ends_with_exit_code_1_when_a_gradient_is_wrong(numnist, monkeypatch):
    right = Dense.backward

    def wrong(self, p, g, dy, x, want_dx=True):
        dx = right(self, p, g, dy, x, want_dx)
        g.w *= 1.001
        return dx

    monkeypatch.setattr(Dense, "backward", wrong)
    small = numnist("recipes", "mlp-quick").out.replace("units = 256", "units = 12").replace("units = 128", "units = 8")
    Path("small.toml").write_text(small)
    assert "units = 12" in small
    report = numnist("gradcheck", "small.toml", "--json")
    assert report.code == 1
    assert report.json["ok"] is False


def test_summary_shows_shapes_parameters_and_multiply_adds(numnist):
    out = numnist("summary", "cnn28").out
    assert "(1, 28, 28) -> (28, 26, 26)" in out
    assert "607,394 parameters" in out
    shown = numnist("summary", "cnn28", "--json").json
    assert shown["parameters"] == sum(layer["parameters"] for layer in shown["layers"]) == 607_394
    assert shown["macs"] == sum(layer["macs"] for layer in shown["layers"])


def test_a_recipe_is_shown_as_a_file_that_makes_it(numnist, tmp_path):
    shown = numnist("recipes", "digits")
    (tmp_path / "digits.toml").write_text(shown.out)
    assert load_recipe(tmp_path / "digits.toml") == load_recipe("digits")
    assert numnist("recipes", "digits", "--json").json["name"] == "digits"
    assert "did you mean 'digits'" in numnist("recipes", "digit").err


def test_recipes_lists_the_default_first(numnist):
    assert numnist("recipes").out.splitlines()[1].startswith("quick")
    assert numnist("recipes", "--json").json[0]["name"] == "quick"


def test_data_list_says_what_is_here_and_what_is_not(numnist):
    sets = {record["name"]: record for record in numnist("data", "list", "--json").json}
    assert not sets["mnist"]["found"]
    assert sets["strokes"]["found"]
    assert "CC BY-SA" in numnist("data", "list").out


def test_data_verify_ends_with_exit_code_3_when_files_are_missing(numnist):
    done = numnist("data", "verify", "mnist", "--json")
    assert done.code == 3
    assert [file["ok"] for file in done.json] == [False] * 4


def test_imported_data_is_trained_on_by_name_from_any_folder(numnist):
    x, labels = draw(90, seed=2)
    with Path("train.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["label", *(f"pixel{i}" for i in range(784))])
        out.writerows([label, *picture.reshape(-1)] for label, picture in zip(labels, x))
    assert numnist("data", "import", "train.csv", "--name", "mine").code == 0
    done = numnist("train", "mlp-quick", "--dataset", "mine", "--epochs", 1, "--json")
    assert done.code == 0, done.err
    assert done.json["dataset"] == "mine"


def test_pictures_of_many_sizes_are_imported_resized(numnist):
    for i in range(24):
        path = Path("pictures", "ab"[i % 2], f"{i}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (10 + i, 20), (10 * i, 0, 0)).save(path)
    refused = numnist("data", "import", "pictures", "--name", "mine")
    assert refused.code == 3
    assert "size" in refused.err
    assert numnist("data", "import", "pictures", "--name", "mine", "--size", 12, 14).code == 0
    assert load("mine").shape == (3, 12, 14)


def test_doctor_finds_this_installation_in_order(numnist):
    done = numnist("doctor", "--json")
    assert done.code == 0
    assert done.json["ok"] is True
    assert {"BLAS", "training"} <= {check["check"] for check in done.json["checks"] if check["ok"]}
    assert "bit-identical" in numnist("doctor").out


@pytest.mark.parametrize(
    "command", [*COMMANDS, *(f"data {name}" for name in DATA_COMMANDS), *(f"show {name}" for name in SHOW_COMMANDS)]
)
def test_every_command_has_help_and_stands_in_the_readme(numnist, command):
    done = numnist(*command.split(), "--help")
    assert done.code == 0
    assert done.out.startswith(f"Usage: numnist {command}")
    documented = (REPOSITORY / "README.md").read_text("utf-8").replace("list`, `get`, `verify`, `import", "")
    assert f"`numnist {command.split()[0]}" in documented


def test_every_option_of_train_is_explained(numnist):
    out = numnist("train", "--help").out
    options = [line for line in out.splitlines() if line.startswith("│ --")]
    assert len(options) >= 24
    assert all(len(line.strip("│ ").split(None, 2)) == 3 for line in options)


def test_version_is_the_packages(numnist):
    import numnist as package

    assert numnist("--version").out.strip() == package.__version__
