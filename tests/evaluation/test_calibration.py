"""Calibration as worked out by hand, and the threshold above which a prediction counts as sure."""

from __future__ import annotations

import json

import numpy as np
import pytest

from numnist import load_model
from numnist.evaluation.calibration import Calibration, confidence_threshold
from numnist.experiment.run import Run
from numnist.model.pretrained import PRETRAINED
from numnist.model.reading import UNKNOWN, sure_threshold
from tests.experiment.small_runs import FOLDER, RECIPE, finished
from tests.small import dataset


def test_calibration_as_worked_out_by_hand():
    found = Calibration.of(np.array([0.55, 0.65, 0.95, 0.95]), np.array([True, False, True, True]), bins=10)
    assert [b.count for b in found.bins] == [0, 0, 0, 0, 0, 1, 1, 0, 0, 2]
    assert found.expected_error == pytest.approx((0.45 + 0.65 + 2 * 0.05) / 4)  # Guo et al. 2017, equation 3
    assert found.overconfidence == pytest.approx((0.55 + 0.65 + 0.95 + 0.95) / 4 - 3 / 4)
    assert found.bins[0].accuracy is None


def test_a_model_that_is_correct_as_often_as_it_says_has_no_calibration_error():
    confidence = np.repeat([0.25, 0.5, 0.75, 1.0], 4)
    correct = np.concatenate([np.arange(4) < hits for hits in (1, 2, 3, 4)])
    assert Calibration.of(confidence, correct).expected_error == pytest.approx(0, abs=1e-12)  # rounding of 16 terms


@pytest.mark.parametrize(("confidence", "place"), [(1.0, 14), (1 + 1e-7, 14), (1 / 15, 0), (2 / 15 + 1e-9, 2), (0, 0)])
def test_a_bin_holds_its_upper_end_but_not_its_lower(confidence, place):
    found = Calibration.of(np.array([confidence]), np.array([True]))
    assert [k for k, b in enumerate(found.bins) if b.count] == [place]


def predicted(*groups):
    """Probabilities of ten classes and labels, for groups of (confidence, correct predictions, all predictions)."""
    probs, labels = [], []
    for confidence, right, count in groups:
        others = [(1 - confidence) / 9] * 9
        probs += [[confidence, *others]] * count
        labels += [0] * right + [5] * (count - right)
    return np.array(probs, np.float32), np.array(labels)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([(0.95, 100, 100), (0.85, 18, 20), (0.75, 17, 20), (0.65, 20, 20)], 0.8),  # the first bad step ends it
        ([(0.95, 89, 100), (0.85, 20, 20)], 1.0),  # not even the surest: never sure
        ([(0.95, 90, 100)], 0.9),  # exactly 9 in 10 is enough
        ([(0.95, 100, 100), (0.85, 9, 9)], 0.9),  # 9 predictions are too few
        ([(0.95, 100, 100), (0.85, 6, 6), (0.75, 5, 5)], 0.7),  # but 11 in two steps do
        ([(0.95, 100, 100), (0.85, 6, 6), (0.75, 3, 5)], 0.9),
        ([(0.95, 5, 5), (0.85, 5, 5)], 0.8),
        ([(0.2, 20, 200)], 1.0),  # a network that has learnt nothing
        ([(1.0, 30, 300)], 1.0),  # and one that does not know it
        ([(0.95, 4, 4)], 1.0),  # too few pictures to tell
        ([(0.9, 300, 300)], 0.8),  # exactly on the edge counts below it, as `probability > threshold` reads it
    ],
)
def test_the_threshold_is_where_nine_in_ten_are_right(groups, expected):
    assert confidence_threshold(*predicted(*groups)) == expected


def test_the_order_of_the_pictures_changes_nothing():
    probs, labels = predicted((0.95, 99, 100), (0.85, 30, 33), (0.75, 10, 20))
    order = np.random.default_rng(0).permutation(len(labels))
    assert confidence_threshold(probs[order], labels[order]) == confidence_threshold(probs, labels)


def test_no_pictures_no_sureness():
    assert confidence_threshold(np.zeros((0, 10)), np.zeros(0, np.int64)) == 1.0


@pytest.mark.parametrize("said", [None, True, "0.7", -0.1, 1.5, float("nan"), [0.5]])
def test_what_makes_no_sense_is_the_fallback(said):
    assert sure_threshold({"sure": said}) == UNKNOWN == sure_threshold({})


def test_a_finished_run_says_when_it_is_sure():
    run, _ = finished()
    model, validation = load_model(FOLDER), dataset().validation
    assert model.about["sure"] == confidence_threshold(run.model.predict_proba(validation.x), validation.labels)
    assert sure_threshold(model.about) == model.about["sure"]
    json.dumps(model.about, allow_nan=False)


def test_without_validation_pictures_it_says_nothing():
    data = dataset(validation=0)
    run = Run.create(RECIPE, data, FOLDER)
    list(run.events())
    run.evaluate()
    assert "sure" not in load_model(FOLDER).about


@pytest.mark.parametrize("name", PRETRAINED)
def test_the_ready_models_say_it(name):
    assert load_model(name).about["sure"] in (0.8, 0.9)
