"""Variants: what a recipe becomes when its activations, pooling, regularisation or pictures are changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from numnist import (
    AdamW,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    GlorotNormal,
    HeNormal,
    MaxPool2d,
    Model,
    Recipe,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Tanh,
    UsageError,
    gradcheck,
    load_recipe,
)  # fmt: skip
from numnist.experiment.variants import (
    ACTIVATIONS,
    DROPOUT,
    L2,
    POOLINGS,
    REGULARIZATIONS,
    for_overfitting,
    with_activation,
    with_pooling,
    with_regularization,
)

NETWORK = Sequential(
    Conv2d(4, 3, padding="same"), ReLU(), Residual(Sequential(BatchNorm(), Tanh(), Conv2d(4, 3, padding="same"))),
    MaxPool2d((3, 2), stride=2, padding=1), Flatten(), Dense(5), ReLU(), Dense(10),
)  # fmt: skip
RECIPE = Recipe("deep", "a network with layers inside others", "strokes", NETWORK)


def test_the_activation_changes_everywhere_and_initial_weights_with_it():
    glorot = GlorotNormal(gain=4.0)
    changed = with_activation(RECIPE, "sigmoid").network
    assert changed == Sequential(
        Conv2d(4, 3, padding="same", initializer=glorot), Sigmoid(),
        Residual(Sequential(BatchNorm(), Sigmoid(), Conv2d(4, 3, padding="same", initializer=glorot))),
        MaxPool2d((3, 2), stride=2, padding=1), Flatten(), Dense(5, initializer=glorot), Sigmoid(),
        Dense(10, initializer=glorot),
    )  # fmt: skip


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_makes_a_network_with_right_gradients(name):
    recipe = with_activation(replace(RECIPE, network=Sequential(*NETWORK.layers[-4:])), name)
    assert gradcheck(Model(recipe.network, (1, 4, 4))).ok
    assert with_activation(with_activation(recipe, "tanh"), name) == recipe


@pytest.mark.parametrize(("name", "kind"), [("average", AvgPool2d), ("max", MaxPool2d)])
def test_pooling_changes_and_keeps_its_windows(name, kind):
    changed = with_pooling(with_pooling(RECIPE, "average"), name)
    assert changed.network.layers[3] == kind((3, 2), stride=2, padding=1)
    assert changed.network.layers[2] == NETWORK.layers[2]


def test_a_network_without_pooling_is_refused():
    recipe = replace(RECIPE, network=Sequential(Conv2d(4, 3), GlobalAvgPool(), Dense(10)))
    with pytest.raises(UsageError, match="no pooling to change"):
        with_pooling(recipe, "average")


def test_regularization_is_one_of_l2_dropout_and_neither():
    l2, dropout, none = (with_regularization(RECIPE, name) for name in REGULARIZATIONS)
    assert (l2.l2, l2.network) == (L2, NETWORK)
    assert (none.l2, none.network) == (0, NETWORK)
    assert dropout.l2 == 0
    assert dropout.network.layers == (*NETWORK.layers[:-1], Dropout(DROPOUT), Dense(10))
    assert with_regularization(dropout, "l2") == l2


def test_a_recipes_own_l2_and_dropout_are_kept():
    recipe = replace(RECIPE, l2=0.5, network=Sequential(Flatten(), Dropout(0.1), Dense(10)))
    assert with_regularization(recipe, "l2").l2 == 0.5
    assert with_regularization(recipe, "dropout").network == recipe.network


def test_dropout_needs_a_dense_layer_at_the_end():
    recipe = replace(RECIPE, network=Sequential(Conv2d(10, 3), GlobalAvgPool()))
    with pytest.raises(UsageError, match="does not end in a Dense layer"):
        with_regularization(recipe, "dropout")


def test_overfitting_takes_all_restraint_away():
    recipe = for_overfitting(
        replace(load_recipe("fashion-quick"), l2=0.1, average=0.9, patience=3, optimizer=AdamW(0.01)), 10
    )
    assert (recipe.pictures, recipe.batch_size) == (10, 10)
    assert (recipe.l2, recipe.augment, recipe.average, recipe.patience, recipe.optimizer.weight_decay) == (
        0, None, None, None, 0,
    )  # fmt: skip
    assert not any(isinstance(layer, Dropout) for layer in recipe.network.layers)
    assert recipe.overfit, "and it stops when all are learnt"
    with pytest.raises(UsageError, match="leave one of them out"):
        replace(recipe, patience=3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda: with_activation(RECIPE, "rellu"), "did you mean 'relu'"),
        (lambda: with_pooling(RECIPE, "mean"), ", ".join(POOLINGS)),
        (lambda: with_regularization(RECIPE, "l1"), ", ".join(REGULARIZATIONS)),
    ],
)
def test_an_unknown_name_is_answered_with_those_there_are(change, words):
    with pytest.raises(UsageError, match=words):
        change()


def test_initial_weights_suit_the_activation():
    assert with_activation(RECIPE, "relu").network.layers[0].initializer == HeNormal()
    assert with_activation(RECIPE, "Leaky_ReLU").network.layers[0].initializer == HeNormal()
