"""Several characters: numbers are found digit by digit, and a digit in pieces stays one."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from numnist.data.strokes.drawing import draw
from numnist.ink.characters.prepare import prepare_characters
from numnist.ink.characters.separate import separate
from tests.ink.kinds.grounds import KINDS
from tests.ink.kinds.numbers import number

SHAPE = (1, 28, 28)


def lines(*strokes, size=(200, 200), pen=12):
    """Strokes on white paper, each a list of points."""
    image = Image.new("L", size[::-1], 255)
    for stroke in strokes:
        ImageDraw.Draw(image).line(stroke, fill=0, width=pen, joint="curve")
    return np.array(image)


def count(picture):
    ink = prepare_characters(picture, "digits", SHAPE)
    return len(ink.characters) or 1, ink.clear


@pytest.mark.parametrize("height", [24, 60, 150])
@pytest.mark.parametrize("gap", [0.1, 0.3, 1.0])
def test_digits_side_by_side_are_found_in_their_order(height, gap):
    for seed in range(4):
        page, label, boxes = number(seed, height=height, gap=gap)
        ink = prepare_characters(page, "digits", SHAPE)
        assert len(ink.characters) == len(label)
        assert ink.clear
        for found, box in zip(ink.characters, boxes):
            # 2: pixels of soft rim, which counts as ink here and not there
            assert np.abs(np.subtract(found.box, box)).max() <= 2


def test_a_digit_alone_stays_as_it_is():
    pictures, _ = draw(600, 11, "test")
    split = [i for i, picture in enumerate(pictures) if separate(picture / 255).count > 1]
    assert len(split) <= 1  # 1 of 1,000 is wanted; of 10,000 with other seeds none was


@pytest.mark.parametrize("kind", KINDS)
def test_on_no_ground_is_a_digit_split(kind):
    for i in range(6):
        assert count(KINDS[kind](i, np.random.default_rng((91, i))))[0] == 1


def test_a_digit_in_pieces_is_one():
    bar_apart = lines([(60, 40), (140, 40)], [(60, 65), (60, 100), (110, 95), (135, 130), (100, 165), (55, 155)])
    crossed_seven = lines([(50, 40), (140, 40), (118, 88)], [(108, 112), (85, 170)], [(60, 100), (95, 100)])
    open_four = lines([(60, 40), (50, 95), (125, 95)], [(140, 60), (140, 170)])
    rings = lines(
        [(80, 30), (60, 55), (80, 80), (105, 55), (80, 30)], [(80, 100), (55, 135), (80, 170), (110, 135), (80, 100)]
    )
    for picture in (bar_apart, crossed_seven, open_four, rings):
        assert count(picture)[0] == 1


def test_leaning_digits_that_share_columns_are_two():
    assert count(lines([(110, 30), (60, 170)], [(150, 30), (100, 170)])) == (2, True)


def test_marks_that_belong_to_no_digit_leave_doubt():
    two = [(30, 40), (30, 160)], [(170, 40), (170, 160)]
    assert count(lines(*two)) == (2, True)
    assert count(lines(*two, [(95, 150), (105, 158)])) == (2, False)  # a point between them
    assert count(lines(*two, [(75, 100), (125, 100)])) == (2, False)  # a dash


def test_lines_are_read_from_above_and_leave_doubt():
    page = lines([(120, 20), (120, 80)], [(50, 30), (50, 90)], [(60, 130), (60, 190)], [(130, 120), (130, 180)])
    ink = prepare_characters(page, "digits", SHAPE)
    assert not ink.clear
    middles = [((top + bottom) // 2 > 100, (left + right) // 2 > 90) for top, left, bottom, right in (
        each.box for each in ink.characters)]  # fmt: skip
    assert middles == [(False, False), (False, True), (True, False), (True, True)]


def test_what_is_broad_has_halves_where_least_ink_is_crossed():
    joined = lines([(40, 60), (40, 150)], [(40, 110), (160, 110)], [(160, 60), (160, 150)])
    ink = prepare_characters(joined, "digits", SHAPE)
    assert not ink.characters
    left, right = ink.halves()
    assert left.box[3] <= right.box[1] + 2
    assert not prepare_characters(lines([(90, 40), (90, 160)]), "digits", SHAPE).halves()


def test_what_is_much_too_wide_for_a_digit_leaves_doubt():
    assert count(lines([(20, 90), (180, 90)])) == (1, False)


def test_nothing_is_separated_where_steps_are_left_out_or_by_other_preparations():
    page, _, _ = number(0, height=60, gap=0.5)
    assert prepare_characters(page, "digits", SHAPE).characters
    for without in ("ink", "fit"):
        assert not prepare_characters(page, "digits", SHAPE, [without]).characters
    for preparation in ("photo", "plain"):
        assert not prepare_characters(page, preparation, SHAPE).characters
