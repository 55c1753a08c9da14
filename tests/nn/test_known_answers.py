"""Answers printed elsewhere, to their last printed digit: affine, convolution, pooling, and three optimizers.

Inputs are evenly spaced numbers.  Elsewhere arrays are batch-first and weights (in, out); here they are turned round.
"""

from __future__ import annotations

import numpy as np
import pytest

from numnist.naive import forward as slow_forward
from numnist.nn import Conv2d, Dense, Layer, MaxPool2d
from numnist.optim.optimizers import Adam, Momentum, RMSProp
from tests.nn.bench import vector_views


def spaced(start, stop, *shape):
    return np.linspace(start, stop, int(np.prod(shape))).reshape(shape)


def both_forwards(layer: Layer, x, **arrays):
    """y of the layer and of its slow twin, batch-first.   x: (N, ...)"""
    x = np.moveaxis(x, 0, -1)
    plan = layer.build(x.shape[:-1])
    p, places = vector_views(plan, np.zeros(plan.size))
    for name, values in arrays.items():
        places[name][...] = values
    return [np.moveaxis(y, -1, 0) for y in (layer.forward(p, x)[0], slow_forward(layer, p, x))]


def printed(value, text):
    """Whether the value, rounded to the digits printed, is what is printed."""
    digits = len(text.partition(".")[2])
    return abs(value - float(text)) <= 0.5000001 * 10**-digits  # half a unit of the last digit


@pytest.mark.parametrize("twin", [0, 1], ids=["fast", "slow"])
def test_affine(twin):
    w, b = spaced(-0.2, 0.3, 120, 3), spaced(-0.3, 0.1, 3)
    y = both_forwards(Dense(3), spaced(-0.1, 0.5, 2, 120), w=w.T, b=b[:, None])[twin]
    expected = [["1.49834967", "1.70660132", "1.91485297"], ["3.25553199", "3.5141327", "3.77273342"]]
    assert y.shape == (2, 3)
    assert all(printed(y[n, k], expected[n][k]) for n in range(2) for k in range(3)), y


@pytest.mark.parametrize("twin", [0, 1], ids=["fast", "slow"])
def test_convolution_of_stride_2_and_padding_1(twin):
    w, b = spaced(-0.2, 0.3, 3, 3, 4, 4), spaced(-0.1, 0.2, 3)
    y = both_forwards(Conv2d(3, 4, stride=2, padding=1), spaced(-0.1, 0.5, 2, 3, 4, 4), w=w, b=b[:, None])[twin]
    assert y.shape == (2, 3, 2, 2)
    assert printed(y.flat[0], "-0.08759809")
    assert printed(y.flat[-1], "2.38247847")


@pytest.mark.parametrize("twin", [0, 1], ids=["fast", "slow"])
def test_max_pool(twin):
    y = both_forwards(MaxPool2d(2), spaced(-0.3, 0.4, 2, 3, 4, 4))[twin]
    assert y.shape == (2, 3, 2, 2)
    assert printed(y.flat[0], "-0.26315789")
    assert printed(y.flat[-1], "0.4")


W, DW = spaced(-0.4, 0.6, 20), spaced(-0.6, 0.4, 20)
OPTIMIZERS = {
    "momentum": (Momentum(1e-3, momentum=0.9), {"v": spaced(0.6, 0.9, 20)}, 1, "0.1406", "1.4096"),
    "RMSProp": (RMSProp(1e-2, decay=0.99), {"s": spaced(0.6, 0.9, 20)}, 1, "-0.39223849", "0.59576619"),
    "Adam at step 6": (
        Adam(1e-2),
        {"m": spaced(0.6, 0.9, 20) / (1 - 0.9), "v": spaced(0.7, 0.5, 20) / (1 - 0.999)},  # as Adam counts them
        6,
        "-0.40094747",
        "0.59801459",
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer(name):
    optimizer, slots, t, first, last = OPTIMIZERS[name]
    theta = W.copy()
    optimizer.update(theta, DW, {slot: value.copy() for slot, value in slots.items()}, optimizer.learning_rate, t)
    assert printed(theta[0], first), theta[0]
    assert printed(theta[-1], last), theta[-1]
