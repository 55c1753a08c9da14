"""The naive twins of losses and optimizers, and training by the numerical gradient."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.naive import (
    NAIVE_LOSSES,
    NAIVE_OPTIMIZERS,
    backward,
    descend,
    forward,
    naive_loss,
    numerical_gradient,
    step,
)
from numnist.nn import EVAL, Dense, Layer, ReLU, Sequential, Tanh
from numnist.nn.losses import LOSSES, MeanSquaredError, MulticlassSVM, SoftmaxCrossEntropy
from numnist.optim.optimizers import OPTIMIZERS, SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, RMSProp
from numnist.support.errors import UsageError
from tests.nn.bench import vector_views

CONFIGURED_LOSSES = [
    SoftmaxCrossEntropy(), SoftmaxCrossEntropy(0.1), SoftmaxCrossEntropy(1.0),
    SoftmaxCrossEntropy(0.1, background=True), MulticlassSVM(), MulticlassSVM(0.25), MulticlassSVM(squared=True),
    MeanSquaredError(),
]  # fmt: skip
CONFIGURED_OPTIMIZERS = [
    SGD(), Momentum(), Momentum(momentum=0.5), Nesterov(), AdaGrad(), AdaGrad(eps=0.1), RMSProp(), RMSProp(decay=0.99),
    Adam(), Adam(beta1=0.5, beta2=0.9, eps=0.01), AdamW(), SGD(weight_decay=0.1), Nesterov(weight_decay=0.01),
]  # fmt: skip


@pytest.mark.parametrize("loss", CONFIGURED_LOSSES, ids=repr)
def test_loss_equals_its_naive_twin(loss):
    rng = np.random.default_rng(0)
    for classes, samples, total in ((2, 1, None), (10, 7, None), (10, 7, 21), (3, 20, 20)):
        logits, labels = 3 * rng.standard_normal((classes, samples)), rng.integers(0, classes, samples)
        value, dlogits = loss(logits, labels, total)
        naive_value, naive_dlogits = naive_loss(loss, logits, labels, total)
        # 1e-13: the same some 100 terms in another order, each rounded to 1e-16
        assert abs(value - naive_value) <= 1e-13 * max(1, abs(value))
        assert np.abs(dlogits - naive_dlogits).max() <= 1e-13


def test_squared_error_of_targets_equals_its_naive_twin():
    rng = np.random.default_rng(0)
    outputs, targets = rng.standard_normal((3, 7)), rng.standard_normal((7, 3))
    value, slopes = MeanSquaredError()(outputs, targets, 21)
    naive_value, naive_slopes = naive_loss(MeanSquaredError(), outputs, targets, 21)
    assert value == pytest.approx(naive_value, rel=1e-14)  # 21 terms in another order
    np.testing.assert_allclose(slopes, naive_slopes, rtol=1e-14)


@pytest.mark.parametrize("optimizer", CONFIGURED_OPTIMIZERS, ids=repr)
def test_optimizer_equals_its_naive_twin_over_100_steps(optimizer):
    rng, rate = np.random.default_rng(1), optimizer.learning_rate
    theta, gradients = rng.standard_normal(20), rng.standard_normal((100, 20))
    slots = {name: np.zeros(20) for name in optimizer.slots}
    naive_theta, naive_slots = theta.tolist(), {name: [0.0] * 20 for name in optimizer.slots}
    for t, g in enumerate(gradients, 1):
        theta *= 1 - rate * optimizer.weight_decay  # as a training step does
        optimizer.update(theta, g, slots, rate, t)
        step(optimizer, naive_theta, g.tolist(), naive_slots, rate, t)
    if isinstance(optimizer, Adam):  # the library's slots hold m / (1 - beta1) and v / (1 - beta2)
        slots = {"m": slots["m"] * (1 - optimizer.beta1), "v": slots["v"] * (1 - optimizer.beta2)}
    # 1e-13: 100 steps, each of which rounds numbers of order 1 to 1e-16, a few times
    np.testing.assert_allclose(naive_theta, theta, rtol=0, atol=1e-13)
    for name, slot in slots.items():
        np.testing.assert_allclose(naive_slots[name], slot, rtol=1e-13, atol=1e-15)


def test_a_wrong_optimizer_is_told_from_its_naive_twin(monkeypatch):
    right = Adam.update

    def without_bias_correction(self, theta, grad, slots, rate, t):
        right(self, theta, grad, slots, rate, 10**9)

    monkeypatch.setattr(Adam, "update", without_bias_correction)
    with pytest.raises(AssertionError):
        test_optimizer_equals_its_naive_twin_over_100_steps(Adam())


def test_every_loss_and_optimizer_has_a_naive_twin():
    assert set(NAIVE_LOSSES) == set(LOSSES)
    assert set(NAIVE_OPTIMIZERS) == set(OPTIMIZERS)
    assert {type(loss).__name__ for loss in CONFIGURED_LOSSES} == set(LOSSES)
    assert {type(optimizer).__name__ for optimizer in CONFIGURED_OPTIMIZERS} == set(OPTIMIZERS)


def test_twin_of_an_unknown_layer_is_refused():
    class Unknown(Layer):
        pass

    for call in (lambda: forward(Unknown(), None, None), lambda: backward(Unknown(), None, None, None)):
        with pytest.raises(UsageError, match="Unknown has no naive twin"):
            call()


def test_numerical_gradient_of_known_functions():
    theta = np.array([0.5, -1.0, 2.0])
    found = numerical_gradient(lambda t: float(np.sum(t**3) + t[0] * t[1]), theta)
    # 1e-9: curvature gives h² = 1e-10, rounding 1e-16 · 10 / h = 1e-10
    np.testing.assert_allclose(found, 3 * theta**2 + [-1.0, 0.5, 0], atol=1e-9)


def test_numerical_gradient_of_some_indices_in_their_order():
    theta = np.arange(5.0)
    found = numerical_gradient(lambda t: float(t @ t), theta, indices=[3, 0])
    # 1e-9: rounding 1e-16 · 30 / h = 3e-10; a square has no third derivative
    np.testing.assert_allclose(found, [6, 0], atol=1e-9)


def test_numerical_gradient_puts_everything_back():
    theta = np.random.default_rng(0).standard_normal(7)
    before = theta.copy()
    numerical_gradient(lambda t: float(np.sum(t**2)), theta)
    assert np.array_equal(theta, before)


@pytest.mark.parametrize("activation", [Tanh(), ReLU()])
def test_descent_by_numbers_follows_backpropagation(activation):
    """Two ways to one gradient: a network trained by each has the same losses."""
    rng = np.random.default_rng(4)
    network = Sequential(Dense(5), activation, Dense(3))
    plan, cross_entropy = network.build((4,)), LOSSES["SoftmaxCrossEntropy"]()
    x, labels = rng.standard_normal((4, 12)), rng.integers(0, 3, 12)
    start = 0.5 * rng.standard_normal(plan.size)

    def loss(theta):
        return cross_entropy(network.forward(vector_views(plan, theta)[0], x)[0], labels)[0]

    theta, gradient, losses = start.copy(), np.zeros(plan.size), []
    for _ in range(30):
        p, g = vector_views(plan, theta)[0], vector_views(plan, gradient)[0]
        logits, caches = network.forward(p, x, EVAL)
        value, dlogits = cross_entropy(logits, labels)
        network.backward(p, g, dlogits, caches)
        losses.append(value)
        theta -= 0.3 * gradient
    numerical_theta = start.copy()
    numerical_losses = list(descend(loss, numerical_theta, 0.3, steps=30))
    # 1e-8: each of 30 steps adds the numerical gradient's 1e-10
    np.testing.assert_allclose(numerical_losses, losses, atol=1e-8)
    np.testing.assert_allclose(numerical_theta, theta, atol=1e-8)
    assert losses[-1] < 0.7 * losses[0]


def test_descent_is_a_generator_that_stops_where_one_stops_asking():
    theta = np.array([3.0])
    steps = descend(lambda t: float(t[0] ** 2), theta, 0.25, steps=1000)
    # approx's 1e-6 is wide: the numerical gradient is right to 1e-9
    assert [next(steps) for _ in range(3)] == pytest.approx([9, 2.25, 0.5625])
    assert theta[0] == pytest.approx(0.75)
