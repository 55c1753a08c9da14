"""Reference networks: what the comparison is about, spelled out."""

from __future__ import annotations

import pytest

from numnist import Dropout, UsageError
from numnist.bench.networks import REFERENCES, references

BATCHES = {"mlp": 128, "cnn28": 1024, "torch-example": 128, "lenet-bn": 128, "deep-mlp": 256}
PARAMETERS = {  # by hand
    "mlp": 784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10,
    "cnn28": 9 * 28 + 28 + 28 * 13 * 13 * 128 + 128 + 1290,
    "torch-example": 9 * 32 + 32 + 32 * 9 * 64 + 64 + 64 * 12 * 12 * 128 + 128 + 1290,
    "lenet-bn": 25 * 32 + 5 * 32 + 32 * 25 * 64 + 5 * 64 + 64 * 7 * 7 * 256 + 256 + 2570,  # bias; w, b, mean, var
    "deep-mlp": 785 * 3000 + 3001 * 2500 + 2501 * 2000 + 2001 * 1500 + 1501 * 1000 + 1001 * 500 + 501 * 10,
}


def test_the_five_networks_have_the_agreed_batches_and_parameters():
    assert {r.name: r.batch for r in references()} == BATCHES
    assert {r.name: r.network.build((1, 28, 28)).size for r in references()} == PARAMETERS


@pytest.mark.parametrize("name", REFERENCES)
def test_every_network_makes_ten_logits_of_a_picture(name):
    assert REFERENCES[name].network.build((1, 28, 28)).out_shape == (10,)


def test_without_dropout_nothing_else_is_left_out():
    for reference in references():
        dropped = [layer for layer in reference.network.layers if not isinstance(layer, Dropout)]
        assert list(reference.without_dropout.layers) == dropped
    assert len(REFERENCES["deep-mlp"].network.layers) - len(REFERENCES["deep-mlp"].without_dropout.layers) == 6


def test_a_name_that_is_none_of_theirs_is_refused_with_a_suggestion():
    with pytest.raises(UsageError, match="cnn28"):
        references(["cnn82"])
