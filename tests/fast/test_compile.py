"""compile: what training and inference run differs from the layers as they are written, but no value does."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.evaluation.gradcheck import gradcheck
from numnist.fast.compile import FEW, Program, compile
from numnist.fast.prepared import Prepared
from numnist.model.model import Model
from numnist.nn import (
    EVAL,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    MaxPool2d,
    Mode,
    ReLU,
    Residual,
    Sequential,
    Tanh,
    Views,
)
from tests.nn.bench import bench, gradients, vector_views
from tests.nn.cases import Case
from tests.small import dataset

TRAIN = Mode(True, 1, (2,), 0.3)


def trained(network: Sequential, count: int = FEW) -> Program:
    return compile(network, count, training=True)


def inferred(network: Sequential, count: int) -> Program:
    return compile(network, count, training=False)


POOLED = [
    Sequential(ReLU(), MaxPool2d(2)),
    Sequential(ReLU(), MaxPool2d(3, 2), MaxPool2d(2), ReLU()),
    Sequential(ReLU(), ReLU(), MaxPool2d(2)),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("whole", [False, True], ids=["numbers", "with ties and zeros"])
@pytest.mark.parametrize("network", POOLED, ids=repr)
def test_pooling_before_relu_changes_no_bit(network, whole, dtype):
    assert [step.at for step in trained(network).steps] != list(range(len(network.layers))), (
        "this network runs in another order"
    )
    b = bench(Case(network, (2, 9, 8), 3), dtype, whole=whole)
    found, expected = gradients(trained(network), b, TRAIN), gradients(network, b, TRAIN)
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])


# By im2col: few channels, or what Winograd does not do.  By Winograd: 3 × 3 and 5 × 5 over 8 channels and more.
IM2COL = [
    (Sequential(Conv2d(3, 3)), (2, 9, 8)),
    (Sequential(Conv2d(3, 3, bias=False), ReLU()), (2, 9, 8)),
    (Sequential(Conv2d(3, 3), ReLU(), MaxPool2d(2)), (2, 9, 8)),
    (Sequential(Conv2d(3, 3), MaxPool2d(2), ReLU(), Flatten(), Dense(4)), (2, 9, 8)),
    (Sequential(Conv2d(3, (3, 2), stride=(1, 2), padding=1), MaxPool2d((2, 3)), ReLU()), (2, 9, 13)),
    (Sequential(Conv2d(3, 3, dilation=2, padding="same"), MaxPool2d(3, 3, "valid")), (2, 10, 11)),
    (Sequential(Conv2d(8, 3, stride=2), ReLU(), MaxPool2d(2)), (8, 13, 12)),
    (Sequential(Conv2d(8, 3), ReLU(), MaxPool2d(3)), (8, 11, 12)),
    (Sequential(Conv2d(4, 3), BatchNorm(), ReLU(), MaxPool2d(2)), (2, 9, 8)),
    (Sequential(Conv2d(4, 3), BatchNorm()), (2, 9, 8)),
    (Sequential(Conv2d(4, 3, bias=False), BatchNorm(), MaxPool2d((2, 3))), (2, 10, 8)),
    (Sequential(Conv2d(4, 3, dilation=2), BatchNorm(), MaxPool2d(2), ReLU()), (2, 11, 9)),
    (Sequential(Residual(Sequential(Conv2d(3, 3, padding=1), ReLU())), MaxPool2d(3, 1, 1)), (3, 6, 7)),
    (Sequential(Conv2d(4, 3), ReLU(), Dropout(0.4), Conv2d(3, 2), ReLU()), (2, 7, 8)),
]
WINOGRAD = [
    (Sequential(Conv2d(9, 3)), (8, 12, 13)),
    (Sequential(Conv2d(9, 3), ReLU(), MaxPool2d(2)), (8, 12, 13)),
    (Sequential(Conv2d(9, 5, padding="same"), ReLU()), (8, 12, 13)),
    (Sequential(Conv2d(9, 5, padding=3, bias=False), MaxPool2d((4, 1))), (8, 9, 14)),
    (Sequential(Conv2d(9, 3, padding=1), MaxPool2d((1, 2)), ReLU()), (10, 5, 3)),
    (Sequential(Conv2d(8, 3), ReLU(), MaxPool2d(2), Flatten(), Dense(3)), (8, 4, 4)),
    (Sequential(Conv2d(9, 5, padding="same"), BatchNorm(), ReLU(), MaxPool2d(2)), (8, 7, 14)),
    (Sequential(Conv2d(9, 3, bias=False), BatchNorm(), MaxPool2d((2, 4)), ReLU()), (8, 9, 11)),
    (Sequential(Conv2d(9, 3, padding=1), BatchNorm(), ReLU()), (8, 8, 6)),
    (Sequential(Tanh(), Conv2d(9, 3), ReLU(), Conv2d(8, 3), LeakyReLU(), MaxPool2d(2)), (8, 9, 8)),
]


def largest_error(found, expected):
    """The largest difference between results, as a part of the largest number in its array (or of 1)."""
    pairs = [(found[0], expected[0]), (found[1], expected[1])]
    pairs += [(found[2][name], expected[2][name]) for name in expected[2]]
    return max(np.abs(a - b).max() / max(1, np.abs(b).max()) for a, b in pairs)


@pytest.mark.parametrize("flipped", [False, True], ids=["", "with negative weights"])
@pytest.mark.parametrize("N", [1, 17])
@pytest.mark.parametrize(("network", "shape"), IM2COL + WINOGRAD, ids=str)
def test_blocks_equal_the_layers_as_written(network, shape, N, flipped):
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 1e-4 if (network, shape) in WINOGRAD else 2e-5)):
        b = bench(Case(network, shape, N), dtype)
        if flipped:
            for name, array in b.arrays.items():
                if not name.endswith("var"):
                    array *= np.where(np.arange(array.size) % 3 == 0, -1, 1).reshape(array.shape)
        assert largest_error(gradients(trained(network), b, TRAIN), gradients(network, b, TRAIN)) < tolerance
        found, written = inferred(network, N).forward(b.p, b.x)[0], network.forward(b.p, b.x)[0]
        assert np.abs(found - written).max() < tolerance * max(1, np.abs(written).max())


def test_few_pictures_run_through_a_prepared_network():
    network = POOLED[0]
    assert isinstance(compile(network, FEW - 1, training=False), Prepared)
    assert isinstance(compile(network, FEW, training=False), Program)
    assert isinstance(compile(network, 1, training=True), Program)


@pytest.mark.parametrize(("network", "shape"), [pair for pair in IM2COL if len(trained(pair[0]).steps) == 1], ids=str)
def test_of_equal_outputs_the_first_gets_the_gradient(network, shape):
    b = bench(Case(network, shape, 4), np.float64, whole=True)
    for array in b.arrays.values():  # whole numbers everywhere: ties are exact, and sums too
        array[...] = np.round(array)
    if any(isinstance(layer, BatchNorm) for layer in network.layers):
        pytest.skip("a mean makes fractions of whole numbers, which tie or not by rounding")
    assert largest_error(gradients(trained(network), b, TRAIN), gradients(network, b, TRAIN)) < 1e-12


def test_the_gradient_without_dx_is_the_same():
    for network, shape in IM2COL + WINOGRAD:
        b = bench(Case(network, shape, 16), np.float64)
        with_dx, without = gradients(trained(network), b, TRAIN), gradients(trained(network), b, TRAIN, want_dx=False)
        assert without[1] is None
        for name in with_dx[2]:
            assert np.array_equal(with_dx[2][name], without[2][name])


def test_backward_leaves_dy_and_may_be_called_again():
    for network, shape in IM2COL + WINOGRAD:
        b = bench(Case(network, shape, 16), np.float64)
        dy, (_, cache) = b.dy.copy(), trained(network).forward(b.p, b.x, TRAIN)
        results = []
        for _ in range(2):
            g, arrays = vector_views(b.plan, np.full(b.plan.size, np.nan))
            results.append([trained(network).backward(b.p, g, b.dy, cache), *arrays.values()])
        assert np.array_equal(b.dy, dy)
        assert all(np.array_equal(*pair) for pair in zip(*results))


def test_batch_norm_in_a_block_keeps_its_digits_far_from_zero():
    # mean 1,000 and deviation 1: Σz² alone would lose all digits of the variance in float32
    network = Sequential(Conv2d(3, 3), BatchNorm())
    b = bench(Case(network, (2, 8, 9), 6), np.float32)
    b.arrays["0.b"][...] = 0
    b.x[...] += 1000
    exact = bench(Case(network, (2, 8, 9), 6), np.float64)
    for name, array in b.arrays.items():
        exact.arrays[name][...] = array
    exact.x[...] = b.x
    found, expected = trained(network).forward(b.p, b.x, TRAIN)[0], network.forward(exact.p, exact.x, TRAIN)[0]
    # the products themselves are of order 10,000 with 7 digits
    assert np.abs(found - expected).max() < 0.02
    assert 0.9 < found[0].std() / expected[0].std() < 1.1


def test_no_pictures_make_no_outputs():
    for network, shape in IM2COL + WINOGRAD:
        b = bench(Case(network, shape, 1), np.float64, N=0)
        assert inferred(network, 0).forward(b.p, b.x)[0].shape == (*b.plan.out_shape, 0)


def test_gradients_of_blocks_are_right():
    network = Sequential(
        Conv2d(8, 3, padding=1), ReLU(), Conv2d(9, 5, padding=2), BatchNorm(), ReLU(), MaxPool2d(2), Flatten(), Dense(4)
    )
    assert [type(step).__name__ for step in trained(network).steps] == ["ConvBlock", "NormBlock", "Single", "Single"]
    assert gradcheck(Model(network, dataset(), dtype=np.float64, classes="abcd"), seed=1, samples=16)


@pytest.mark.parametrize("layer", [LeakyReLU(), Tanh()], ids=repr)
def test_other_activations_stay_where_they_are(layer):
    assert [step.at for step in trained(Sequential(layer, MaxPool2d(2))).steps] == [0, 1]
    assert [step.at for step in trained(Sequential(Conv2d(3, 3), layer, MaxPool2d(2))).steps] == [0, 1, 2]


@pytest.mark.parametrize(
    ("pool", "taken"),
    [
        (MaxPool2d(2), True),
        (MaxPool2d(3, 2), False),
        (MaxPool2d(2, padding=1), False),
        (MaxPool2d(2, 2, "same"), False),
    ],
    ids=repr,
)
def test_a_block_takes_pooling_only_over_windows_side_by_side(pool, taken):
    assert len(trained(Sequential(Conv2d(3, 3), ReLU(), pool)).steps) == (1 if taken else 2)


def test_layers_of_your_own_are_never_part_of_a_block():
    class Mine(Conv2d):
        pass

    assert [type(step).__name__ for step in trained(Sequential(Mine(3, 3), ReLU())).steps] == ["Single", "Single"]
    assert len(trained(Sequential(Conv2d(4, 3, groups=2), ReLU())).steps) == 2


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("kind", "shape"), [(Dense(3), (4,)), (ReLU(), (4,)), (Conv2d(3, 2), (2, 4, 4))], ids=repr)
def test_a_layer_of_your_own_runs_as_you_wrote_it_whatever_it_inherits_from(kind, shape, training):
    class Mine(type(kind)):
        def forward(self, p, x, mode=EVAL):
            y, cache = super().forward(p, x, mode)
            return 2 * y, cache

    b = bench(Case(kind, shape, FEW))
    mine = Mine(**vars(kind))
    for network, p in ((mine, b.p), (Sequential(mine), Views(Sequential(kind).build(shape), renamed(b.arrays)))):
        found, written = (layer.forward(p, b.x)[0] for layer in (compile(network, FEW, training), network))
        assert np.array_equal(found, written)


def renamed(arrays):
    """The names of a layer's arrays inside a Sequential."""
    return {f"0.{name}": array for name, array in arrays.items()}
