"""Training requests: only small trainings of known recipes, on data that is available locally."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from numnist.experiment.recipe import load_recipe
from numnist.model.model import load_model
from numnist.serve.state.models import ModelEntry
from numnist.serve.training.request import (
    MOST_EPOCHS,
    RECIPES,
    parse_training_request,
    starting_point,
    training_choices,
)
from numnist.support.errors import UsageError

DIGITS = load_model("digits")
PRETRAINED = ModelEntry("digits", DIGITS, DIGITS.weights_sha256, "ready")
RUN = replace(PRETRAINED, name="mine", source="run", path=Path("runs/mine/model.safetensors"))


def test_without_any_data_on_this_machine_drawn_digits_are_offered():
    offered = {choice["recipe"]: choice for choice in training_choices()}
    assert set(offered) == set(RECIPES) - {"fashion-quick"}  # clothes cannot be drawn
    assert {choice["data"] for choice in offered.values()} == {"strokes"}
    assert offered["mlp-quick"] == {
        "recipe": "mlp-quick", "title": load_recipe("mlp-quick").title, "data": "strokes", "epochs": 3,
        "most_epochs": MOST_EPOCHS, "learning_rate": 0.002, "parameters": 235146,
    }  # fmt: skip


@pytest.mark.mnist
def test_data_that_is_available_locally_is_offered():
    assert [choice["recipe"] for choice in training_choices()] == list(RECIPES)
    assert {choice["data"] for choice in training_choices()} == {"mnist", "fashion-mnist"}
    assert parse_training_request({"recipe": "fashion-quick"}).recipe.dataset == "fashion-mnist"


def test_what_is_not_said_is_the_recipes_own():
    recipe = parse_training_request({"recipe": "quick"}).recipe
    assert recipe == load_recipe("quick").on("strokes")


def test_epochs_and_rate_can_be_chosen():
    recipe = parse_training_request(
        {"recipe": "mlp-quick", "epochs": 1, "learning_rate": 1, "data": "strokes", "from": None}
    ).recipe
    assert (recipe.epochs, recipe.optimizer.learning_rate) == (1, 1.0)


def test_a_trained_model_goes_on_gently_by_its_own_recipe():
    wanted = parse_training_request({"from": "digits", "epochs": 2}, PRETRAINED)
    assert (wanted.start, wanted.start_name) == (Path("digits"), "digits")
    assert wanted.recipe.name == "digits"
    assert wanted.recipe.optimizer.learning_rate == pytest.approx(0.0003)  # 0.1 × 0.003 in floats
    assert wanted.recipe.augment is not None


def test_what_was_kept_is_a_folder_of_which_one_in_six_is_for_validation(tmp_path):
    recipe = parse_training_request({"from": "digits", "data": "kept"}, PRETRAINED, tmp_path / "digits").recipe
    assert recipe.dataset == str(tmp_path / "digits")
    assert recipe.validation is None  # 5,000 would be more than anybody draws
    assert (recipe.epochs, recipe.batch_size) == (20, 16)


def test_a_run_goes_on_from_its_file():
    assert starting_point(RUN) == RUN.path
    with pytest.raises(UsageError, match="has no file to go on from"):
        starting_point(replace(RUN, path=None))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "recipe is None"),
        ({"recipe": "cnn28"}, "must be one of quick"),
        ({"recipe": "../quick"}, "must be one of quick"),
        ({"recipe": ["quick"]}, "must be one of quick"),
        ({"recipe": "quick", "epochs": 0}, "whole number from 1 to 20"),
        ({"recipe": "quick", "epochs": 21}, "whole number from 1 to 20"),
        ({"recipe": "quick", "epochs": 1.0}, "whole number from 1 to 20"),
        ({"recipe": "quick", "epochs": True}, "whole number from 1 to 20"),
        ({"recipe": "quick", "learning_rate": 0}, "a number above 0"),
        ({"recipe": "quick", "learning_rate": 1e9}, "a number above 0"),
        ({"recipe": "quick", "learning_rate": "0.1"}, "a number above 0"),
        ({"recipe": "quick", "learning_rate": float("nan")}, "a number above 0"),
        ({"recipe": "quick", "data": "mnist"}, r"data is 'mnist', but must be null"),
        ({"recipe": "quick", "data": ["kept"]}, "but must be null"),
        ({"recipe": "quick", "data": "kept"}, "name one in 'from'"),
        ({"recipe": "quick", "seed": 3}, "unknown field 'seed'"),
    ],
)
def test_what_makes_no_sense_is_refused(asked, message):
    with pytest.raises(UsageError, match=message):
        parse_training_request(asked)


def test_another_network_than_the_models_is_refused():
    with pytest.raises(UsageError, match="another network than recipe quick: leave recipe out"):
        parse_training_request({"recipe": "quick", "from": "digits"}, PRETRAINED)


def test_a_model_without_a_recipe_is_refused():
    nameless = load_model("digits")
    nameless.about = {}
    with pytest.raises(UsageError, match="does not say by what recipe"):
        parse_training_request({"from": "x"}, replace(PRETRAINED, model=nameless))
