"""What is no digit is not taken for one, and foreign hands still are."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import load, read
from numnist.data.strokes.drawing import draw
from numnist.data.strokes.outliers import draw_outliers
from numnist.data.strokes.pen import ODD
from tests.ink.kinds.no_digits import KINDS

COUNT = 40  # of each kind; benchmarks/no_digits.py draws 200


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_digit_is_not_a_sure_digit(kind):
    place = list(KINDS).index(kind)
    readings = read("digits", [KINDS[kind](i, np.random.default_rng((place, i))) for i in range(COUNT)])
    assert sum(reading.sure for reading in readings) <= 0.1 * COUNT


def test_drawn_outliers_of_another_seed_are_told():
    readings = read("digits", draw_outliers(700, seed=1, split="test"))
    assert sum(reading.sure for reading in readings) <= 0.05 * 700


def test_rare_hands_and_odd_pens_are_not_taken_for_outliers():
    pictures, labels = draw(1000, 1, "test", ODD, evenly=True)
    readings = read("digits", pictures)
    assert sum(reading.label == str(label) for reading, label in zip(readings, labels)) >= 950
    assert sum(reading.unknown for reading in readings) <= 30


@pytest.mark.mnist
def test_clothes_are_not_taken_for_digits():
    readings = read("digits", load("fashion-mnist", offline=True).test.x)
    assert sum(reading.sure for reading in readings) <= 100  # of 10,000


@pytest.mark.mnist
def test_mnists_own_digits_are_right_and_sure_as_before():
    test = load("mnist", offline=True).test
    readings = read("digits", test.x)
    right = sum(reading.sure and reading.label == str(label) for reading, label in zip(readings, test.labels))
    assert right >= 9800  # 9,855 here; 9,911 for a model that was not trained with outliers
