"""Fields of a recipe on the command line and in recipe files: each is given in one way, and means what it says."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from numnist import Recipe, UsageError, load_recipe, recipes
from numnist.experiment.fields import field_names, get_field, set_fields

SMALL = ("--batch-size", 32, "--epochs", 1, "--no-report")


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.name)
def test_every_field_of_a_recipe_can_be_set_to_what_it_is(recipe):
    for name in field_names(recipe):
        value = get_field(recipe, name)
        assert set_fields(recipe, {name: "none" if value is None else str(value).replace("True", "true").replace(
            "False", "false")}) == recipe, name  # fmt: skip


def whole_numbers(recipe: Recipe) -> list[str]:
    return [name for name in field_names(recipe) if type(get_field(recipe, name)) is int]


@pytest.mark.parametrize("name", sorted({(r.name, name) for r in recipes() for name in whole_numbers(r)}))
def test_no_whole_number_takes_a_fraction(name):
    recipe, field = load_recipe(name[0]), name[1]
    for value in (1.5, 2.0, "1.5", "1e3"):
        with pytest.raises(UsageError, match="must be"):
            set_fields(recipe, {field: value})


def test_a_recipe_file_with_a_fraction_is_refused(numnist):
    shown = numnist("recipes", "mlp-quick", "--toml").out
    for line, wrong in (("epochs = 10", "epochs = 1.5"), ("units = 256", "units = 256.5"), ("seed = 0", "seed = 0.5")):
        assert line in shown
        Path("mine.toml").write_text(shown.replace(line, wrong))
        done = numnist("train", "mine.toml")
        assert done.code == 2
        assert done.err.startswith("error: mine.toml: ")
        assert f"is {wrong.split()[-1]}, but must be a whole number" in done.err


def test_a_set_field_may_be_the_data_set(numnist, digits):
    done = numnist("train", "mlp-quick", "--set", f"dataset={digits}", "epochs=1", "title=one, two", "--json",
                   "--no-report")  # fmt: skip
    assert done.code == 0, done.err
    assert done.json["dataset"] == digits.name
    assert load_recipe(Path("runs/mlp-quick-1/config.toml")).title == "one, two"


def test_a_warning_is_a_note_and_said_once(numnist, digits):
    recipe = numnist("recipes", "mlp-quick").out.replace("]\nepochs", '    { type = "ReLU" },\n]\nepochs')
    Path("relu.toml").write_text(recipe)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        done = numnist("train", "relu.toml", "--dataset", digits, *SMALL)
    assert done.code == 0, done.err
    lines = [line for line in done.err.splitlines() if "ends in ReLU" in line]
    assert len(lines) == 1
    assert lines[0].startswith("Warning   the network ends in ReLU")
    assert "UserWarning" not in done.err


def test_a_recipe_that_ends_in_softmax_is_refused(numnist, digits):
    recipe = numnist("recipes", "mlp-quick").out.replace("]\nepochs", '    { type = "Softmax" },\n]\nepochs')
    Path("softmax.toml").write_text(recipe)
    done = numnist("train", "softmax.toml", "--dataset", digits)
    assert done.code == 2
    assert "ends in Softmax, but must end in logits" in done.err
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("option", "field"),
    [
        (("--epochs", 1), "epochs=2"),
        (("--pictures", 30), "pictures=20"),
        (("--learning-rate", 0.1), "optimizer.learning_rate=0.2"),
        (("--optimizer", "SGD"), "optimizer.type=Adam"),
        (("--size", 28, 28), "size=[14,14]"),
    ],
)
def test_a_field_is_given_one_way(numnist, digits, option, field):
    done = numnist("train", "mlp-quick", "--dataset", digits, *option, "--set", field)
    assert done.code == 2
    assert f"{option[0]} and --set both give {field.partition('=')[0]}: leave one of them out" in done.err


def test_a_sweep_takes_a_field_one_way_too(numnist, digits):
    done = numnist("sweep", "mlp-quick", "--dataset", digits, "--epochs", 1, "--set", "epochs=2")
    assert done.code == 2
    assert "--epochs and --set both give epochs: leave one of them out" in done.err


def test_the_units_of_the_last_layer_are_taken_at_their_word(numnist, digits):
    last = len(load_recipe("mlp-quick").network.layers) - 1
    done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL, "--set", f"network.{last}.units=11")
    assert done.code == 2
    assert "make the last layer Dense(10)" in done.err
