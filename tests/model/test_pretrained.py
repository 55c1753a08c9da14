"""Pretrained models: they lie in the package, say where they come from, and read what they say they read."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import Recipe, evaluate, load, load_model, load_recipe
from numnist.data.strokes.drawing import draw
from numnist.model.pretrained import PRETRAINED, pretrained_path

ALL = pytest.mark.parametrize("name", PRETRAINED)


@ALL
def test_a_ready_model_is_small_and_says_how_it_was_made(name):
    model = load_model(name)
    assert pretrained_path(name).stat().st_size <= 1_500_000
    recipe = Recipe.from_dict(model.about["recipe"])
    assert recipe.network == load_recipe(name).network == model.network
    assert recipe.seed == model.about["result"]["seed"]
    assert len(model.about["data_sha256"]) == 64
    assert model.about["result"]["weights_sha256"] == model.weights_sha256
    assert np.array_equal(model.theta, model.theta.astype(np.float16))


@pytest.mark.mnist
@ALL
def test_a_ready_model_reads_the_real_test_pictures_as_well_as_it_says(name):
    model = load_model(name)
    recipe = Recipe.from_dict(model.about["recipe"])
    data = load(recipe.dataset, validation=recipe.validation)
    assert model.about["data_sha256"] == data.sha256
    judged = evaluate(model, data.test)
    assert abs(judged.accuracy - model.about["result"]["test_accuracy"]) <= 2e-4, "another BLAS rounds differently"


def test_the_ready_digits_read_drawn_digits_they_were_never_shown():
    x, labels = draw(500, seed=11)
    assert np.mean(load_model("digits").predict(x) == labels) > 0.95


def test_a_file_of_that_name_comes_before_the_ready_model(tmp_path):
    (tmp_path / "digits").mkdir()
    load_model("fashion").save(tmp_path / "digits" / "model.safetensors")
    assert load_model("digits").classes[0] == "T-shirt/top"
