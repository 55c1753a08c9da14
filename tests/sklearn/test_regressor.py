"""NumnistRegressor: scikit-learn's own checks of estimators, and what it is used for."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs the extra sklearn")

from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits
from sklearn.exceptions import SkipTestWarning
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from sklearn.utils.estimator_checks import estimator_checks_generator

from numnist import Adam, Conv2d, CosineDecay, Dense, Flatten, NotFiniteError, ReLU, Sequential, ShapeError, UsageError
from numnist.sklearn import NumnistRegressor

SMALL = {"hidden": (16,), "epochs": 30, "optimizer": Adam(0.01), "random_state": 0}
CHECKS = list(estimator_checks_generator(NumnistRegressor(epochs=20)))


def waves(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features, and two targets of very different units that no straight line fits."""
    x = np.random.default_rng(seed).uniform(-1, 1, (n, 2))
    return x, np.stack([1e6 + 1e4 * np.sin(3 * x[:, 0]) * x[:, 1], 1e-3 * np.abs(x[:, 0])], axis=1)


@pytest.mark.parametrize("check", [check for _, check in CHECKS], ids=lambda check: check.func.__name__)
def test_scikit_learn_finds_no_fault(check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        check(NumnistRegressor(epochs=20))


def test_curves_of_any_unit_are_fitted_one_target_or_several():
    (x, y), (test, true) = waves(), waves(seed=1)
    model = NumnistRegressor(epochs=150, optimizer=Adam(0.02), schedule=CosineDecay(), random_state=0).fit(x, y)
    found = model.predict(test)
    assert found.shape == true.shape
    assert LinearRegression().fit(x, y).score(test, true) < 0.2
    for k in range(2):
        off = ((found[:, k] - true[:, k]) ** 2).mean() / true[:, k].var()
        assert off < 0.02  # of the variance; 0.003 to 0.007 over seeds: neither target is lost for its unit
    alone = clone(model).fit(x, y[:, 1])
    assert alone.predict(test).shape == (len(test),)
    assert alone.score(test, true[:, 1]) > 0.98
    assert clone(model).fit(x, y[:, 1:]).predict(test).shape == (len(test), 1)


def test_it_is_no_worse_than_a_straight_line_on_diabetes_in_a_pipeline():
    X, y = load_diabetes(return_X_y=True)
    regressor = NumnistRegressor((20,), l2=0.1, epochs=40, optimizer=Adam(0.003), random_state=0)
    scores = cross_val_score(make_pipeline(PolynomialFeatures(1, include_bias=False), regressor), X, y, cv=3)
    line = cross_val_score(LinearRegression(), X, y, cv=3)
    assert scores.mean() > line.mean() - 0.03  # 0.49; over seeds the network has 0.49 to 0.51


def test_a_grid_search_in_two_processes_finds_what_one_finds():
    x, y = waves(120)
    grid = {"hidden": [(2,), (16,)], "l2": [0.0, 0.1]}
    found = [GridSearchCV(NumnistRegressor(**SMALL), grid, cv=2, n_jobs=jobs).fit(x, y) for jobs in (1, 2)]
    np.testing.assert_array_equal(*(search.cv_results_["mean_test_score"] for search in found))
    np.testing.assert_array_equal(*(search.predict(x) for search in found))


def test_the_result_is_decided_by_random_state_alone():
    x, y = waves(120)
    first, again, cores = (NumnistRegressor(**SMALL, n_jobs=n).fit(x, y) for n in (None, 1, -1))
    other = clone(first).set_params(random_state=1).fit(x, y)
    for each in (again, cores):
        np.testing.assert_array_equal(each.predict(x), first.predict(x))
    assert np.abs(other.predict(x) - first.predict(x)).max() > 0
    assert first.n_iter_ == len(first.loss_curve_) == 30
    assert first.loss_curve_[-1] < first.loss_curve_[0] / 2


def test_the_loss_is_that_of_standardised_targets():
    x, y = waves(60)
    model = NumnistRegressor(**SMALL | {"epochs": 1, "batch_size": 60}).fit(x, y)  # one step: the loss is before it
    before = NumnistRegressor(**SMALL | {"epochs": 1, "batch_size": 60, "optimizer": Adam(1e-12)}).fit(x, y).predict(x)
    expected = (((before - y) / y.std(axis=0)) ** 2).mean()
    assert model.loss_curve_ == [pytest.approx(expected, rel=1e-9)]  # Adam has moved weights by 1e-12


def test_pictures_in_rows_go_through_convolutions():
    X, _ = load_digits(return_X_y=True)
    ink = X.mean(axis=1)  # how much of it there is; and whether it stands at the left
    y = np.stack([ink, X.reshape(-1, 8, 8)[:, :, :4].mean(axis=(1, 2)) - ink], axis=1)
    train, test, targets, true = train_test_split(X / 16, y, random_state=0)
    network = Sequential(Conv2d(4, 3), ReLU(), Flatten(), Dense(2))
    found = NumnistRegressor(
        network=network, shape=(8, 8), epochs=10, optimizer=Adam(5e-3), dtype=np.float32, random_state=0
    ).fit(train, targets)
    assert found.score(test, true) > 0.95
    with pytest.raises(UsageError, match="0 to 1 are expected"):
        found.predict(test * 255)


def test_partial_fit_goes_on_from_before_also_after_pickling():
    x, y = waves(200)
    model = NumnistRegressor(**SMALL)
    for _ in range(40):
        model.partial_fit(x, y)
    kept = pickle.loads(pickle.dumps(model))  # noqa: S301  (its own)
    for each in (model, kept):
        each.partial_fit(x[::2], y[::2])
    np.testing.assert_array_equal(model.predict(x), kept.predict(x))
    assert model.n_iter_ == 41
    assert model.score(x, y) > 0.9
    with pytest.raises(ValueError, match="y has 1 targets, but had 2"):
        model.partial_fit(x, y[:, 0])


def test_training_stops_where_held_out_samples_gain_no_more_and_keeps_the_best():
    x, y = waves(100)
    y[:, 1] = np.random.default_rng(0).normal(size=100)  # nothing to learn: soon it gets worse
    model = NumnistRegressor(random_state=0, epochs=300, validation=0.3, patience=5, optimizer=Adam(0.01)).fit(x, y)
    best = int(np.argmax(model.validation_scores_)) + 1
    assert model.n_iter_ == len(model.validation_scores_) == best + 5 < 300
    shorter = NumnistRegressor(random_state=0, epochs=best, validation=0.3, optimizer=Adam(0.01)).fit(x, y)
    np.testing.assert_array_equal(model.predict(x), shorter.predict(x))
    with pytest.raises(UsageError, match="a fraction between 0 and 1"):
        NumnistRegressor(patience=3).fit(x, y)
    with pytest.raises(ValueError, match="R² needs two"):
        NumnistRegressor(validation=0.2).fit(x[:4], y[:4])


def test_what_cannot_be_fitted_is_refused_and_what_never_changes_is_learnt():
    x, y = waves(50)
    with pytest.raises(ValueError, match="cannot be squared"):
        NumnistRegressor(epochs=1).fit(x, np.where(x[:, 0] > 0, 1e300, -1e300))
    with pytest.raises(ShapeError, match="Dense"):
        NumnistRegressor(network=Sequential(Flatten(), Dense(3)), epochs=1).fit(x, y)
    with pytest.raises(NotFiniteError, match="learning rate"):
        NumnistRegressor(epochs=5, dtype=np.float32, optimizer=Adam(1e30)).fit(x, y)
    constant = NumnistRegressor(**SMALL | {"epochs": 200}).fit(x, np.full(50, 7e-6))
    np.testing.assert_allclose(constant.predict(x), 7e-6, rtol=0.1)  # outputs of 0.08 at most: weights still move
