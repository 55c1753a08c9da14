"""Starting from another model's weights: classes are matched by name, and other classes get a new last layer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from numnist import Conv2d, Dense, Flatten, GlobalAvgPool, Model, ReLU, Sequential, SoftmaxCrossEntropy
from numnist.experiment.recipe import Recipe
from numnist.experiment.start import start_from
from numnist.support.errors import ModelFileError
from tests import small

RECIPE = Recipe("own", "own", "own", small.CONV)
PATH = Path("start.safetensors")
DATA = small.dataset()


def made(network=small.CONV, data=DATA, seed=3):
    return Model(network, data, seed=seed)


def test_for_the_same_classes_it_is_the_same_model():
    start = made()
    model, note = start_from(start, PATH, RECIPE, DATA)
    assert model is start
    assert note == ""


def test_classes_in_another_order_keep_their_logits():
    order = [2, 0, 3, 1]
    data = replace(DATA, classes=tuple(DATA.classes[k] for k in order))
    start = made()
    model, note = start_from(start, PATH, RECIPE, data)
    assert model.classes == data.classes
    assert "another order" in note
    assert np.array_equal(model.logits(DATA.test.x), start.logits(DATA.test.x)[:, order])


def test_names_may_differ_in_capitals_and_hyphens():
    data = replace(DATA, classes=("Band-0", "BAND 1", "band_2", "band 3"))
    model, note = start_from(made(), PATH, RECIPE, data)
    assert model.classes == data.classes
    assert note == ""


def test_some_of_the_classes_keep_their_logits():
    data = replace(small.dataset(classes=3), classes=("band 3", "band 0", "band 1"))
    start = made()
    model, note = start_from(start, PATH, RECIPE.for_classes(3), data)
    assert model.classes == data.classes
    assert "of its 4 classes bands has 3" in note
    # of other rows, which BLAS may sum in another order
    np.testing.assert_allclose(model.logits(data.test.x), start.logits(data.test.x)[:, [3, 0, 1]], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("classes", [("a", "b", "c", "d"), ("band 0", "band 1", "band 2", "other"), ("x", "y")])
def test_other_classes_get_a_new_last_layer_and_keep_all_others(classes):
    data = small.dataset(classes=len(classes))
    data = replace(data, classes=classes)
    start = made()
    model, note = start_from(start, PATH, RECIPE.for_classes(len(classes)), data)
    assert "the last layer is new" in note
    assert model.classes == classes
    last = f"{len(small.CONV.layers) - 1}."
    again = start_from(start, PATH, RECIPE.for_classes(len(classes)), data)[0].parameters.arrays()
    old = start.parameters.arrays()
    for name, array in model.parameters.arrays().items():
        assert np.array_equal(array, again[name] if name.startswith(last) else old[name]), name
    assert np.array_equal(model.normalization.mean, start.normalization.mean)


def test_a_new_last_layer_does_not_begin_as_the_starts_own_did():
    """Both may have the same seed; an output that began alike would still answer to the class that stood there."""
    data = replace(DATA, classes=tuple("abcd"[: len(DATA.classes)]))
    model, _ = start_from(made(seed=RECIPE.seed), PATH, RECIPE, data)
    name = f"{len(small.CONV.layers) - 1}.w"
    new, began = model.parameters.arrays()[name], made(seed=RECIPE.seed).parameters.arrays()[name]
    assert abs(np.corrcoef(new.ravel(), began.ravel())[0, 1]) < 4 / new.size**0.5  # four deviations of independent ones
    assert np.std(new) == pytest.approx(np.std(began), rel=0.3)  # drawn from the same distribution


@pytest.mark.parametrize("names", ["the same", "reversed", "other"])
@pytest.mark.parametrize("background", [False, True])
def test_whether_pictures_of_no_class_are_told_is_the_recipes_word(names, background):
    loss, outliers = SoftmaxCrossEntropy(background=background), 10 * background
    classes = {"the same": DATA.classes, "reversed": DATA.classes[::-1], "other": tuple("abcd")}[names]
    start = made()
    start.background = not background
    recipe = replace(RECIPE, loss=loss, outliers=outliers)
    assert start_from(start, PATH, recipe, replace(DATA, classes=classes))[0].background is background


def test_another_network_is_refused():
    with pytest.raises(ModelFileError, match="another network"):
        start_from(made(small.MLP), PATH, RECIPE, DATA)


def test_pictures_of_another_shape_are_refused():
    with pytest.raises(ModelFileError, match=r"pictures of shape \(1, 8, 8\).*--size"):
        start_from(made(), PATH, RECIPE, small.dataset(shape=(1, 10, 10)))


def test_a_network_without_a_last_dense_layer_takes_its_own_classes_only():
    network = Sequential(Conv2d(8, 3), ReLU(), Conv2d(small.CLASSES, 3), GlobalAvgPool())
    recipe = replace(RECIPE, network=network)
    start_from(made(network), PATH, recipe, DATA)
    with pytest.raises(ModelFileError, match="does not end in a Dense layer"):
        start_from(made(network), PATH, recipe, replace(DATA, classes=tuple("abcd")))


def test_a_network_of_one_layer_may_be_replaced_too():
    network = Sequential(Flatten(), Dense(small.CLASSES))
    model, _ = start_from(made(network), PATH, replace(RECIPE, network=network), replace(DATA, classes=tuple("abcd")))
    assert model.classes == tuple("abcd")
