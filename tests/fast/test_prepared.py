"""Prepared: arrays that are made once and used again, and never a number that is out of date or somebody else's."""

from __future__ import annotations

import copy
import threading

import numpy as np
import pytest

from numnist import (
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool2d,
    Model,
    ReLU,
    Residual,
    Sequential,
    ShapeError,
    UsageError,
)
from numnist.fast.compile import compile
from numnist.fast.prepared import SHAPES, Prepared
from numnist.nn import EVAL, Mode, Plan
from tests.nn.bench import bench
from tests.nn.cases import Case
from tests.small import CONV, dataset, trained

PICTURES = dataset().test.x
# 1e-11: sums of some hundred products of order 1, in another order
CLOSE = {"rtol": 1e-11, "atol": 1e-11}

NETWORKS = [
    (Sequential(Conv2d(6, 1), ReLU(), Conv2d(4, 1, groups=2)), (2, 5, 6)),
    (Sequential(Conv2d(6, 1, padding=1), BatchNorm()), (2, 5, 6)),
    (Sequential(Conv2d(6, 3, groups=3), ReLU(), MaxPool2d(2)), (3, 9, 8)),
    (Sequential(Conv2d(6, 3, stride=2, padding="same", groups=2), BatchNorm(), ReLU()), (4, 9, 8)),
    (Sequential(Conv2d(6, (2, 3), dilation=(1, 2), padding="same"), ReLU(), AvgPool2d(2)), (2, 7, 9)),
    (Sequential(Conv2d(5, 3), MaxPool2d(3), ReLU()), (2, 9, 12)),
    (Sequential(Conv2d(5, 3), MaxPool2d((1, 4))), (2, 4, 14)),
    (Sequential(Conv2d(5, 3), MaxPool2d(2), MaxPool2d(2)), (1, 12, 11)),
    (Sequential(Conv2d(5, 3), ReLU(), ReLU(), MaxPool2d(3, 2)), (1, 12, 11)),
    # as many channels as make several blocks of columns
    (Sequential(Conv2d(3, 5, padding=2), BatchNorm(), ReLU(), MaxPool2d(2)), (40, 19, 23)),
    (Sequential(Conv2d(3, 5, stride=(1, 2), padding=2), ReLU(), MaxPool2d(2)), (60, 19, 23)),
    (Sequential(Residual(Sequential(ReLU(), Conv2d(3, 3, padding=1), BatchNorm())), GlobalAvgPool()), (3, 6, 7)),
    (Sequential(Residual(Dropout(0.5)), Residual(ReLU(), Conv2d(3, 1))), (3, 6, 7)),
    (Sequential(Sequential(Flatten(), Dense(9, bias=False), BatchNorm(), ReLU()), Dense(4)), (2, 3, 4)),
    (Conv2d(4, 3), (2, 5, 6)),
    (Dense(4), (5,)),
    (Flatten(), (2, 3, 4)),
]  # fmt: skip


@pytest.mark.parametrize("N", [1, 2, 7])
@pytest.mark.parametrize(("network", "shape"), NETWORKS, ids=str)
def test_it_equals_the_layers_as_written(network, shape, N):
    for flipped in (False, True):  # also with negative weights, for batch norm before pooling
        b = bench(Case(network, shape, N))
        if flipped:
            for name, array in b.arrays.items():
                if not name.endswith("var"):
                    array *= np.where(np.arange(array.size) % 3 == 0, -1, 1).reshape(array.shape)
        prepared = Prepared(network)
        for x in (b.x, np.asfortranarray(b.x[::-1]), -b.x):  # the second and the third in arrays that were used before
            np.testing.assert_allclose(prepared.forward(b.p, x)[0], network.forward(b.p, x)[0], **CLOSE)


@pytest.mark.parametrize(("network", "shape"), NETWORKS, ids=str)
def test_weights_may_change_between_two_calls(network, shape):
    b = bench(Case(network, shape, 2))
    prepared = Prepared(network)
    prepared.forward(b.p, b.x)
    for array in b.arrays.values():  # one after the other, each in place; variances stay positive
        array *= 1.5
        np.testing.assert_allclose(prepared.forward(b.p, b.x)[0], network.forward(b.p, b.x)[0], **CLOSE)
    other = bench(Case(network, shape, 3))  # and other views altogether
    for array in other.arrays.values():
        array += 0.25
    np.testing.assert_allclose(prepared.forward(other.p, b.x)[0], network.forward(other.p, b.x)[0], **CLOSE)


def test_a_model_whose_weights_change_predicts_with_the_new_ones():
    model = trained(CONV, dtype=np.float64)
    x = PICTURES[:1]

    def expected():
        pixels = model.normalization.apply(x, model.dtype)
        return model.network.forward(model.p, pixels)[0].T

    np.testing.assert_allclose(model.logits(x), expected(), **CLOSE)
    before = model.logits(x)
    changes = [
        lambda: model.theta.__imul__(1.01),
        lambda: model.p[1].mean.__iadd__(0.5),
        lambda: model.p[1].var.__imul__(2),
        lambda: model.p[3][0][1].w.__imul__(-1),
        lambda: model.p[10].b.__iadd__(1),
        lambda: model.hold(model.theta + 0.01),
    ]
    for change in changes:
        change()
        after = model.logits(x)
        assert not np.array_equal(after, before)
        np.testing.assert_allclose(after, expected(), **CLOSE)
        before = after


