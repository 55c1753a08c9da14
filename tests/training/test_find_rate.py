"""Finding a learning rate: the curve is a function of the seed, the model stays, and what is suggested can train."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from numnist import (
    SGD,
    Adam,
    CosineDecay,
    DataError,
    Dataset,
    Model,
    NotFiniteError,
    OneCycle,
    Settings,
    UsageError,
    find_rate,
    fit,
    train,
)
from numnist.training.find_rate import RateCurve
from tests.small import MLP, dataset

SETTINGS = Settings(Adam(), epochs=10, batch_size=32)


def curve(**changes) -> RateCurve:
    return find_rate(Model(MLP, dataset()), dataset(), Settings(**{"batch_size": 32, "seed": 3} | changes), steps=60)


def test_the_curve_depends_on_the_seed_alone_and_the_model_stays():
    model = Model(MLP, dataset())
    before = model.theta.copy()
    settings = Settings(batch_size=32, seed=3, lanes=2, shard=8)
    first, again = (find_rate(model, dataset(), settings, steps=60, threads=threads) for threads in (1, 2))
    assert first == again
    assert np.array_equal(model.theta, before)
    assert first != find_rate(model, dataset(), Settings(batch_size=32, seed=4, lanes=2, shard=8), steps=60)


def test_its_first_losses_are_those_of_a_training_at_that_rate():
    """At a rate that changes next to nothing the losses are those of the untrained network on the same batches."""
    settings, model = Settings(SGD(1e-12), batch_size=32, seed=3), Model(MLP, dataset())
    trained = [event.loss for event in islice(train(model, dataset(), settings), 3)]
    found = find_rate(Model(MLP, dataset()), dataset(), settings, low=1e-12, high=1e-9, steps=10)
    assert found.losses[:3] == pytest.approx(trained, rel=1e-6), "float32's seven digits"


def test_rates_rise_by_the_same_factor_and_it_stops_where_the_loss_explodes():
    found = curve()
    ratios = np.divide(found.rates[1:], found.rates[:-1])
    np.testing.assert_allclose(ratios, 1e7 ** (1 / 59), rtol=1e-9)
    assert found.rates[0] == pytest.approx(1e-6)
    wild = curve(optimizer=SGD())
    assert find_rate(Model(MLP, dataset()), dataset(), SETTINGS, high=1e6, steps=60).diverged
    assert len(wild.rates) == len(wild.losses) == len(wild.smoothed) <= 60


def test_the_suggestion_is_well_below_the_smallest_loss_and_knows_the_schedule():
    found = curve()
    smallest = found.rates[int(np.argmin(found.smoothed))]
    assert found.suggestion == pytest.approx(smallest / 8)
    half = curve(schedule=CosineDecay(), epochs=20)
    assert half.smoothed == found.smoothed, "the schedule does not change the curve"
    assert half.suggestion == pytest.approx(2 * found.suggestion, rel=0.05), "half a cosine is 1/2 on average"
    assert curve(schedule=OneCycle(), epochs=20).suggestion > found.suggestion


def test_the_suggestion_trains_much_better_than_far_smaller_and_larger_rates():
    def loss(rate: float) -> float:
        settings = Settings(SGD(rate), batch_size=32, epochs=2)
        return fit(Model(MLP, dataset()), dataset(), settings)[-1].validation_loss

    found = curve(optimizer=SGD()).suggestion
    assert 3 * loss(found) < loss(found / 100)
    with pytest.raises(NotFiniteError):
        loss(100 * found)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"low": 1.0, "high": 0.1}, "must be above low"), ({"low": -1.0}, "low is"), ({"steps": 3}, "steps is 3")],
)
def test_ranges_that_make_no_sense_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        find_rate(Model(MLP, dataset()), dataset(), SETTINGS, **options)


def test_without_training_pictures_there_is_nothing_to_find():
    data = dataset()
    empty = Dataset("none", data.train[:0], data.validation, data.test, data.classes)
    with pytest.raises(DataError, match="no training pictures"):
        find_rate(Model(MLP, data), empty, SETTINGS)
