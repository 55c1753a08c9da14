"""The slow twins of losses, and the numerical gradient with which a network can be trained, very slowly."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.naive import NAIVE_LOSSES, backward, descend, forward, numerical_gradient
from numnist.nn import EVAL, Dense, Layer, ReLU, Sequential, Tanh
from numnist.nn.losses import LOSSES
from numnist.support.errors import UsageError
from tests.nn.bench import vector_views

OPTIONS = [
    ("SoftmaxCrossEntropy", {}),
    ("SoftmaxCrossEntropy", {"label_smoothing": 0.1}),
    ("SoftmaxCrossEntropy", {"label_smoothing": 1.0}),
    ("MulticlassSVM", {}),
    ("MulticlassSVM", {"margin": 0.25}),
    ("MulticlassSVM", {"squared": True}),
    ("MeanSquaredError", {}),
]


@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_loss_equals_its_slow_twin(name, options):
    rng = np.random.default_rng(0)
    for classes, samples, total in ((2, 1, None), (10, 7, None), (10, 7, 21), (3, 20, 20)):
        logits, labels = 3 * rng.standard_normal((classes, samples)), rng.integers(0, classes, samples)
        loss, dlogits = LOSSES[name](**options)(logits, labels, total)
        slow_loss, slow_dlogits = NAIVE_LOSSES[name](logits, labels, total, **options)
        # 1e-13: the same 10 terms in another order
        assert abs(loss - slow_loss) <= 1e-13 * max(1, abs(loss))
        assert np.abs(dlogits - slow_dlogits).max() <= 1e-13


def test_every_loss_has_a_slow_twin():
    assert set(NAIVE_LOSSES) == set(LOSSES)


def test_twin_of_an_unknown_layer_is_refused():
    class Unknown(Layer):
        pass

    for call in (lambda: forward(Unknown(), None, None), lambda: backward(Unknown(), None, None, None)):
        with pytest.raises(UsageError, match="Unknown has no slow twin"):
            call()


def test_numerical_gradient_of_known_functions():
    theta = np.array([0.5, -1.0, 2.0])
    found = numerical_gradient(lambda t: float(np.sum(t**3) + t[0] * t[1]), theta)
    # 1e-9: curvature gives h² = 1e-10, rounding 1e-16 · 10 / h = 1e-10
    np.testing.assert_allclose(found, 3 * theta**2 + [-1.0, 0.5, 0], atol=1e-9)


def test_numerical_gradient_of_some_indices_in_their_order():
    theta = np.arange(5.0)
    found = numerical_gradient(lambda t: float(t @ t), theta, indices=[3, 0])
    np.testing.assert_allclose(found, [6, 0], atol=1e-9)


def test_numerical_gradient_puts_everything_back():
    theta = np.random.default_rng(0).standard_normal(7)
    before = theta.copy()
    numerical_gradient(lambda t: float(np.sum(t**2)), theta)
    assert np.array_equal(theta, before)


@pytest.mark.parametrize("bend", [Tanh(), ReLU()])
def test_descent_by_numbers_follows_backpropagation(bend):
    """Two ways to one gradient: a network trained by each has the same losses."""
    rng = np.random.default_rng(4)
    network = Sequential(Dense(5), bend, Dense(3))
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
    slow_theta = start.copy()
    slow_losses = list(descend(loss, slow_theta, 0.3, steps=30))
    # 1e-8: each of 30 steps adds the numerical gradient's 1e-10
    np.testing.assert_allclose(slow_losses, losses, atol=1e-8)
    np.testing.assert_allclose(slow_theta, theta, atol=1e-8)
    assert losses[-1] < 0.7 * losses[0]


def test_descent_is_a_generator_that_stops_where_one_stops_asking():
    theta = np.array([3.0])
    steps = descend(lambda t: float(t[0] ** 2), theta, 0.25, steps=1000)
    assert [next(steps) for _ in range(3)] == pytest.approx([9, 2.25, 0.5625])
    assert theta[0] == pytest.approx(0.75)
