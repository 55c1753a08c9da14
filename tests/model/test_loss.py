"""Model.loss and Model.gradient: the loss is the formula's, the gradient is that of differences."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import MeanSquaredError, Model, ShapeError, SoftmaxCrossEntropy, UsageError, evaluate
from numnist.naive import numerical_gradient
from tests.small import CONV, MLP, dataset, trained

X, LABELS = dataset().test


@pytest.mark.parametrize("x", [X, X[:, 0], X[:, 0] / 255])
def test_the_loss_is_minus_the_logarithm_of_the_labels_probability(x):
    model = trained(MLP)
    expected = -np.log(model.predict_proba(X)[np.arange(len(X)), LABELS].astype(np.float64)).mean()
    assert model.loss(x, LABELS) == pytest.approx(expected, rel=1e-5)  # float32 has seven digits


def test_the_loss_is_that_of_an_evaluation():
    model = trained(CONV)
    assert model.loss(X, LABELS) == pytest.approx(evaluate(model, dataset().test).loss, rel=1e-5)  # float32
    with_another = evaluate(model, dataset().test, loss=MeanSquaredError()).loss
    assert model.loss(X, LABELS, MeanSquaredError()) == pytest.approx(with_another, rel=1e-5)


@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize("loss", [None, MeanSquaredError(), SoftmaxCrossEntropy(0.1)], ids=str)
def test_the_gradient_is_that_of_differences(loss, background):
    model = Model(CONV, dataset(), dtype=np.float64, background=background)
    labels = np.where(np.arange(len(X)) % 5, LABELS, 4) if background and loss is None else LABELS
    found = model.gradient(X, labels, loss)
    assert list(found) == [name for name, param in model.plan.walk() if param.momentum is None]
    vector = np.zeros_like(model.theta)
    for name, array in model.parameters.arrays(vector).items():
        array[...] = found.get(name, 0)
    some = np.random.default_rng(0).choice(model.parameters.trained, 12, replace=False)
    slopes = numerical_gradient(lambda _: model.loss(X, labels, loss, 1), model.theta, indices=some)
    np.testing.assert_allclose(vector[some], slopes, rtol=0, atol=1e-8)  # h² and rounding 1e-16 / h, as in gradcheck


def test_more_pictures_than_go_through_at_once_have_the_mean_gradient():
    model, many = Model(MLP, dataset(), dtype=np.float64), 20
    found = model.gradient(np.concatenate([X] * many), np.tile(LABELS, many))  # 600 pictures, shards of 256
    for name, array in model.gradient(X, LABELS).items():
        np.testing.assert_allclose(found[name], array, rtol=1e-10, atol=1e-14)  # sums in another order


def test_a_step_against_the_gradient_lowers_the_loss():
    model = Model(MLP, dataset())
    before = model.loss(X, LABELS)
    for name, g in model.gradient(X, LABELS).items():
        model.parameters.arrays()[name] -= 0.01 * g
    assert model.loss(X, LABELS) < before


def test_nothing_in_the_model_is_changed():
    model = trained(CONV)
    before = model.weights_sha256
    model.gradient(X, LABELS)
    assert model.weights_sha256 == before


@pytest.mark.parametrize(
    ("labels", "message"),
    [(LABELS[1:], "30 pictures need one label each"), (LABELS + 1, "from 0 to 3"), (LABELS / 1, "indices into the"),
     (np.full(30, 4), "from 0 to 3"), (np.array(["band 0"] * 30), "indices into the model's")],
)  # fmt: skip
def test_labels_that_do_not_fit_are_refused(labels, message):
    for method in (Model(MLP, dataset()).loss, Model(MLP, dataset()).gradient):
        with pytest.raises(ShapeError, match=message):
            method(X, labels)


def test_no_pictures_have_no_loss():
    with pytest.raises(UsageError, match="got none: give at least one"):
        Model(MLP, dataset()).loss(X[:0], LABELS[:0])
