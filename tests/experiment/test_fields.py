"""Every field of a recipe by its name."""

from __future__ import annotations

import pytest

from numnist import SGD, Adam, Augment, AvgPool2d, UsageError, recipes
from numnist.experiment.fields import field_names, get_field, set_fields, takes
from numnist.experiment.recipe import load_recipe

QUICK = load_recipe("quick")


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.name)
def test_every_field_of_every_recipe_can_be_set_to_what_it_is(recipe):
    names = field_names(recipe)
    assert len(names) > 30
    assert set_fields(recipe, {name: get_field(recipe, name) for name in names if get_field(recipe, name)}) == recipe


@pytest.mark.parametrize(
    ("name", "word", "value"),
    [
        ("optimizer.learning_rate", "1e-3", 0.001),
        ("optimizer.learning_rate", "1", 1.0),
        ("optimizer.learning_rate", ".5", 0.5),
        ("network.0.filters", "8", 8),
        ("network.0.bias", "false", False),
        ("network.0.padding", "same", "same"),
        ("network.0.padding", "2", 2),
        ("network.0.kernel", "[3, 5]", [3, 5]),
        ("network.0.initializer.type", "HeNormal", "HeNormal"),
        ("schedule.peak", "0.5", 0.5),
        ("title", "12", "12"),
        ("title", '"12"', "12"),
        ("clip_norm", "2", 2.0),
        ("size", "[28, 30]", [28, 30]),
        ("augment.shift", "0.1", 0.1),
        ("patience", "3", 3),
        ("validation", "none", None),
        ("seed", "7", 7),
    ],
)
def test_words_are_what_they_are_in_toml(name, word, value):
    found = get_field(set_fields(QUICK, {name: word}), name)
    assert found == value
    assert type(found) is type(value)


def test_a_field_without_a_value_gets_one_and_loses_it():
    augmented = set_fields(QUICK, {"augment.rotation": 10})
    assert augmented.augment == Augment(rotation=10)
    assert set_fields(augmented, {"augment": "none"}) == QUICK


def test_a_new_type_keeps_what_both_types_have_whatever_the_order():
    changed = set_fields(QUICK, {"optimizer.weight_decay": "0.1", "optimizer.type": "sgd"})
    assert changed.optimizer == SGD(QUICK.optimizer.learning_rate, 0.1)
    back = set_fields(changed, {"optimizer.beta1": "0.8", "optimizer.type": "Adam"})
    assert back.optimizer == Adam(0.01, 0.1, beta1=0.8)
    assert set_fields(QUICK, {"network.1.type": "avg-pool2d"}).network.layers[1] == AvgPool2d(2)


def test_fields_of_fields_and_of_layers_inside_layers():
    words = {"schedule.then.final": "0.1", "schedule.type": "Warmup", "schedule.then.type": "CosineDecay"}
    assert get_field(set_fields(QUICK, words), "schedule.then") == {"type": "CosineDecay", "final": 0.1}
    from tests.experiment.searching import RECIPE
    from tests.small import CONV

    deep = set_fields(RECIPE.override(network=CONV), {"network.3.body.0.filters": "6", "network.7.rate": "0"})
    assert deep.network.layers[7].rate == 0


def test_what_numbers_a_field_takes():
    kinds = {name: takes(QUICK, name) for name in ("l2", "batch_size", "clip_norm", "network.0.kernel", "title")}
    assert kinds == {"l2": "real", "batch_size": "whole", "clip_norm": "real", "network.0.kernel": "whole", "title": ""}
    assert takes(QUICK, "optimizer.type") == ""


@pytest.mark.parametrize(
    ("name", "word", "message"),
    [
        ("learning_rate", "1", r"did you mean 'optimizer.learning_rate'\?\); a recipe has name, title"),
        ("optimizer.learnin_rate", "1", r"mean 'optimizer.learning_rate'\?\); optimizer \(Adam\) has type, learning"),
        ("network.10.rate", "1", r"network has 0 \(Conv2d\), 1 \(MaxPool2d\)"),
        ("network.x", "1", r"network has 0 \(Conv2d\)"),
        ("network.-1.units", "1", r"network has 0 \(Conv2d\)"),
        ("network.2.rate", "1", r"network.2 \(ReLU\) has type"),
        ("optimizer.learning_rate.x", "1", "is 0.01, which has no fields"),
        ("", "1", "there is no field ''"),
        ("size.0", "1", "this recipe has no size"),
        ("optimizer", "Adam", "as optimizer.type=Adam"),
        ("optimizer", "sgd", "as optimizer.type=SGD"),
        ("loss", "none", "as loss.type=MulticlassSVM"),
        ("network", "3", r"set a field of one of them, network.0 \(Conv2d\)"),
        ("network.0", "3", "network.0.type, network.0.filters"),
        ("optimizer.type", "Adan", r"did you mean 'Adam'\?"),
        ("optimizer.type", "OneCycle", "there are SGD"),
        ("batch_size", "1.5", "batch_size is 1.5, but must be a whole number"),
        ("batch_size", "8.0", "whole number"),
        ("batch_size", "0", "at least 1"),
        ("seed", "true", "must be a number"),
        ("network.0.bias", "1", "must be true or false"),
        ("optimizer.learning_rate", "fast", "is fast, but must be a number"),
        ("optimizer.learning_rate", "-1", "from 0"),
        ("optimizer.learning_rate", "nan", "finite"),
        ("l2", "none", "must be a number"),
        ("l2", "1\nepochs = 3", "must be a number"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_there_is(name, word, message):
    with pytest.raises(UsageError, match=message):
        set_fields(QUICK, {name: word})
