"""The threshold of "sure": 9 in 10 of such answers were right on validation pictures, tenth by tenth from the top."""

from __future__ import annotations

import json

import numpy as np
import pytest

from numnist import load_model
from numnist.evaluation.calibration import UNKNOWN, sure_above, sure_threshold
from numnist.experiment.run import Run
from numnist.model.pretrained import READY
from tests.experiment.test_run import FOLDER, RECIPE, finished
from tests.small import dataset


def judged(*groups):
    """Probabilities of ten classes and labels, for groups of (confidence, answers that are right, all answers)."""
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
        ([(0.95, 100, 100), (0.85, 9, 9)], 0.9),  # 9 answers say nothing
        ([(0.95, 100, 100), (0.85, 6, 6), (0.75, 5, 5)], 0.7),  # but 11 in two steps do
        ([(0.95, 100, 100), (0.85, 6, 6), (0.75, 3, 5)], 0.9),
        ([(0.95, 5, 5), (0.85, 5, 5)], 0.8),
        ([(0.2, 20, 200)], 1.0),  # a network that knows nothing
        ([(1.0, 30, 300)], 1.0),  # and one that does not know it
        ([(0.95, 4, 4)], 1.0),  # too few pictures to tell
        ([(0.9, 300, 300)], 0.8),  # exactly on the edge counts below it, as `probability > threshold` reads it
    ],
)
def test_the_threshold_is_where_nine_in_ten_are_right(groups, expected):
    assert sure_above(*judged(*groups)) == expected


def test_the_order_of_the_pictures_changes_nothing():
    probs, labels = judged((0.95, 99, 100), (0.85, 30, 33), (0.75, 10, 20))
    order = np.random.default_rng(0).permutation(len(labels))
    assert sure_above(probs[order], labels[order]) == sure_above(probs, labels)


def test_no_pictures_no_sureness():
    assert sure_above(np.zeros((0, 10)), np.zeros(0, np.int64)) == 1.0


@pytest.mark.parametrize("said", [None, True, "0.7", -0.1, 1.5, float("nan"), [0.5]])
def test_what_makes_no_sense_is_the_fallback(said):
    assert sure_threshold({"sure": said}) == UNKNOWN == sure_threshold({})


def test_a_finished_run_says_when_it_is_sure():
    run, _ = finished()
    model, validation = load_model(FOLDER), dataset().validation
    assert model.about["sure"] == sure_above(run.model.predict_proba(validation.x), validation.labels)
    assert sure_threshold(model.about) == model.about["sure"]
    json.dumps(model.about, allow_nan=False)


def test_without_validation_pictures_it_says_nothing():
    data = dataset(validation=0)
    run = Run.create(RECIPE, data, FOLDER)
    list(run.events())
    run.judge()
    assert "sure" not in load_model(FOLDER).about


@pytest.mark.parametrize("name", READY)
def test_the_ready_models_say_it(name):
    assert load_model(name).about["sure"] in (0.8, 0.9)
