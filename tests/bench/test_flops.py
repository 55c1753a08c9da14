"""Flops: a step's count against numbers worked out by hand."""

from __future__ import annotations

from numnist.bench.flops import training_flops
from numnist.bench.networks import REFERENCES


def flops(name: str, batch: int) -> int:
    return training_flops(REFERENCES[name].network.build((1, 28, 28)), batch)


def test_dense_layers_cost_three_products_each_and_the_first_only_two():
    first, rest = 784 * 256, 256 * 128 + 128 * 10
    assert flops("mlp", 1) == 2 * (2 * first + 3 * rest)


def test_the_batch_multiplies():
    assert flops("mlp", 128) == 128 * flops("mlp", 1)


def test_a_convolution_counts_its_kernel_at_every_place():
    first = 26 * 26 * 28 * 9
    rest = 28 * 13 * 13 * 128 + 128 * 10
    assert flops("cnn28", 1) == 2 * (2 * first + 3 * rest)


def test_dropout_pooling_and_batch_norm_count_nothing():
    first, second = 28 * 28 * 32 * 25, 14 * 14 * 64 * 32 * 25
    rest = second + 64 * 7 * 7 * 256 + 256 * 10
    assert flops("lenet-bn", 1) == 2 * (2 * first + 3 * rest)
