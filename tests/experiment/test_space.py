"""The space of a sweep, from words of --set."""

from __future__ import annotations

import pytest

from numnist import UsageError
from numnist.experiment.recipe import load_recipe, recipes
from numnist.experiment.sweeps.space import (
    Choices,
    Range,
    default_space,
    grid,
    grid_choices,
    is_logarithmic,
    read_domain,
    read_space,
    read_words,
)

QUICK = load_recipe("quick")


def space(*words):
    return read_space(QUICK, read_words(words))


def test_a_grid_is_every_combination_once():
    assert grid({"a": ["1", "2"], "b": ["x", "y"]}) == [
        {"a": "1", "b": "x"}, {"a": "1", "b": "y"}, {"a": "2", "b": "x"}, {"a": "2", "b": "y"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "domain"),
    [
        ("optimizer.learning_rate=1e-4..1e-1:log", Range(1e-4, 0.1, log=True)),
        ("batch_size=32..256:log", Range(32, 256, whole=True, log=True)),
        ("batch_size=32..256:step=32", Range(32, 256, whole=True, step=32)),
        ("batch_size=32..256:step=33", Range(32, 230, whole=True, step=33)),
        ("l2=0..1", Range(0.0, 1.0)),
        ("l2=0.1..0.5:step=0.1", Range(0.1, 0.5, step=0.1)),
        ("seed=0..2", Range(0, 2, whole=True)),
        ("optimizer.type=SGD,Adam", Choices(("SGD", "Adam"))),
        ("seed=0,1,2", Choices((0, 1, 2))),
        ("epochs=2", Choices((2,))),
        ("network.0.kernel=[3,5],[5,3]", Choices(("[3,5]", "[5,3]"))),
        ("dataset=../my,data..x", Choices(("../my,data..x",))),
    ],
)
def test_ranges_choices_and_fixed_values(word, domain):
    [found] = space(word).values()
    assert found == domain
    assert all(type(a) is type(b) for a, b in zip(found.ends(), domain.ends()))


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("l2", "give a field and its value"),
        ("=1", "give a field and its value"),
        ("l2=", "give a field and its value"),
        ("l2=3..1", "must be smaller"),
        ("l2=0..1:log", "begin above 0"),
        ("l2=0.1..1:log:step=0.1", "either :log or :step"),
        ("l2=0..1:step=2", "step must be above 0 and at most 1"),
        ("l2=a..b", "'a' is not a number"),
        ("l2=0..inf", "'inf' is not a number"),
        ("l2=0..1:lin", "a range is LOW..HIGH"),
        ("l2=1,1", "given twice"),
        ("l2=0.1,0.10", "given twice"),
        ("l2=1,1.0", "given twice"),
        ("l2=1,", "empty choice"),
        ("l2=-1..1", "l2"),
        ("optimizer.beta1=0.5..1", "beta1"),
        ("batch_size=1.5..3", "takes whole numbers"),
        ("optimizer.type=0..1", "optimizer.type"),
        ("normalization=0..1", "takes no numbers, so give choices"),
        ("lr=1..2", "there is no field 'lr'"),
        ("dataset.x=1", "no fields"),
        ("validation=10,20", "the same data: give validation one value"),
    ],
)
def test_what_makes_no_sense_is_refused(word, message):
    with pytest.raises(UsageError, match=message):
        space(word)


def test_a_field_that_only_some_of_the_types_have_is_refused():
    with pytest.raises(UsageError, match=r"there is no field 'optimizer.beta1'"):
        space("optimizer.type=SGD,Adam", "optimizer.beta1=0.5..0.9")
    assert len(space("optimizer.type=Adam,AdamW", "optimizer.beta1=0.5..0.9")) == 2


def test_a_field_is_set_once():
    with pytest.raises(UsageError, match="l2=1,2"):
        space("l2=1", "l2=2")


def test_a_range_in_a_grid_is_refused_with_what_to_write():
    with pytest.raises(UsageError, match=r"--set l2=0\.0001,0\.01,1, or search with --search 40"):
        grid_choices(space("l2=1e-4..1:log"))
    with pytest.raises(UsageError, match="batch_size=32,48,64"):
        grid_choices(space("batch_size=32..64"))
    assert grid_choices(space("l2=0,1", "seed=3")) == {"l2": (0, 1), "seed": (3,)}


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.name)
def test_every_recipe_has_a_default_space(recipe):
    found = default_space(recipe)
    words = {name: str(domain) for name, domain in found.items()}
    assert set(read_space(recipe, words)) == set(found)
    assert found["optimizer.learning_rate"].low < recipe.optimizer.learning_rate
    assert found["optimizer.learning_rate"].high > recipe.optimizer.learning_rate
    rates = sum(name.endswith(".rate") for name in found)
    assert rates == repr(recipe.network).count("Dropout(")


@pytest.mark.parametrize(
    ("text", "logarithmic"),
    [
        ("1e-4..1e-1:log", True), ("1e-4..1e-1", False), ("1e-4,1e-1", True), ("0.01,0.1", False), ("0,0.1,100", False),
        ("SGD,Adam", False),
    ],
)  # fmt: skip
def test_what_spans_decades_is_drawn_so(text, logarithmic):
    assert is_logarithmic(read_domain("optimizer.learning_rate", text)) is logarithmic
