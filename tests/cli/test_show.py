"""numnist show: every figure from the command line, as a file and as text, and errors that say what to do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from numnist import Model, load_model
from numnist.cli import SHOW_COMMANDS
from numnist.cli.shared import figure_output
from numnist.data.strokes.drawing import draw
from numnist.experiment.recipe import load_recipe
from numnist.report.figures import theme
from tests.house.test_imports import loaded
from tests.small import dataset


@pytest.fixture
def commands(trained, digits):
    """Arguments for each command that draws something."""
    Image.fromarray(draw(1, seed=9)[0][0]).save("digit.png")
    return {
        "data": ["--dataset", digits, "--each", 3],
        "predictions": [trained, "--count", 8],
        "mistakes": [trained, "--split", "train"],
        "activations": ["digit.png", "--model", trained],
        "filters": [trained, "--units", 4],
        "history": [trained],
        "confusion": [trained],
        "compare": [trained],
        "network": [trained],
    }


@pytest.mark.parametrize("name", SHOW_COMMANDS)
def test_a_command_writes_the_file_that_it_names(numnist, commands, name):
    done = numnist("show", name, *commands[name])
    assert done.code == 0, done.err
    assert done.out == f"Figure    {name}.png\n"
    dark = numnist("show", name, *commands[name], "--dark", "--out", "figures/a.svg")
    assert dark.out == "Figure    figures/a.svg\n"
    assert Image.open(f"{name}.png").getpixel((0, 0))[:3] == (255, 255, 255)
    assert "fill: #14171c" in Path("figures/a.svg").read_text("utf-8")


@pytest.mark.parametrize("name", SHOW_COMMANDS)
def test_another_kind_of_file_is_refused_at_once(numnist, name):
    arguments = {"network": ["quick"]}.get(name, [])
    done = numnist("show", name, *arguments, "--out", "figure.gif")
    assert done.code == 2
    assert ".png or .svg" in done.err


def test_a_figure_is_replaced_only_by_force(numnist, trained):
    for arguments, name in (((), "history.png"), ((), "history-2.png"), (("--force",), "history.png")):
        assert numnist("show", "history", trained, *arguments).out == f"Figure    {name}\n"
    before = Path("history.png").read_bytes()
    refused = numnist("show", "history", trained, "--dark", "--out", "history.png")
    assert refused.code == 2
    assert "history.png is there already: give another --out, or --force" in refused.err
    assert Path("history.png").read_bytes() == before
    assert numnist("show", "history", trained, "--dark", "--out", "history.png", "--force").code == 0
    assert Path("history.png").read_bytes() != before


@pytest.mark.parametrize("name", ["predictions", "mistakes", "confusion", "activations", "filters"])
def test_a_figure_names_its_model_and_the_hash_of_its_weights(numnist, commands, trained, name):
    assert numnist("show", name, *commands[name], "--out", "a.svg").code == 0
    sha256 = load_model(trained).weights_sha256[:8]
    assert f">{name.title()} of {Path(trained).name} ({sha256})<" in Path("a.svg").read_text("utf-8")


def test_predictions_are_of_a_class_or_at_random_by_a_seed(numnist, trained):
    def shown(*options):
        done = numnist("show", "predictions", trained, "--count", 5, "--json", *options)
        assert done.code == 0, done.err
        return done.json

    first = shown()
    assert [each["index"] for each in first] == [0, 1, 2, 3, 4]
    some, other = shown("--random"), shown("--seed", 1)
    assert some == shown("--random") == shown("--seed", 0)
    assert len({each["index"] for each in some}) == 5
    assert [each["index"] for each in some] != [each["index"] for each in other]
    of_one = shown("--class", "3", "--random")
    assert {each["label"] for each in of_one} == {"3"}
    every = {each["index"]: each for each in numnist("show", "predictions", trained, "--count", 60, "--json").json}
    assert all(each["answer"] == every[each["index"]]["answer"] for each in [*some, *of_one])
    wrong = numnist("show", "predictions", trained, "--class", "three")
    assert wrong.code == 2
    assert "has no such class" in wrong.err


@pytest.mark.parametrize("name", SHOW_COMMANDS)
def test_every_command_has_help(numnist, name):
    done = numnist("show", name, "--help")
    assert done.code == 0
    assert done.out.startswith(f"Usage: numnist show {name}")
    assert "--out" in done.out


@pytest.mark.parametrize("name", ["data", "predictions", "mistakes", "history", "confusion"])
def test_what_suits_a_terminal_is_printed_there(numnist, commands, name):
    done = numnist("show", name, *commands[name], "--text")
    assert done.code == 0, done.err
    assert len(done.out.splitlines()) > 8
    assert not Path(f"{name}.png").exists()


def test_the_json_of_mistakes_and_confusion_is_evaluates(numnist, trained):
    evaluation = numnist("evaluate", trained, "--json").json
    mistakes = numnist("show", "mistakes", trained, "--json").json
    assert (mistakes["mistakes"], mistakes["count"]) == (evaluation["errors"], evaluation["count"])
    assert len(mistakes["worst"]) == min(40, evaluation["errors"])
    assert numnist("show", "confusion", trained, "--json").json == evaluation
    predictions = numnist("show", "predictions", trained, "--count", 60, "--json").json
    assert sum(not each["right"] for each in predictions) == evaluation["errors"]
    assert predictions[0].keys() == {"index", "label", "answer", "probability", "label_probability", "right"}


def test_the_json_of_history_and_compare_is_the_runs_metrics(numnist, trained):
    lines = [json.loads(line) for line in Path(trained, "metrics.jsonl").read_text().splitlines()]
    steps = [json.loads(line) for line in Path(trained, "steps.jsonl").read_text().splitlines()]
    assert len(steps) == 3 * 8  # 240 pictures in batches of 32
    assert numnist("show", "history", trained, "--json").json == {trained: {"epochs": lines, "steps": steps}}
    compared = numnist("show", "compare", trained, "--json").json
    assert compared[0]["loss"] == [line["loss"] for line in lines]
    assert compared[0]["pictures"] == "test"


def test_a_model_without_mistakes_has_nothing_to_show(numnist):
    easy = dataset()
    np.savez("bands.npz", x_train=easy.train.x, y_train=easy.train.labels, x_test=easy.test.x, y_test=easy.test.labels)
    assert numnist("train", "mlp-quick", "--dataset", "bands.npz", "--epochs", 9, "--run", "r").code == 0
    done = numnist("show", "mistakes", "r")
    assert done.code == 0
    assert done.out == "Nothing to show: all 30 test pictures of bands.npz are classified correctly.\n"
    assert not Path("mistakes.png").exists()


def test_a_test_picture_is_chosen_by_its_place(numnist, trained, digits):
    assert numnist("show", "activations", "--test", 59, "--model", trained).code == 0
    done = numnist("show", "activations", "--test", 60, "--model", trained)
    assert done.code == 2
    assert "0 to 59" in done.err


@pytest.mark.parametrize("arguments", [[], ["digit.png", "--test", "1"]])
def test_activations_wants_one_picture(numnist, arguments):
    done = numnist("show", "activations", *arguments)
    assert done.code == 2
    assert "--test N" in done.err


def test_a_blank_picture_has_no_activations(numnist, trained):
    Image.new("L", (40, 40), 255).save("blank.png")
    done = numnist("show", "activations", "blank.png", "--model", trained)
    assert done.code == 3
    assert "nothing is drawn" in done.err


def test_data_of_another_kind_is_refused(numnist, trained):
    np.savez("other.npz", x=np.zeros((30, 12, 12), np.uint8), y=np.array(list("abc" * 10)))
    for name in ("predictions", "mistakes", "confusion"):
        done = numnist("show", name, trained, "--dataset", "other.npz")
        assert done.code == 3
        assert "classes are matched by name" in done.err


def test_an_empty_split_is_told(numnist, digits):
    assert numnist("train", "mlp-quick", "--dataset", digits, "--run", "r", "--validation", 0, "--epochs", 1).code == 0
    done = numnist("show", "predictions", "r", "--split", "validation")
    assert done.code == 3
    assert "no validation pictures" in done.err


def test_filters_of_a_model_without_a_recipe_are_the_trained_ones_and_it_says_so(numnist):
    Model(load_recipe("quick").network, (1, 28, 28)).save("bare.safetensors")
    done = numnist("show", "filters", "bare.safetensors", "--out", "a.svg")
    assert done.code == 0
    assert "only its trained weights" in done.err
    assert ">trained<" in Path("a.svg").read_text("utf-8")
    assert ">start<" not in Path("a.svg").read_text("utf-8")


def test_filters_of_a_run_show_its_history(numnist, trained):
    assert numnist("show", "filters", trained, "--out", "a.svg").code == 0
    text = Path("a.svg").read_text("utf-8")
    for moment in ("start", "epoch 1", "epoch 2", "trained"):
        assert f">{moment}<" in text


def test_the_newest_run_is_shown_where_none_is_named(numnist, digits):
    assert numnist("train", "mlp-quick", "--dataset", digits, "--epochs", 1).code == 0
    for name in ("predictions", "mistakes", "confusion", "filters", "history", "compare"):
        done = numnist("show", name)
        assert done.code == 0, done.err
    assert load_model("runs/mlp-quick-1").about["recipe"]["name"] == "mlp-quick"


def test_without_any_run_it_says_how_to_get_one(numnist):
    for name in ("history", "compare"):
        done = numnist("show", name)
        assert done.code == 2
        assert "numnist train" in done.err


def test_a_run_without_metrics_says_how_to_go_on(numnist, trained):
    Path(trained, "metrics.jsonl").unlink()
    done = numnist("show", "history", trained)
    assert done.code == 4
    assert f"numnist resume {trained}" in done.err


def test_a_recipe_is_drawn_before_it_is_trained(numnist):
    assert numnist("show", "network", "fashion-quick", "--out", "a.svg").code == 0
    text = Path("a.svg").read_text("utf-8")
    assert ">64×7×7<" in text
    assert "421,930 parameters" in text


@pytest.mark.parametrize("name", [*SHOW_COMMANDS, "find-rate", "lesson"])
def test_without_matplotlib_it_says_at_once_what_brings_it(numnist, monkeypatch, name):
    monkeypatch.setattr(theme, "find_spec", lambda module: None)
    words = {
        "network": ["show", "network", "quick"],
        "find-rate": ["find-rate"],
        "lesson": ["lesson", 2, "--out", "a.png"],
    }
    done = numnist(*words.get(name, ["show", name]))
    assert done.code == 2
    assert "drawn by matplotlib" in done.err
    assert "pip install '.[figures]'" in done.err


def test_text_and_json_need_no_matplotlib(numnist, monkeypatch, trained, digits):
    monkeypatch.setattr(theme, "find_spec", lambda module: None)
    for words in (["show", "history", trained], ["show", "confusion", trained]):
        assert numnist(*words, "--text").code == 0
        assert numnist(*words, "--json").code == 0
    assert numnist("find-rate", "--dataset", digits, "--steps", 20, "--text").code == 0


def test_help_imports_neither_numpy_nor_matplotlib():
    names = list(SHOW_COMMANDS)
    modules = loaded(f"from numnist.cli import main\nfor name in {names}: main(['show', name, '--help'])")
    assert "numnist.cli.show.pictures" in modules
    assert not modules & {"numpy", "matplotlib", "PIL"}


def test_a_figure_is_shown_in_a_window_where_one_can_be_opened_and_else_written(numnist, monkeypatch):
    from matplotlib import pyplot

    windows = []
    monkeypatch.setattr(figure_output, "_has_screen", lambda: True)
    monkeypatch.setattr(pyplot, "get_backend", lambda: "tkagg")
    monkeypatch.setattr(pyplot, "show", lambda block: windows.append(pyplot.get_figlabels()))
    done = numnist("show", "network", "quick")
    assert (done.code, done.out, windows) == (0, "", [["network"]])
    assert not Path("network.png").exists()
    assert not pyplot.get_fignums()

    def refuse(*_, **__):
        raise RuntimeError("no display")

    monkeypatch.setattr(pyplot, "figure", refuse)
    done = numnist("show", "network", "quick")
    assert "no display" in done.err
    assert Path("network.png").exists()


def test_runs_of_one_name_in_two_folders_are_two_runs(numnist, digits):
    for folder in ("one", "two"):
        arguments = ("--dataset", digits, "--epochs", 1, "--seed", len(folder), "--run", f"{folder}/a")
        assert numnist("train", "mlp-quick", *arguments).code == 0
    assert numnist("show", "history", "one/a", "two/a", "--out", "a.svg").code == 0
    text = Path("a.svg").read_text("utf-8")
    assert ">one/a<" in text
    assert ">two/a<" in text


def test_runs_overlaid_are_labelled_by_what_differs(numnist, digits):
    for seed in (1, 2):
        arguments = ("--dataset", digits, "--epochs", 1, "--seed", seed, "--run", f"r{seed}")
        assert numnist("train", "mlp-quick", *arguments).code == 0
    assert numnist("show", "history", "r1", "r2", "--out", "a.svg").code == 0
    text = Path("a.svg").read_text("utf-8")
    assert ">seed 1<" in text
    assert ">seed 2<" in text


def test_find_rate_draws_and_tells_the_same_suggestion(numnist, digits):
    command = ("find-rate", "mlp-quick", "--dataset", digits, "--steps", 40)
    done = numnist(*command)
    assert done.code == 0, done.err
    assert done.out.startswith("Figure    rate.png\nTried     ")
    found = numnist(*command, "--json").json
    assert f"Suggested {found['suggestion']:.2g}   (the recipe has 0.002)" in done.out
    assert len(found["rates"]) == len(found["losses"]) == len(found["smoothed"])
    text = numnist(*command, "--text")
    assert f"step {len(found['rates'])}" in text.out
    assert numnist(*command, "--low", 1, "--high", 0.1).code == 2
