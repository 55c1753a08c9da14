"""Features: any numbers for Dense networks, standardised one by one by the model; never mistaken for pictures."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import Augment, Dataset, Dense, Flatten, Model, ReLU, Sequential, Settings, evaluate, load_model, train
from numnist.support.errors import DataError, UsageError

RNG = np.random.default_rng(0)
Y = np.arange(90) % 3
SCALES = np.array([1, 1e-6, 1e6, 1])
X = (RNG.normal(size=(90, 4)) + 8 * np.eye(4)[Y]) * SCALES  # three clouds, 8 standard deviations apart


def test_features_of_any_size_are_told_apart_after_a_training(tmp_path):
    data = Dataset.of(X, np.array(["red", "green", "blue"])[Y])
    assert (data.shape, data.train.x.dtype, data.notes) == ((4, 1, 1), np.float32, ())
    model = Model(Sequential(Flatten(), Dense(16), ReLU(), Dense(3)), data)
    for _ in train(model, data, Settings(epochs=20, batch_size=10), threads=1):
        pass
    # chance alone: 9 of 10 misses are 1 in 3^10; and one feature alone tells only one class
    assert evaluate(model, data.test).accuracy > 0.9
    model.save(tmp_path / "m.safetensors")
    for again in (X, X.tolist(), X.astype(np.float32)):
        names = [data.classes[k] for k in load_model(tmp_path / "m.safetensors").predict(again)]
        assert np.mean([name == ["red", "green", "blue"][k] for name, k in zip(names, Y)]) > 0.9


def test_the_model_standardises_each_feature_by_itself():
    data = Dataset.of(X, Y)
    seen = Model(Sequential(Flatten(), Dense(3)), data).normalization.apply(data.train.x, np.float64)
    assert np.abs(seen.mean(axis=-1)).max() < 1e-4  # of float32's 7 digits, 2 for the largest value over the deviation
    assert np.abs(seen.std(axis=-1) - 1).max() < 1e-4


def test_a_constant_feature_stays_finite():
    data = Dataset.of(np.column_stack([X, np.full(90, 1e6)]), Y)
    seen = Model(Sequential(Flatten(), Dense(3)), data).normalization.apply(data.train.x, np.float32)
    assert np.abs(seen).max() < 20


@pytest.mark.parametrize("columns", [2, 4, 9, 13, 30, 100])
def test_numbers_that_can_be_no_pixels_are_features(columns):
    """But for 100, a square of at least 8×8: that is asked."""
    x = RNG.normal(size=(90, columns))
    data = Dataset.of(x, Y, features=True if columns == 100 else None)
    assert data.shape == (columns, 1, 1)


OPEN = {
    "a square of fractions": RNG.random((90, 16)),
    "a square of whole numbers": RNG.integers(0, 16, (90, 16)),
    "a large square of any numbers": RNG.normal(size=(90, 100)),
    "bytes": RNG.integers(0, 256, (90, 600), dtype=np.uint8),
    "colour in rows": RNG.integers(0, 256, (90, 3 * 32 * 32)),
    "as a Dataset has them": RNG.normal(size=(90, 5, 1, 1)),
}


@pytest.mark.parametrize("x", OPEN.values(), ids=OPEN)
def test_what_may_be_both_is_refused_until_it_is_said(x):
    with pytest.raises(DataError, match=r"may be .*features=True"):
        Dataset.of(x, Y)
    assert Dataset.of(x, Y, features=True).shape == (x.shape[1], 1, 1)


def test_rows_of_small_pictures_can_be_said_to_be_pictures():
    assert Dataset.of(RNG.random((90, 16)), Y, features=False).shape == (1, 4, 4)


@pytest.mark.parametrize(
    ("x", "match"),
    [
        (np.where(np.arange(90)[:, None] * 4 + np.arange(4) == 30, np.nan, X), r"\[7, 2\]"),
        (X * 1e20, "rescale"),
        (1.7e9 + RNG.random((90, 5)), "subtract its mean"),
        (RNG.random((90, 8, 8)), "features are"),
        (np.array([["a"] * 5] * 90), "encode words"),
        (np.zeros((0, 5)), "no features"),
    ],
)
def test_features_that_cannot_be_computed_with_are_refused(x, match):
    with pytest.raises((DataError, UsageError), match=match):
        Dataset.of(x, Y, features=True)


def test_features_are_not_augmented():
    data = Dataset.of(X, Y)
    model = Model(Sequential(Flatten(), Dense(3)), data)
    with pytest.raises(UsageError, match="only pictures"):
        next(train(model, data, Settings(epochs=1, augment=Augment(shift=0.1))))


def test_a_model_refuses_features_that_are_no_numbers():
    model = Model(Sequential(Flatten(), Dense(3)), Dataset.of(X, Y))
    with pytest.raises(UsageError, match="infinite or NaN"):
        model.predict(np.full((1, 4), np.nan))
    with pytest.raises(UsageError, match=r"\(N, 4\)"):
        model.predict(X[:, :3])
