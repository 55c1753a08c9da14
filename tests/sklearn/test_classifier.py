"""NumnistClassifier: scikit-learn's own checks of estimators, and what it is used for."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs the extra sklearn")

from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris, make_moons
from sklearn.exceptions import SkipTestWarning
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from sklearn.utils.estimator_checks import estimator_checks_generator

from numnist import Adam, Conv2d, Dense, Flatten, OneCycle, ReLU, Sequential, UsageError, train
from numnist.sklearn import NumnistClassifier

SMALL = {"hidden": (16,), "epochs": 15, "optimizer": Adam(0.01), "random_state": 0}
IRIS = load_iris(return_X_y=True)
DOCUMENT = Path(__file__).parents[2] / "docs" / "scikit-learn.md"
CHECKS = list(estimator_checks_generator(NumnistClassifier(epochs=20)))


@pytest.mark.parametrize("check", [check for _, check in CHECKS], ids=lambda check: check.func.__name__)
def test_scikit_learn_finds_no_fault(check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        check(NumnistClassifier(epochs=20))


def test_iris_is_learnt_in_a_pipeline_and_by_names():
    X, y = IRIS
    names = load_iris().target_names[y]
    scores = cross_val_score(make_pipeline(PolynomialFeatures(2), NumnistClassifier(random_state=0)), X, names, cv=3)
    assert scores.mean() > 0.93  # logistic regression has 0.95 to 0.97


def test_a_grid_search_in_two_processes_finds_what_one_finds():
    X, y = IRIS
    grid = {"hidden": [(2,), (16,)], "l2": [0.0, 0.1]}
    found = [GridSearchCV(NumnistClassifier(**SMALL), grid, cv=2, n_jobs=jobs).fit(X, y) for jobs in (1, 2)]
    np.testing.assert_array_equal(*(search.cv_results_["mean_test_score"] for search in found))
    np.testing.assert_array_equal(*(search.predict_proba(X) for search in found))


def test_the_result_is_decided_by_random_state_alone():
    X, y = IRIS
    first, again, cores = (NumnistClassifier(**SMALL, n_jobs=n).fit(X, y) for n in (None, 1, -1))
    other = clone(first).set_params(random_state=1).fit(X, y)
    assert first.model_.weights_sha256 == again.model_.weights_sha256 == cores.model_.weights_sha256
    assert first.model_.weights_sha256 != other.model_.weights_sha256
    assert first.n_iter_ == len(first.loss_curve_) == 15
    assert first.loss_curve_[-1] < first.loss_curve_[0] / 2


def test_an_outlier_does_not_hide_the_other_values():
    X, y = make_moons(400, noise=0.1, random_state=0)
    train, test, labels, true = train_test_split(X, y, random_state=0)
    score = NumnistClassifier(random_state=0).fit(train, labels).score(test, true)
    spoilt = train.copy()
    spoilt[0], spoilt[1] = [1e9, -1e9], [-1e12, 1e12]
    assert score > 0.95
    # standardised with the outliers, all others are one point, and half are right
    assert NumnistClassifier(random_state=0).fit(spoilt, labels).score(test, true) > 0.9
    constant = np.hstack([train, np.full((len(train), 1), 7.0), np.eye(len(train), 1)])  # no range; one value differs
    assert NumnistClassifier(random_state=0).fit(constant, labels).n_features_in_ == 4


def test_pictures_in_rows_go_through_convolutions():
    X, y = load_digits(return_X_y=True)
    train, test, labels, true = train_test_split(X / 16, y, random_state=0)
    network = Sequential(Conv2d(8, 3), ReLU(), Flatten(), Dense(10))
    found = NumnistClassifier(
        network=network, shape=(8, 8), epochs=8, optimizer=Adam(5e-3), schedule=OneCycle(), dtype=np.float32,
        random_state=0,
    ).fit(train, labels)  # fmt: skip
    assert found.model_.in_shape == (1, 8, 8)
    assert found.score(test, true) > 0.96
    of_bytes = clone(found).fit(np.rint(train * 255), labels)
    assert np.mean(of_bytes.predict(np.rint(test * 255)) == found.predict(test)) > 0.98
    with pytest.raises(UsageError, match="0 to 1 are expected"):
        found.predict(test * 255)
    with pytest.raises(UsageError, match="of X's 64 columns"):
        NumnistClassifier(shape=(7, 9)).fit(train, labels)


def test_partial_fit_goes_on_from_before_also_after_pickling():
    X, y = IRIS
    model = NumnistClassifier(**SMALL)
    for _ in range(30):
        model.partial_fit(X, y, classes=[0, 1, 2])
    kept = pickle.loads(pickle.dumps(model))  # noqa: S301  (its own)
    for each in (model, kept):
        each.partial_fit(X[::2], y[::2])
    assert model.model_.weights_sha256 == kept.model_.weights_sha256
    assert model.n_iter_ == 31
    assert model.score(X, y) > 0.9


def test_partial_fit_refuses_what_it_cannot_go_on_with():
    X, y = IRIS
    with pytest.raises(ValueError, match="classes must be given"):
        NumnistClassifier().partial_fit(X, y)
    model = NumnistClassifier().partial_fit(X[:100], y[:100], classes=[0, 1])
    with pytest.raises(ValueError, match=r"not among those of the first call: \[2\]"):
        model.partial_fit(X, y)
    with pytest.raises(ValueError, match="classes are"):
        model.partial_fit(X[:100], y[:100], classes=[0, 1, 2])
    with pytest.raises(ValueError, match="needs all samples"):
        NumnistClassifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1, 2])


def test_classes_can_be_weighted():
    X, y = make_moons(300, noise=0.4, random_state=0)
    even, weighted = (
        NumnistClassifier(**SMALL, class_weight=weights).fit(X, y).predict(X) for weights in (None, {1: 20.0})
    )
    assert weighted.mean() > even.mean() + 0.1  # more are taken for the class that counts
    with pytest.raises(ValueError, match="class_weight names 2"):
        NumnistClassifier(class_weight={2: 1.0}).fit(X, y)


def test_training_stops_where_held_out_samples_gain_no_more():
    X, y = IRIS
    model = NumnistClassifier(random_state=0, epochs=200, validation=0.2, patience=3).fit(X, y)
    assert model.n_iter_ == len(model.validation_scores_) < 200
    with pytest.raises(UsageError, match="a fraction between 0 and 1"):
        NumnistClassifier(patience=3).fit(X, y)
    with pytest.raises(ValueError, match="can be held out"):
        NumnistClassifier(validation=0.2).fit(X[[0, 60, 120]], [0, 1, 2])


def test_what_is_held_out_is_not_trained_on(monkeypatch):
    given = []

    def spied(model, data, *more, **named):
        given.append(data)
        return train(model, data, *more, **named)

    monkeypatch.setattr("numnist.sklearn.classifier.train", spied)
    X, y = IRIS
    NumnistClassifier(**SMALL | {"epochs": 1}, validation=0.2).fit(X, y)
    (data,) = given
    assert (len(data.train), len(data.validation)) == (120, 30)
    rows = {tuple(row.ravel()) for row in data.train.x}
    twins = {tuple(row) for row in X if (row == X).all(axis=1).sum() > 1}  # in both parts, perhaps
    assert not rows & {tuple(row.ravel()) for row in data.validation.x} - twins


def test_the_examples_of_the_document_run():
    codes = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    for code, expected in zip(codes, ("{'hidden': (64,)}", "0.5"), strict=True):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert expected in done.stdout, done.stderr
