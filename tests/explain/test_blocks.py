"""Blocks in words: one sentence each, with the block's own numbers."""

from __future__ import annotations

import pytest

from numnist import AvgPool2d, BatchNorm, Conv2d, Dense, Flatten, MaxPool2d, ReLU, Residual, Sequential, load_model
from numnist.explain.units.blocks import block_names, block_words
from numnist.interpret.blocks import FOLLOWERS, UNSEEN, blocks
from numnist.model.pretrained import pretrained_path
from numnist.nn import LAYERS


def told(network, shape=(1, 28, 28)):
    found = blocks(network.build(shape))
    return dict(zip(map(str, block_names(found)), (str(block_words(found, k)) for k in range(len(found))), strict=True))


@pytest.fixture
def digits():
    return told(load_model(pretrained_path("digits")).network)


def test_convolutions_are_counted_and_the_last_block_is_the_scores(digits):
    assert list(digits) == [*(f"Convolution {k}" for k in range(1, 8)), "Scores"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "Convolution 1",
            "32 filters each look at 3 × 3 pixels at a time, batch norm puts each output on a common scale, "
            "and ReLU sets what is negative to 0: 32 maps of 26 × 26.",
        ),
        (
            "Convolution 3",
            "32 filters each look at 5 × 5 places of all 32 maps at a time, 2 places further each time, batch norm "
            "puts each output on a common scale, and ReLU sets what is negative to 0: 32 maps of 12 × 12.",
        ),
        (
            "Convolution 7",
            "128 filters each look at all 4 × 4 places of all 64 maps, batch norm puts each output on a common scale, "
            "and ReLU sets what is negative to 0: 128 numbers.",
        ),
        ("Scores", "10 units each weigh all 128 numbers and add them up: one score for each class."),
    ],
)
def test_a_sentence_has_the_numbers_of_its_block(digits, name, sentence):
    assert digits[name] == sentence


def test_a_dense_layer_weighs_the_pixels():
    sentences = told(load_model(pretrained_path("lesson-0")).network)
    assert list(sentences) == ["Dense layer 1", "Dense layer 2", "Scores"]
    assert sentences["Dense layer 1"] == (
        "50 units each weigh all 784 inputs and add them up, and the sigmoid presses the sums between 0 and 1: "
        "50 numbers."
    )


def test_pooling_colours_groups_and_gaps_are_named():
    network = Sequential(
        Conv2d(4, (1, 3)), MaxPool2d(2), Conv2d(4, 3, groups=2, dilation=2), AvgPool2d((2, 3)), Flatten(), Dense(2)
    )
    first, second, _ = told(network, (3, 28, 28)).values()
    assert first == (
        "4 filters each look at 1 × 3 pixels in 3 colours at a time, and max pooling keeps the largest of each 2 × 2: "
        "4 maps of 14 × 13."
    )
    assert second.startswith("4 filters each look at 3 × 3 places of 2 maps at a time with gaps between them, and ave")
    assert second.endswith("keeps the mean of each 2 × 3: 4 maps of 5 × 3.")


def test_what_stands_before_is_told_first_and_a_shortcut_is_named():
    network = Sequential(BatchNorm(), Residual(Conv2d(1, 3, padding=1)), ReLU(), Flatten(), Dense(2))
    assert told(network)["Residual block"] == (
        "Batch norm puts each output on a common scale, layers around which a shortcut leads compute what to add to "
        "their input, and ReLU sets what is negative to 0: one map of 28 × 28."
    )


def test_merged_blocks_name_their_steps():
    network = Sequential(*[Conv2d(2, 3, padding="same"), ReLU()] * 9, Flatten(), Dense(4))
    assert told(network)["Convolutions 1"] == (
        "2 steps, each with its own weights: 2 filters of 3 × 3, then 2 filters of 3 × 3. They make 2 maps of 28 × 28."
    )


def test_without_weights_it_passes_on_what_it_is_given():
    assert told(Flatten(), (1, 1, 3)) == {"Scores": "It passes on what it is given: one score for each class."}


@pytest.mark.parametrize("kind", [kind for kind in FOLLOWERS if kind not in UNSEEN], ids=lambda kind: kind.__name__)
def test_every_kind_of_layer_has_its_words(kind):
    layer = kind(2) if kind in (MaxPool2d, AvgPool2d) else kind()
    last = [] if kind is LAYERS["GlobalAvgPool"] else [Flatten()]
    sentences = told(Sequential(Conv2d(3, 3), layer, *last, Dense(2)))
    assert sentences["Convolution"].startswith("3 filters each look at 3 × 3 pixels at a time, and ")
