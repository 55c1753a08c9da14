"""Initializers: each has the mean, variance and range that it says, and none but Zeros makes zeros."""

from __future__ import annotations

import json
from math import prod, sqrt

import numpy as np
import pytest

from numnist.model.model import Model
from numnist.nn import (
    INITIALIZERS,
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LeCunNormal,
    Normal,
    Ones,
    Orthogonal,
    ReLU,
    Sequential,
    Zeros,
)
from numnist.support.rng import keyed_rng
from numnist.support.serialisation import from_dict, to_dict

SHAPE, FAN_IN, FAN_OUT = (200, 8, 5, 5), 200, 5000  # as of Conv2d(200, 5) on 8 channels
COUNT = prod(SHAPE)  # 40,000 numbers

# The standard deviation that each promises, and whether it is Gaussian.
SPREAD = {
    Normal(): (0.01, True),
    Normal(0.3): (0.3, True),
    HeNormal(): (sqrt(2 / FAN_IN), True),
    HeUniform(): (sqrt(2 / FAN_IN), False),
    GlorotNormal(): (sqrt(2 / (FAN_IN + FAN_OUT)), True),
    GlorotNormal(gain=4.0): (4 * sqrt(2 / (FAN_IN + FAN_OUT)), True),
    GlorotUniform(): (sqrt(2 / (FAN_IN + FAN_OUT)), False),
    GlorotUniform(gain=4.0): (4 * sqrt(2 / (FAN_IN + FAN_OUT)), False),
    LeCunNormal(): (sqrt(1 / FAN_IN), True),
}


def made(initializer, seed=0, shape=SHAPE, fan_in=FAN_IN, fan_out=FAN_OUT):
    return initializer(keyed_rng(seed, "weights", "w"), shape, fan_in, fan_out)


def test_every_initializer_is_tried():
    assert {type(i) for i in SPREAD} | {Zeros, Ones, Orthogonal} == set(INITIALIZERS.values())


@pytest.mark.parametrize("initializer", SPREAD, ids=repr)
def test_mean_and_spread_are_as_promised(initializer):
    std, gaussian = SPREAD[initializer]
    for seed in range(5):
        values = made(initializer, seed)
        # five standard errors: a mean of 40,000 strays by std/200; a Gaussian's std by its 1/√(2·40,000) = 1/283,
        # a uniform one's by less.  Only 1 test in a million would fail by chance, and these seeds are fixed.
        assert abs(values.mean()) < 5 * std / sqrt(COUNT)
        assert abs(values.std() / std - 1) < 5 / sqrt(2 * COUNT)
        if gaussian:
            assert 3.5 * std < np.abs(values).max() < 6 * std  # one in 40,000 lies beyond 4.2
            assert 0.67 < np.mean(np.abs(values) < std) < 0.695  # 0.683, and five times √(0.683·0.317/40,000)
        else:
            limit = sqrt(3) * std
            assert 0.999 * limit < np.abs(values).max() <= limit  # 40,000 draws reach 1/40,000 of the edge


@pytest.mark.parametrize("name", INITIALIZERS)
def test_shape_and_type(name):
    for shape in ((3, 4), (2, 3, 1, 5), (1, 1), (7, 1)):
        values = made(INITIALIZERS[name](), shape=shape)
        assert values.shape == shape
        assert values.dtype == np.float64
        assert values.flags.c_contiguous


@pytest.mark.parametrize("name", [name for name in INITIALIZERS if name not in ("Zeros", "Ones")])
def test_no_number_is_zero_and_none_comes_twice(name):
    """A known bug elsewhere: zeros, compared with uninitialised memory."""
    values = made(INITIALIZERS[name](), shape=(40, 30))
    assert np.all(values != 0)
    assert len(np.unique(values)) == values.size


def test_zeros_and_ones():
    assert not made(Zeros()).any()
    assert np.all(made(Ones()) == 1)


@pytest.mark.parametrize("shape", [(30, 30), (10, 40), (40, 10), (8, 2, 3, 3), (30, 2, 3, 3), (1, 5), (5, 1)])
@pytest.mark.parametrize("gain", [1.0, sqrt(2)])
def test_orthogonal_rows_or_columns(shape, gain):
    w = made(Orthogonal(gain), shape=shape).reshape(shape[0], -1)
    products = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    # 1e-14: sums of at most 40 products of order 1
    np.testing.assert_allclose(products, gain**2 * np.eye(min(w.shape)), atol=1e-14)


def test_orthogonal_prefers_no_direction():
    """Without its correction of signs, QR makes the first entry negative every time."""
    first = [made(Orthogonal(), seed, (4, 4))[0, 0] for seed in range(400)]
    assert abs(np.mean(np.sign(first))) < 5 / sqrt(400)  # five standard errors of a coin


@pytest.mark.parametrize("name", [name for name in INITIALIZERS if name not in ("Zeros", "Ones")])
def test_values_are_a_function_of_seed_and_name(name):
    initializer = INITIALIZERS[name]()
    assert np.array_equal(made(initializer, 3), made(initializer, 3))
    assert not np.array_equal(made(initializer, 3), made(initializer, 4))
    first, third = (initializer(keyed_rng(3, "weights", at), (9, 9), 9, 9) for at in ("0.w", "2.w"))
    assert not np.array_equal(first, third)


def test_fans_are_those_of_the_layer():
    dense = Dense(30).build((20,)).params["w"]
    assert (dense.fan_in, dense.fan_out) == (20, 30)
    conv = Conv2d(12, (3, 5), groups=2).build((4, 9, 9)).params["w"]
    assert (conv.fan_in, conv.fan_out) == (2 * 15, 6 * 15)  # what one output sees, and what sees one input


def test_signals_keep_their_size_through_ten_layers_of_he():
    """The reason to be of He's initializer: ReLU halves the variance, and 2 / fan_in makes it whole."""
    network = Sequential(Flatten(), *[layer for _ in range(10) for layer in (Dense(256), ReLU())], Dense(10))
    model = Model(network, (1, 16, 16), dtype=np.float64)
    x = np.random.default_rng(0).standard_normal((1, 16, 16, 200))
    y, _ = network.forward(model.p, x)
    assert 0.3 < y.std() / sqrt(2) < 3  # ten layers of ±10% by chance; Glorot's would be off by 2⁵ = 32


def test_model_starts_biases_at_0_and_scales_at_1():
    model = Model(Sequential(Conv2d(2, 3), BatchNorm(), Flatten(), Dense(4)), (1, 5, 5))
    arrays = model.parameters.arrays()
    assert not arrays["0.b"].any()
    assert not arrays["3.b"].any()
    assert np.all(arrays["1.w"] == 1)
    assert np.all(arrays["1.var"] == 1)
    assert np.all(arrays["0.w"] != 0)


def test_initial_weights_do_not_depend_on_other_layers():
    """By name, not by order of drawing: a layer added behind changes nothing before it."""
    short = Model(Sequential(Flatten(), Dense(6), ReLU(), Dense(4)), (1, 5, 5), seed=5)
    longer = Model(Sequential(Flatten(), Dense(6), ReLU(), Dense(4), ReLU(), Dense(3)), (1, 5, 5), seed=5)
    assert np.array_equal(short.p[1].w, longer.p[1].w)
    assert np.array_equal(short.p[3].w, longer.p[3].w)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_specification_survives_files(name):
    assert from_dict(json.loads(json.dumps(to_dict(INITIALIZERS[name]()))), INITIALIZERS) == INITIALIZERS[name]()
    assert repr(INITIALIZERS[name]()) == f"{name}()"
    assert repr(Normal(0.5)) == "Normal(std=0.5)"
