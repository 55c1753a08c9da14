"""Blocks: every layer is in one of them, and a convolution has with it what belongs to it."""

from __future__ import annotations

import pytest

from numnist import BatchNorm, Conv2d, Dense, Dropout, Flatten, MaxPool2d, Model, ReLU, Sequential, load_model
from numnist.interpret.blocks import MOST, blocks, steps
from numnist.interpret.trace import trace
from numnist.model.pretrained import pretrained_path
from tests.small import CONV, MLP, dataset


def places(network, shape=(1, 8, 8), **settings):
    return [block.places for block in blocks(network.build(shape), **settings)]


def test_a_convolution_has_its_norm_its_activation_and_its_pooling():
    network = Sequential(
        Conv2d(2, 3), BatchNorm(), ReLU(), MaxPool2d(2), Dropout(0.1), Conv2d(3, 3), Flatten(), Dropout(0.2), Dense(4)
    )
    found = blocks(network.build((1, 8, 8)))
    assert [block.places for block in found] == [tuple("01234"), tuple("567"), ("8",)]
    assert [block.shown for block in found] == [3, 0, 0]  # before what changes no number
    assert [block.out_shape for block in found] == [(2, 3, 3), (3, 1, 1), (4,)]
    assert [type(head.layer).__name__ for block in found for head in block.heads] == ["Conv2d", "Conv2d", "Dense"]


def test_what_comes_first_belongs_to_the_first_block():
    assert places(MLP) == [("0", "1", "2"), ("3",)]
    assert places(Sequential(BatchNorm(), ReLU(), Conv2d(2, 3), ReLU(), Flatten(), Dense(3))) == [
        tuple("01234"),
        ("5",),
    ]


def test_a_residual_is_a_block_and_nested_layers_are_walked_through():
    assert places(CONV) == [("0", "1", "2"), ("3", "4", "5", "6", "7"), ("8", "9"), ("10",)]
    assert places(Sequential(Sequential(Flatten(), Dense(4)), Sequential(ReLU(), Dense(3)))) == [
        ("0.0", "0.1", "1.0"),
        ("1.1",),
    ]


def test_a_network_that_is_no_sequence_or_has_no_head_is_one_block():
    assert places(Dense(3), (5,)) == [("",)]
    (block,) = blocks(Sequential(Flatten(), Dropout(0.5)).build((1, 2, 2)))
    assert (block.places, block.shown, block.heads) == (("0", "1"), 1, ())


def test_of_more_than_eight_the_smallest_neighbours_of_one_size_are_merged():
    network = Sequential(*[Conv2d(2, 3, padding="same")] * 9, MaxPool2d(2), Conv2d(2, 3), Flatten(), Dense(4))
    found = blocks(network.build((1, 8, 8)))
    assert len(found) == MOST == 8
    assert [len(block.heads) for block in found] == [2, 2, 2, 1, 1, 1, 1, 1]
    assert found[-1].places == ("12",)


@pytest.mark.parametrize("most", [1, 2, 3])
def test_however_few_blocks_the_scores_stay_alone_as_long_as_there_are_two(most):
    found = places(Sequential(Flatten(), *[Dense(4)] * 5), most=most)
    assert len(found) == most
    assert most == 1 or found[-1] == ("5",)


@pytest.mark.parametrize("name", ["digits", "fashion", "lesson-0"])
def test_the_pretrained_models_have_at_most_eight_blocks_with_every_layer_once(name):
    model = load_model(pretrained_path(name))
    found = blocks(model.plan)
    assert len(found) == {"digits": 8, "fashion": 6, "lesson-0": 3}[name]
    assert [place for block in found for place in block.places] == [place for place, _ in steps(model.plan)]
    assert all(len(block.heads) == 1 for block in found)


def test_steps_are_those_of_a_trace():
    model = Model(CONV, dataset())
    traced = trace(model, dataset().test.x[:1])
    assert [(place, plan.out_shape) for place, plan in steps(model.plan)] == [(t.place, t.shape) for t in traced]
