"""Sequential: the order in which layers run may differ from the one in which they are written, but no value may."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.layers import EVAL, Conv2d, Dense, Flatten, LeakyReLU, MaxPool2d, Mode, ReLU, Sequential, Sigmoid
from tests.layers.bench import Bench, bench, gradients, vector_views
from tests.layers.cases import Case


def as_written(network: Sequential, b: Bench, mode: Mode) -> tuple:
    """(y, dx, {name: gradient}) layer by layer, in the order in which they are written."""
    g, arrays = vector_views(b.plan, np.full(b.plan.size, np.nan, b.x.dtype))
    x, caches = b.x, []
    for i, layer in enumerate(network.layers):
        x, cache = layer.forward(b.p[i], x, mode.inside(i))
        caches.append(cache)
    y, dy = x, b.dy
    for i in reversed(range(len(network.layers))):
        dy = network.layers[i].backward(b.p[i], g[i], dy, caches[i])
    return y, dy, arrays


NETWORKS = [
    Sequential(ReLU(), MaxPool2d(2)),
    Sequential(Conv2d(3, 3), ReLU(), MaxPool2d(2), Flatten(), Dense(4)),
    Sequential(Conv2d(3, 3, padding=1), ReLU(), MaxPool2d(3, 1, 1), ReLU(), MaxPool2d(2, padding="same")),
    Sequential(ReLU(), MaxPool2d(3, 2), MaxPool2d(2), ReLU()),
    Sequential(ReLU(), ReLU(), MaxPool2d(2)),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("whole", [False, True], ids=["numbers", "with ties and zeros"])
@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_pooling_before_relu_changes_no_value(network, whole, dtype):
    assert network.order != list(range(len(network.layers))), "this network is run in another order"
    b = bench(Case(network, (2, 9, 8), 3), dtype, whole=whole)
    for mode in (EVAL, Mode(True, 1, (2,))):
        found, expected = gradients(network, b, mode), as_written(network, b, mode)
        assert np.array_equal(found[0], expected[0])
        assert np.array_equal(found[1], expected[1])
        for name, gradient in expected[2].items():
            assert np.array_equal(found[2][name], gradient)


@pytest.mark.parametrize("layer", [LeakyReLU(), Sigmoid()], ids=repr)
def test_only_relu_is_moved(layer):
    assert Sequential(layer, MaxPool2d(2)).order == [0, 1]


def test_relu_runs_after_the_pooling_that_follows_it():
    assert Sequential(Conv2d(3, 3), ReLU(), MaxPool2d(2), Flatten()).order == [0, 2, 1, 3]