def test_what_was_returned_stays_as_it_was():
    for network, shape in NETWORKS:
        b = bench(Case(network, shape, 2))
        prepared, x = Prepared(network), b.x.copy()
        first = prepared.forward(b.p, b.x)[0]
        kept = first.copy()
        second = prepared.forward(b.p, -b.x)[0]
        assert np.array_equal(first, kept)
        assert not np.shares_memory(first, second)
        assert not np.shares_memory(first, b.x)
        assert np.array_equal(b.x, x)


def test_threads_do_not_write_into_each_others_arrays():
    model = trained(CONV)
    expected = [model.logits(x[None]).tobytes() for x in PICTURES]
    wrong, start = [], threading.Barrier(4)

    def work(first):
        start.wait()
        for _ in range(20):
            for i in range(first, len(PICTURES), 4):
                if model.logits(PICTURES[i][None]).tobytes() != expected[i]:
                    wrong.append(i)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert sum(map(len, model._prepared.idle.values())) <= 4


class Own(Layer):
    """A user's layer, which keeps what it is given and returns it.   (..., N) -> (..., N)"""

    seen: list = []  # noqa: RUF012

    def build(self, in_shape):
        return Plan(self, in_shape, in_shape)

    def forward(self, p, x, mode=EVAL):
        self.seen.append(x)
        return x, None


def test_what_a_layer_of_your_own_keeps_stays_as_it_was():
    network = Sequential(Conv2d(2, 3), Own(), ReLU())
    b = bench(Case(network, (1, 5, 5), 1))
    prepared, Own.seen = Prepared(network), []
    for x in (b.x, -b.x):
        np.testing.assert_allclose(prepared.forward(b.p, x)[0], network.forward(b.p, x)[0], **CLOSE)
    run, written, run_again, written_again = Own.seen
    np.testing.assert_allclose(run, written, **CLOSE)
    np.testing.assert_allclose(run_again, written_again, **CLOSE)


class Wrong(Own):
    """(C, H, W, N) -> (C, 1, 1, N), though it promised (C, H, W, N)."""

    def forward(self, p, x, mode=EVAL):
        return x[:, :1, :1], None


def test_a_layer_that_breaks_its_promise_is_refused_rather_than_broadcast():
    network = Sequential(Wrong(), ReLU())
    b = bench(Case(network, (1, 5, 5), 1))
    with pytest.raises(ShapeError, match=r"Wrong\(\) returns an array of shape \(1, 1, 1, 1\), but its build promised"):
        Prepared(network).forward(b.p, b.x)


class Asks(Own):
    """A user's layer that asks the same network about another picture meanwhile, once; then it fails."""

    def forward(self, p, x, mode=EVAL):
        if self.seen:
            raise KeyError("mine")
        self.seen.append(x)
        with pytest.raises(KeyError):
            BUSY.forward(VIEWS, -X)
        return x, None


def test_a_call_inside_a_call_and_one_that_fails_disturb_nothing():
    global BUSY, VIEWS, X
    network = Sequential(Conv2d(2, 3), Asks(), ReLU())
    b = bench(Case(network, (1, 5, 5), 1))
    Own.seen.clear()
    BUSY, VIEWS, X = Prepared(network), b.p, b.x
    plain = Sequential(Conv2d(2, 3), ReLU())
    expected = np.maximum(plain.layers[0].forward(b.p[0], b.x)[0], 0)
    np.testing.assert_allclose(BUSY.forward(b.p, b.x)[0], expected, **CLOSE)
    assert sum(map(len, BUSY.idle.values())) == 1


def test_the_bits_do_not_depend_on_blas_threads():
    from threadpoolctl import threadpool_limits

    network = Sequential(Conv2d(24, 5), MaxPool2d(2), ReLU(), Flatten(), Dense(256), ReLU(), Dense(4))
    model, x = Model(network, (1, 28, 28)), np.random.default_rng(1).integers(0, 256, (2, 28, 28), np.uint8)
    found = []
    for threads in (1, 2, 3):
        with threadpool_limits(threads, user_api="blas"):
            found.append(model.predict_proba(x[:1]).tobytes() + model.predict_proba(x).tobytes())
    assert found[0] == found[1] == found[2]


def test_it_remembers_few_shapes():
    network = Sequential(Conv2d(2, 3), GlobalAvgPool())
    prepared = Prepared(network)
    for side in range(4, 4 + 3 * SHAPES):
        b = bench(Case(network, (1, side, 5), 1))
        prepared.forward(b.p, b.x)
        assert len(prepared.idle) <= SHAPES


def test_it_does_not_keep_what_is_large():
    network = Sequential(Conv2d(16, 3), ReLU())
    prepared = Prepared(network)
    for side in (100, 300):  # both layers together make 1.2 and 10.8 MiB of float32
        b = bench(Case(network, (1, side, side), 1), np.float32)
        for _ in range(2):
            # 1e-5: 9 products of order 1 in float32
            np.testing.assert_allclose(prepared.forward(b.p, b.x)[0], network.forward(b.p, b.x)[0], atol=1e-5)
    assert [len(rooms) for rooms in prepared.idle.values()] == [1, 0]


def test_a_copy_has_arrays_of_its_own():
    b = bench(Case(CONV, (1, 8, 8), 1))
    prepared = Prepared(CONV)
    prepared.forward(b.p, b.x)
    twin = copy.copy(prepared)
    assert (twin, twin.idle) == (prepared, {})


def test_training_is_refused():
    b = bench(Case(CONV, (1, 8, 8), 2))
    with pytest.raises(UsageError, match="was compiled for inference: compile it with training=True"):
        Prepared(CONV).forward(b.p, b.x, Mode(True, 1))
    for count in (1, 2, 8, 9):
        run = compile(CONV, count, training=False)
        with pytest.raises(UsageError, match="without backward"):
            run.backward(b.p, b.p, b.dy, [])
