"""What is no digit is not taken for one, and foreign hands still are."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import load, load_model, read
from numnist.data.strokes.drawing import draw
from numnist.data.strokes.outliers import draw_outliers
from numnist.data.strokes.pen import ODD
from numnist.model.reading import sure_threshold
from tests.ink.kinds.no_digits import KINDS, touching

COUNT = 40  # of each kind; benchmarks/no_digits.py draws 200


def sure(pictures):
    """How many prepared pictures are a sure digit, each of them as a whole."""
    model = load_model("digits")
    return int((model.predict_proba(pictures).max(axis=1) > sure_threshold(model.about)).sum())


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_digit_is_not_a_sure_digit(kind):
    place = list(KINDS).index(kind)
    readings = read("digits", [KINDS[kind](i, np.random.default_rng((place, i))) for i in range(COUNT)])
    assert sum(reading.sure for reading in readings) <= 0.1 * COUNT


def test_digits_that_touch_are_seldom_another_sure_number():
    place, wrong = len(KINDS), 0
    for i in range(COUNT):
        picture, number = touching(i, np.random.default_rng((place, i)))
        (reading,) = read("digits", picture)
        wrong += reading.sure and reading.label != number
    assert wrong <= 0.1 * COUNT


def test_drawn_outliers_of_another_seed_are_told():
    assert sure(draw_outliers(700, seed=1, split="test")) <= 0.03 * 700


def test_rare_hands_and_odd_pens_are_not_taken_for_outliers():
    pictures, labels = draw(1000, 1, "test", ODD, evenly=True)
    readings = read("digits", pictures)
    assert sum(reading.label == str(label) for reading, label in zip(readings, labels)) >= 950
    assert sum(reading.unknown for reading in readings) <= 30


@pytest.mark.mnist
def test_clothes_are_not_taken_for_digits():
    pictures = load("fashion-mnist", offline=True).test.x
    assert sure(pictures) <= 100  # of 10,000; 5 here
    readings = read("digits", pictures[:2000, 0])  # as pictures of ink on paper, of which a fold may look like a 1
    assert sum(reading.sure for reading in readings) <= 40  # 24 here


@pytest.mark.mnist
def test_mnists_own_digits_are_right_and_sure_as_before():
    test = load("mnist", offline=True).test
    readings = read("digits", test.x)
    right = sum(reading.sure and reading.label == str(label) for reading, label in zip(readings, test.labels))
    assert right >= 9800  # 9,855 here; 9,911 for a model that was not trained with outliers
