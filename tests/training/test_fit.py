"""fit, and what is said of usual mistakes in Python: each has a clear error or warning."""

from __future__ import annotations

import gc
import warnings

import numpy as np
import pytest

from numnist import (
    Adam,
    Dense,
    Epoch,
    Flatten,
    MeanSquaredError,
    Model,
    MulticlassSVM,
    ReLU,
    Sequential,
    Settings,
    Sigmoid,
    Softmax,
    UsageError,
    evaluate,
    fit,
    recipes,
    train,
)
from numnist.training.last_layer import check_last_layer
from tests.small import CLASSES, MLP, dataset, trained


def test_fit_trains_to_the_end_and_returns_its_history():
    model, told = Model(MLP, dataset()), []
    history = fit(model, dataset(), Settings(Adam(0.01), epochs=3), on_epoch=told.append)
    assert [epoch.epoch for epoch in history] == [1, 2, 3]
    assert history == told
    assert all(isinstance(epoch, Epoch) for epoch in history)
    assert history[-1].validation_accuracy == evaluate(model, dataset().validation).accuracy
    assert model.weights_sha256 == trained(optimizer=Adam(0.01), epochs=3).weights_sha256


def test_settings_are_given_by_name_too():
    model = Model(MLP, dataset())
    assert len(fit(model, dataset(), optimizer=Adam(0.01), epochs=2, threads=1)) == 2
    assert model.weights_sha256 == trained(optimizer=Adam(0.01), epochs=2).weights_sha256
    assert len(fit(model, dataset(), Settings(epochs=3), epochs=1)) == 1


def test_the_history_ends_where_training_stopped_early():
    history = fit(Model(MLP, dataset()), dataset(), optimizer=Adam(0.0), epochs=9, patience=2)
    assert len(history) == 3, "a rate of 0 never gets better than after the first epoch"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epoch": 3}, r"fit has no setting 'epoch' \(did you mean 'epochs'\?\); there are optimizer, schedule"),
        ({"learning_rate": 0.1}, r"it belongs to the optimizer, as in optimizer=Adam\(learning_rate=0.001\)"),
        ({"epochs": 1.5}, "epochs is 1.5, but must be a whole number"),
        ({"optimizer": "adam"}, r"optimizer is the text 'adam', but must be an object: write optimizer=Adam\(...\)"),
        ({"settings": 3}, "settings is 3, but must be a Settings"),
    ],
)
def test_a_wrong_setting_is_named(settings, words):
    with pytest.raises(UsageError, match=words):
        fit(Model(MLP, dataset()), dataset(), **settings)


@pytest.mark.parametrize("function", [fit, lambda *arguments: next(train(*arguments))], ids=["fit", "train"])
def test_what_is_no_model_or_data_is_named(function):
    with pytest.raises(UsageError, match=r"^model is .*, but must be a Model"):
        function(MLP, dataset())
    with pytest.raises(UsageError, match=r"^data is .*, but must be a Dataset"):
        function(Model(MLP, dataset()), dataset().train)


def forgotten(model: Model) -> None:
    train(model, dataset())
    gc.collect()


def test_a_training_that_nobody_iterates_warns():
    model = Model(MLP, dataset())
    before = model.weights_sha256
    with pytest.warns(RuntimeWarning, match=r"nothing was trained: train\(...\) trains while you loop"):
        forgotten(model)
    assert model.weights_sha256 == before


def test_one_that_was_begun_or_closed_does_not():
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        events = train(Model(MLP, dataset()), dataset(), threads=1)
        next(events)
        del events
        train(Model(MLP, dataset()), dataset()).close()
        for _ in train(Model(MLP, dataset()), dataset(), threads=1):
            break
        gc.collect()
    assert found == []


def test_evaluate_wants_one_split():
    model = Model(MLP, dataset())
    with pytest.raises(UsageError, match=r"got all of Dataset\('bands'.*: write evaluate\(model, data.test\)"):
        evaluate(model, dataset())
    with pytest.raises(UsageError, match="split is of type ndarray, but must be a Split"):
        evaluate(model, dataset().test.x)
    with pytest.raises(UsageError, match=r"^model is .*, but must be a Model"):
        evaluate(dataset().test, model)


def network(last) -> Sequential:
    return Sequential(Flatten(), Sequential(Dense(CLASSES), last))


@pytest.mark.parametrize("settings", [Settings(), Settings(loss=MulticlassSVM())], ids=["cross entropy", "svm"])
def test_a_network_that_ends_in_softmax_is_refused(settings):
    model = Model(network(Softmax()), dataset())
    with pytest.raises(UsageError, match=r"ends in Softmax, but must end in logits.*Leave the last layer out"):
        train(model, dataset(), settings)


@pytest.mark.parametrize("last", [ReLU(), Sigmoid()], ids=repr)
def test_a_network_that_ends_in_another_activation_warns(last):
    model = Model(network(last), dataset())
    with pytest.warns(UserWarning, match=f"ends in {type(last).__name__}.*leave the last {type(last).__name__} out"):
        fit(model, dataset(), threads=1)


def test_with_a_squared_error_only_softmax_warns():
    settings = Settings(loss=MeanSquaredError(), epochs=1)
    fit(Model(network(Sigmoid()), dataset()), dataset(), settings, threads=1)
    with pytest.warns(UserWarning, match="predict_proba takes the softmax itself"):
        fit(Model(network(Softmax()), dataset()), dataset(), settings, threads=1)


def test_softmax_of_a_softmax_cannot_be_sure():
    """Why it is refused: of probabilities the softmax is at most e / (e + classes - 1)."""
    sure = np.exp(1) / (np.exp(1) + CLASSES - 1)
    model = Model(network(Softmax()), dataset())
    assert model.predict_proba(dataset().test.x).max() <= sure + 1e-6  # of float32, whose steps are 6e-8


def test_no_recipe_ends_in_an_activation():
    for recipe in recipes():
        check_last_layer(recipe.network, recipe.loss)
