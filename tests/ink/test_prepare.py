"""Preprocessing: whatever the picture's size, place, polarity and paper, the network sees the same digit."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from numnist.ink.center import center_in_frame
from numnist.ink.pixels import to_grey
from numnist.ink.prepare import prepare, prepare_digit, prepare_photo
from numnist.support.errors import UsageError
from tests.ink.inked import FIVE, apart, drawing


def test_ink_fills_twenty_pixels_and_has_its_centre_of_mass_where_mnist_has_it():
    result = prepare_digit(FIVE).picture
    rows, columns = np.flatnonzero(result.max(axis=1) > 16), np.flatnonzero(result.max(axis=0) > 16)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    weight = result / result.sum()
    for axis in (0, 1):
        assert 13.9 <= weight.sum(axis=1 - axis) @ (np.arange(28) + 0.5) <= 15.1  # resizing moves it a little
    assert result.dtype == np.uint8
    assert result.max() == 255


def test_grey_is_as_bright_as_the_colour_looks():
    red, green, blue = to_grey(np.eye(3)[:, None])[:, 0]
    assert (red, green, blue) == pytest.approx((0.299, 0.587, 0.114))  # ITU-R BT.601


def test_what_is_prepared_already_stays_itself_to_the_bit():
    once = prepare_digit(FIVE).picture
    again = prepare_digit(once)
    assert np.array_equal(again.picture, once)
    assert again.scale == 1


@settings(max_examples=25, deadline=None)
@given(top=st.integers(0, 110), left=st.integers(0, 130))
def test_where_it_is_drawn_does_not_matter(top, left):
    canvas = np.zeros((260, 260), np.uint8)
    canvas[top : top + 150, left : left + 130] = FIVE[14:164, 24:154]
    assert np.array_equal(prepare_digit(canvas).picture, prepare_digit(FIVE[14:164, 24:154]).picture)


@settings(max_examples=25, deadline=None)
@given(height=st.floats(60, 300))
def test_how_large_it_is_drawn_hardly_matters(height):
    # 12 of 255: at 60 pixels the box is known to 1 part in 60, a third of a pixel along every edge of 20
    small, large = (prepare_digit(drawing(400, h, 40, 40)).picture for h in (height, 200))
    assert apart(small, large) < 12


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), shape=st.tuples(st.integers(3, 40), st.integers(3, 40)))
def test_inverting_changes_only_the_polarity(seed, shape):
    picture = np.zeros(shape, np.uint8)
    inner = picture[1:-1, 1:-1]
    inner[:] = np.random.default_rng(seed).integers(0, 256, inner.shape)
    dark, light = prepare_digit(picture), prepare_digit(255 - picture)
    assert np.abs(dark.picture.astype(int) - light.picture).max() <= 1  # 1: 1 - x/255 rounds
    assert dark.blank or (dark.polarity, light.polarity) == ("light-on-dark", "dark-on-light")


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("shape", [(28, 28), (300, 200), (1, 1), (1, 90), (64, 64, 3), (64, 64, 4)])
def test_an_empty_picture_is_blank(level, shape):
    result = prepare_digit(np.full(shape, level, np.uint8))
    assert result.blank
    assert not result.picture.any()
    assert result.picture.shape == (28, 28)


@pytest.mark.parametrize("shape", [(28, 28), (128, 128), (280, 400)])
@pytest.mark.parametrize("amount", [2, 10, 20])
def test_noise_alone_is_blank(shape, amount):
    noise = np.random.default_rng(0).normal(128, amount, shape)
    assert prepare_digit(noise.clip(0, 255).astype(np.uint8)).blank


@pytest.mark.parametrize("shape", [(28, 28), (280, 280)])
def test_a_dot_is_something(shape):
    picture = np.zeros(shape, np.uint8)
    picture[3, 5] = 255
    result = prepare_digit(picture)
    assert not result.blank
    assert result.box == (3, 5, 4, 6)
    assert (result.picture > 0).sum() == 400


@pytest.mark.parametrize("shape", [(3, 200), (200, 3), (1, 200), (500, 9)])
def test_long_thin_ink_keeps_at_least_a_pixel(shape):
    canvas = np.zeros((600, 600))
    canvas[20 : 20 + shape[0], 30 : 30 + shape[1]] = 1
    result = prepare_digit(canvas)
    assert result.box == (20, 30, 20 + shape[0], 30 + shape[1])
    assert sorted(np.ptp(np.argwhere(result.picture), axis=0) + 1) == [1, 20]


def test_edges_of_enlarged_ink_are_steeper_than_interpolation_leaves_them():
    small = np.zeros((1, 12, 12))
    small[0, 2:10, 5:7] = 1  # 8 pixels high: 2.5 times as large, so that linear edges are 2.5 pixels wide
    large = np.kron(small, np.ones((10, 10)))
    blurred, sharp = (center_in_frame(canvas).pictures[0] for canvas in (small, large))
    between = (blurred > 0) & (blurred < 255)
    # a linear edge of 2.5 pixels, 1.5 times as steep, leaves 2 pixels at each of 2 sides over 20 rows
    assert between.sum() <= 2 * 2 * 20
    assert apart(blurred, sharp) < 12  # as for another size
    batch = center_in_frame(np.concatenate([np.pad(small, ((0, 0), (54, 54), (54, 54))), large])).pictures
    assert np.array_equal(batch[1], sharp)  # what is not enlarged stays, whatever comes with it


def test_lopsided_ink_is_not_pushed_out_of_the_frame():
    canvas = np.zeros((100, 100))
    canvas[10:90, 10:14] = 1  # a thin line
    canvas[78:90, 10:90] = 1  # and a heavy foot
    result = prepare_digit(canvas)
    assert result.picture[:, -20:].any()
    rows, columns = np.nonzero(result.picture)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (20, 20)


def test_ink_may_touch_the_border():
    whole = drawing()
    rows, columns = np.flatnonzero(whole.max(axis=1)), np.flatnonzero(whole.max(axis=0))
    cropped = whole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # 2: without a rim of paper the box is cut through its faintest pixels
    assert apart(prepare_digit(cropped).picture, prepare_digit(whole).picture) < 2
    assert apart(prepare_digit(1 - cropped).picture, prepare_digit(whole).picture) < 2


def test_large_photographs_are_prepared_too():
    canvas = np.zeros((3000, 4001), np.uint8)
    canvas[1000:1600, 1200:1800] = np.kron(FIVE, np.ones((3, 3), np.uint8))
    result = prepare_digit(canvas)
    small = prepare_digit(FIVE)
    assert apart(result.picture, small.picture) < 4  # every third pixel is used: the edges may move by one of them
    moved = np.subtract(result.box, [3 * n for n in small.box]) - [1000, 1200, 1000, 1200]
    assert np.abs(moved).max() <= 4  # a box is known to the stride, 3 pixels, and one more by rounding


def test_the_kind_of_numbers_and_channels_does_not_matter():
    grey = FIVE
    colour = np.repeat(grey[:, :, None], 3, axis=2)
    on_glass = np.dstack([np.zeros_like(colour), grey])  # black ink, transparent elsewhere: seen on white
    for picture in (grey[:, :, None], grey / 255, (grey / 255).astype(np.float32), colour, on_glass):
        prepared = prepare_digit(picture).picture
        assert np.abs(prepared.astype(int) - prepare_digit(grey).picture).max() <= 1  # float32 and the luma round
    assert prepare_digit(on_glass).polarity == "dark-on-light"
    assert not prepare_digit(FIVE > 127).blank


def test_colour_counts_as_the_eye_sees_it():
    picture = np.full((50, 50, 3), 255, np.uint8)
    picture[10:40, 20:24] = (200, 0, 0)
    assert prepare_digit(picture).polarity == "dark-on-light"
    assert prepare_digit(picture).box == (10, 20, 40, 24)


def paper(noise=0.0, spots=0, shadow=0.0):
    """The drawing as a photograph of a page: dark on grey, unevenly lit, with a shadow over its right side."""
    canvas = drawing(300, 150, 70, 120, width=400)
    y, x = np.mgrid[-1:1:300j, -1:1:400j]
    page = (0.75 - 0.1 * x + 0.06 * y - 0.08 * (x**2 + y**2)) * (1 - 0.7 * canvas)
    page *= 1 - shadow / (1 + np.exp(-15 * (x + 0.3 * y - 0.4)))
    rng = np.random.default_rng(1)
    page += noise * rng.standard_normal(page.shape)
    for row, column in zip(rng.integers(0, 298, spots), rng.integers(0, 398, spots)):
        page[row : row + 2, column : column + 2] = 0.2
    return page.clip(0, 1)


@pytest.mark.parametrize("trouble", [{}, {"noise": 0.03}, {"noise": 0.02, "spots": 10}, {"noise": 0.01, "shadow": 0.3}])
def test_uneven_light_noise_specks_and_shadows_hardly_matter(trouble):
    result = prepare_digit(paper(**trouble))
    assert result.polarity == "dark-on-light"
    assert apart(result.picture, prepare_digit(FIVE).picture) < 12  # as for another size: the box may be off by a pixel


def test_the_steps_say_what_was_done():
    canvas = np.full((100, 80), 255, np.uint8)
    canvas[10:50, 30:42] = 0
    result = prepare_digit(canvas)
    assert (result.polarity, result.box, result.scale) == ("dark-on-light", (10, 30, 50, 42), 0.5)
    assert result.shift == (0, 0)  # 20×6 pixels in the middle already
    assert json.loads(json.dumps(result.to_dict())) == {
        "polarity": "dark-on-light",
        "box": [10, 30, 50, 42],
        "scale": 0.5,
        "shift": [0, 0],
        "blank": False,
    }


def test_the_shift_brings_the_heavy_side_to_the_middle():
    canvas = np.zeros((60, 60))
    canvas[10:50, 10:12] = 1
    canvas[10:20, 10:50] = 1  # heavy at the top and left: moved down and right
    down, right = prepare_digit(canvas).shift
    assert down > 0
    assert right > 0


def test_a_shift_is_down_and_right_in_this_order():
    heavy_above = np.zeros((60, 60))
    heavy_above[10:50, 25:35] = 1
    heavy_above[10:20, 20:40] = 1  # it is even from left to right
    down, right = prepare_digit(heavy_above).shift
    assert down > 0
    assert right == 0
    assert prepare_digit(heavy_above.T.copy()).shift == (0, down)


@pytest.mark.parametrize("size", [8, 32, 56])
def test_other_frames_keep_mnists_proportions(size):
    result = prepare_digit(FIVE, (1, size, size)).picture
    assert result.shape == (size, size)
    assert np.ptp(np.flatnonzero(result.max(axis=1) > 16)) + 1 == round(size * 20 / 28)


def test_many_canvases_at_once_are_prepared_as_one_by_one():
    canvases = np.stack([drawing(64, height, 5, 5) for height in (20, 30, 50)])
    together = center_in_frame(canvases).pictures
    assert all(np.array_equal(together[i], center_in_frame(canvases[i : i + 1]).pictures[0]) for i in range(3))


def test_a_photo_of_the_right_size_stays_itself():
    picture = np.random.default_rng(0).integers(0, 100, (28, 28)).astype(np.uint8)
    assert np.array_equal(prepare_photo(picture, (1, 28, 28)).picture, picture)
    colour = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    assert np.array_equal(prepare_photo(colour, (3, 32, 32)).picture, colour.transpose(2, 0, 1))


def test_a_grey_photo_on_a_light_ground_is_inverted_but_a_colour_photo_is_not():
    picture = np.full((56, 56), 250, np.uint8)
    picture[10:40, 10:40] = 30
    grey = prepare_photo(picture, (1, 28, 28))
    assert (grey.polarity, int(grey.picture[14, 14])) == ("dark-on-light", 225)
    on_black = prepare_photo(255 - picture, (1, 28, 28))
    assert on_black.polarity == "light-on-dark"
    assert np.array_equal(on_black.picture, grey.picture)
    small = np.full((28, 28), 250, np.uint8)
    small[5:20, 5:20] = 30
    assert np.array_equal(prepare_photo(small, (1, 28, 28)).picture, 255 - small)  # of the frame's size: only inverted
    colour = prepare_photo(picture, (3, 28, 28)).picture
    assert colour.shape == (3, 28, 28)
    assert colour[0, 0, 0] == 250


def test_a_photo_keeps_its_proportions_and_its_ground():
    picture = np.full((20, 80, 3), (10, 20, 30), np.uint8)
    picture[4:16, 20:60] = 200
    result = prepare_photo(picture, (3, 40, 40)).picture
    assert result[:, 0, 0].tolist() == [10, 20, 30]
    assert np.argwhere(result[0] == 200).min(axis=0).tolist() == [17, 10]
    assert np.argwhere(result[0] == 200).max(axis=0).tolist() == [22, 29]


def test_the_model_says_which_preparation():
    assert np.array_equal(prepare(FIVE, "digits", (1, 28, 28)).picture, prepare_digit(FIVE).picture)
    assert np.array_equal(prepare(FIVE, "photo", (1, 28, 28)).picture, prepare_photo(FIVE, (1, 28, 28)).picture)
    with pytest.raises(UsageError, match="'sepia' is unknown"):
        prepare(FIVE, "sepia", (1, 28, 28))


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (np.zeros((5, 28, 28)), "one picture at a time"),
        (np.zeros((0, 28)), "one picture at a time"),
        (np.zeros(784), "one picture at a time"),
        (np.full((28, 28), 255.0), "from 0 to 1"),
        (np.full((28, 28), np.nan), "from 0 to 1"),
        (np.zeros((28, 28), np.int64), "int64"),
        (np.zeros((28, 28), complex), "complex"),
    ],
)
@pytest.mark.parametrize("preparation", ["digits", "photo"])
def test_what_is_no_picture_is_refused_with_the_reason(picture, why, preparation):
    with pytest.raises(UsageError, match=why):
        prepare(picture, preparation, (1, 28, 28))


def test_networks_with_impossible_channels_are_refused():
    with pytest.raises(UsageError, match="one channel"):
        prepare_digit(FIVE, (3, 28, 28))
    with pytest.raises(UsageError, match="1 \\(grey\\) or 3"):
        prepare_photo(FIVE, (2, 28, 28))


@pytest.mark.mnist
def test_mnist_comes_back_as_it_was():
    from numnist.data.load import load

    pictures = load("mnist").train.x[:1000, 0]
    prepared = [prepare_digit(picture) for picture in pictures]
    moved = np.abs(np.stack([p.picture for p in prepared]).astype(int) - pictures).max(axis=(1, 2))
    assert (moved <= 1).mean() > 0.85  # the rest had faint specks, which are dropped
    differ = np.abs(np.stack([p.picture for p in prepared]).astype(int) - pictures).mean(axis=(1, 2))
    assert (differ < 0.5).mean() >= 0.995  # the rest had specks that widened their box
    assert differ.mean() < 0.1  # 1 of 255 where a pixel rounds to its neighbour, and only few do


@pytest.mark.mnist
def test_fashion_comes_back_as_it_was():
    from numnist.data.load import load

    pictures = load("fashion-mnist").train.x[:1000, 0]
    assert all(np.array_equal(prepare_photo(picture, (1, 28, 28)).picture, picture) for picture in pictures)
