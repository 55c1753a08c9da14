"""Costs: what makes a training step fast, in counts that are the same on every machine.

The bounds are what is so today.  Who needs more says why, and what docs/performance.md measures then.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from numnist.bench.networks import REFERENCES
from numnist.layers import Conv2d, MaxPool2d, Mode, ReLU, Sequential
from numnist.layers.base import Views
from numnist.model import Model
from numnist.optimizers import SGD, Adam, Momentum
from tests.counted import Counted, counted


@pytest.fixture(autouse=True)
def nothing_counted_before() -> Iterator[None]:
    Counted.numbers.clear()
    yield
    Counted.numbers.clear()


@pytest.mark.parametrize(("optimizer", "passes"), [(SGD(), 2), (Momentum(), 4), (Adam(), 10)], ids=str)
def test_passes_of_an_optimizer(optimizer, passes):
    rng, size = np.random.default_rng(0), 1000
    slots = {name: counted(rng.uniform(1, 2, size)) for name in optimizer.slots}
    optimizer.update(counted(rng.standard_normal(size)), counted(rng.standard_normal(size)), slots, 0.1, 1)
    assert 0 < Counted.passes(size) <= passes


@pytest.mark.parametrize(
    ("layers", "passes"),
    [
        # z: 1 bias, 1 ReLU, and in training 1 comparison for backward
        ((Conv2d(3, 3), ReLU()), 3),
        # a 2 × 2 window: of z half is compared, half is the larger, half is not the larger; then a quarter each ...
        ((Conv2d(3, 3), ReLU(), MaxPool2d(2)), 4.5),
    ],
    ids=["conv, ReLU", "conv, ReLU, max pool"],
)
def test_passes_of_a_block_forward(layers, passes):
    network, N = Sequential(*layers), 4
    plan = network.build((2, 10, 10))
    w, b = counted(np.ones((3, 2, 3, 3))), counted(np.ones((3, 1)))
    p = Views(plan, {"0.w": w, "0.b": b})
    network.forward(p, np.random.default_rng(0).standard_normal((2, 10, 10, N)), Mode(True))
    assert 0 < Counted.passes(3 * 8 * 8 * N) <= passes


# Bytes at the peak of forward, loss and backward of 32 pictures, as multiples of the bytes of all activations
# between the layers as they are written: forward keeps what backward needs, which is less than all of them.
PEAKS = {"mlp": 3.0, "cnn28": 1.0, "torch-example": 2.0, "lenet-bn": 2.0}


@pytest.mark.parametrize("name", PEAKS)
def test_memory_at_the_peak_of_a_pass(name):
    network, N = REFERENCES[name].network, 32
    model = Model(network, (1, 28, 28))
    g = model.views(np.empty_like(model.theta))
    x = np.random.default_rng(0).standard_normal((1, 28, 28, N), np.float32)
    y, _ = network.forward(model.p, x, Mode(True))  # what is made once is there
    tracemalloc.start()
    try:
        y, caches = network.forward(model.p, x, Mode(True))
        network.backward(model.p, g, np.ones_like(y), caches, want_dx=False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    activations = 4 * N * sum(int(np.prod(plan.out_shape)) for _, plan in model.plan.leaves())
    assert peak <= PEAKS[name] * activations, f"{peak / activations:.2f} times the activations"
