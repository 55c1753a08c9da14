"""Costs: what makes a training step fast, in counts that are the same on every machine.

The bounds are what is so today.  Who needs more says why, and what docs/performance.md measures then.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from numnist.bench.networks import REFERENCES
from numnist.fast.compile import compile
from numnist.model.model import Model
from numnist.nn import BatchNorm, Conv2d, MaxPool2d, Mode, ReLU, Sequential
from numnist.nn.base import Views
from numnist.optim.optimizers import SGD, Adam, Momentum
from tests.training.counted import Counted, counted


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
    ("layers", "forward", "backward"),
    [
        # bias; what ReLU lets through.  Backward: one product with that
        ((Conv2d(3, 3), ReLU()), 2, 1),
        # a 2 × 2 window: half and a quarter are compared, as many are the larger; then who won in a row and in all
        ((Conv2d(3, 3), ReLU(), MaxPool2d(2)), 3, 1),
        # less a shift, and the window as above.  Backward: the parts of batch norm's gradient, and the window's
        ((Conv2d(3, 3), BatchNorm(), ReLU(), MaxPool2d(2)), 3, 5.7),
    ],
    ids=["conv, ReLU", "conv, ReLU, max pool", "conv, batch norm, ReLU, max pool"],
)
def test_passes_of_a_block(layers, forward, backward):
    network, N = Sequential(*layers), 4
    plan = network.build((2, 10, 10))
    p = Views(plan, {name: counted(np.ones(param.shape)) for name, param in plan.walk()})
    g = Views(plan, {name: np.zeros(param.shape) for name, param in plan.walk()})
    run = compile(network, N, training=True)
    y, cache = run.forward(p, np.random.default_rng(0).standard_normal((2, 10, 10, N)), Mode(True))
    outputs = 3 * 8 * 8 * N
    assert 0 < Counted.passes(outputs) <= forward + 0.1  # some more over the filters
    run.backward(p, g, counted(np.ones(y.shape)), cache, want_dx=False)
    assert 0 < Counted.passes(outputs) <= backward + 0.1


# Bytes at the peak of forward and backward of 32 pictures, as multiples of the bytes of all activations between the
# layers as they are written: backward needs less than all of them, Winograd's tiles and batch norm need their own.
PEAKS = {"mlp": 0.82, "cnn28": 0.61, "torch-example": 1.18, "lenet-bn": 1.57, "deep-mlp": 1.24}


@pytest.mark.parametrize("name", PEAKS)
def test_memory_at_the_peak_of_a_pass(name):
    network, N = REFERENCES[name].network, 32
    model = Model(network, (1, 28, 28), seed=None)
    g = model.parameters.views(np.empty_like(model.theta))
    x = np.random.default_rng(0).standard_normal((1, 28, 28, N), np.float32)
    run = compile(network, N, training=True)
    run.forward(model.p, x, Mode(True))  # what is made once is there
    tracemalloc.start()
    try:
        y, caches = run.forward(model.p, x, Mode(True))
        run.backward(model.p, g, np.ones_like(y), caches, want_dx=False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    activations = 4 * N * sum(int(np.prod(plan.out_shape)) for _, plan in model.plan.leaves())
    assert peak <= 1.03 * PEAKS[name] * activations, f"{peak / activations:.2f} times the activations"
