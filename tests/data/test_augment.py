"""Augmentation: each change alone does what it says, to uint8 and float pictures alike."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import Augment, UsageError
from numnist.data.augment import blur, resample
from tests.small import AUGMENT, pictures

EXACT = 1e-6  # of float32: the place of a pixel, up to 40, is rounded to 2e-6 of a pixel


class Draws:
    """A generator that always draws the same part of the way from low to high."""

    def __init__(self, part):
        self.part = part

    def uniform(self, low, high, shape):
        return np.full(shape, low + self.part * (high - low))

    def random(self, n):
        return np.arange(n) / n  # the first half of the pictures is below 0.5


MOST, LEAST, MIDDLE = Draws(1.0), Draws(0.0), Draws(0.5)


def picture(H=12, W=10, channels=1, N=3):
    x = np.random.default_rng(5).random((N, channels, H, W), np.float32)
    x.flags.writeable = False
    return x


def moved(x, down, right):
    """x by whole pixels, with background where nothing was."""
    H, W = x.shape[2:]
    padded = np.zeros((*x.shape[:2], 3 * H, 3 * W), x.dtype)
    padded[:, :, H : 2 * H, W : 2 * W] = x
    return padded[:, :, H - down : 2 * H - down, W - right : 2 * W - right]


@pytest.mark.parametrize(
    "x", [pictures(9, 0, (3, 8, 6)).x, picture(channels=3), picture().astype(float)], ids=["u8", "f4", "f8"]
)
@pytest.mark.parametrize(
    "augment",
    [
        Augment(),
        AUGMENT,
        Augment(shift=1),
        Augment(rotation=180),
        Augment(erase=1),
        Augment(flip=True),
        Augment(elastic=50),
    ],
    ids=repr,
)
def test_any_pictures_become_float32_in_0_to_1_and_are_not_touched(x, augment):
    before = x.copy()
    y = augment(x, np.random.default_rng(0))
    assert (y.dtype, y.shape) == (np.float32, x.shape)
    assert 0 <= y.min() <= y.max() <= 1
    assert np.array_equal(x, before)
    assert not np.shares_memory(x, y)


def test_changing_nothing_gives_the_pixels_as_parts_of_255():
    x = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    np.testing.assert_allclose(Augment()(x, MOST), x / 255, rtol=2e-7)  # 1/255 is rounded, and so is the product
    assert Augment()(x, MOST).max() == 1
    assert np.array_equal(Augment()(picture(), MOST), picture())


def test_bytes_and_floats_are_changed_alike():
    x = pictures(20, 0).x
    as_bytes, as_floats = (AUGMENT(x, np.random.default_rng(1)) for x in (x, (x / 255).astype(np.float32)))
    np.testing.assert_allclose(as_bytes, as_floats, atol=2e-7)  # x·(1/255) and x/255 differ by float32's rounding


def test_the_same_numbers_drawn_give_the_same_pictures_and_others_others():
    x = pictures(20, 0).x
    first, again, other = (AUGMENT(x, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_every_picture_is_changed_in_its_own_way():
    same = np.repeat(pictures(1, 0).x, 30, axis=0)
    assert len(np.unique(AUGMENT(same, np.random.default_rng(0)).reshape(30, -1), axis=0)) == 30


def test_channels_are_moved_together():
    x = np.repeat(picture(), 3, axis=1)
    y = AUGMENT(x, np.random.default_rng(0))
    assert np.array_equal(y[:, 0], y[:, 2])


@pytest.mark.parametrize(("rng", "sign"), [(MOST, 1), (LEAST, -1), (MIDDLE, 0)])
@pytest.mark.parametrize("pixels", [1, 2, 5, 10])
def test_a_shift_moves_by_that_part_of_the_side_down_and_right(rng, sign, pixels):
    x = picture(H=20, W=20)
    y = Augment(shift=pixels / 20)(x, rng)
    np.testing.assert_allclose(y, moved(x, sign * pixels, sign * pixels), atol=2 * EXACT)  # a row and a column


def test_a_shift_is_a_part_of_height_and_width_apart():
    x = picture(H=20, W=10)
    np.testing.assert_allclose(Augment(shift=0.2)(x, MOST), moved(x, 4, 2), atol=2 * EXACT)  # as above


def test_half_a_turn_turns_the_picture_round():
    x = picture(H=8, W=11)
    np.testing.assert_allclose(Augment(rotation=180)(x, MOST), x[:, :, ::-1, ::-1], atol=4 * EXACT)  # π is rounded too


def test_a_quarter_turn_is_a_quarter_turn():
    x = picture(H=9, W=9)
    quarter, back = (Augment(rotation=90)(x, rng) for rng in (MOST, LEAST))
    # as of half a turn
    np.testing.assert_allclose(quarter, np.rot90(x, -1, (2, 3)), atol=4 * EXACT)
    np.testing.assert_allclose(back, np.rot90(x, 1, (2, 3)), atol=4 * EXACT)


def square(size, half):
    x = np.zeros((1, 1, size, size), np.float32)
    x[:, :, size // 2 - half : size // 2 + half, size // 2 - half : size // 2 + half] = 1
    return x


@pytest.mark.parametrize(("rng", "factor"), [(MOST, 1.5), (LEAST, 0.5), (MIDDLE, 1)])
def test_a_zoom_makes_the_ink_larger_by_that_part(rng, factor):
    y = Augment(zoom=0.5)(square(40, 8), rng)
    assert y.sum() == pytest.approx((16 * factor) ** 2, rel=0.01)  # the edges fall between pixels


def test_a_shear_leans_the_picture_and_keeps_its_rows():
    x = square(40, 8)
    y = Augment(shear=45)(x, MOST)
    np.testing.assert_allclose(y.sum(axis=(1, 3)), x.sum(axis=(1, 3)), atol=1e-4)  # 40 pixels of float32 each
    columns = np.arange(40) @ y[0, 0].T / np.maximum(y[0, 0].sum(axis=1), 1e-9)
    steps = np.diff(columns[12:28])
    # tan 45°; a column is a quotient of two sums of 40 float32
    np.testing.assert_allclose(np.abs(steps), 1, atol=1e-3)
    assert len(set(np.sign(steps))) == 1


def test_an_elastic_change_moves_ink_but_keeps_its_mass():
    x = np.repeat(square(28, 6), 50, axis=0)
    y = Augment(elastic=30)(x, np.random.default_rng(0))
    assert np.abs(y - x).mean(axis=(1, 2, 3)).min() > 0.005
    assert y.sum(axis=(1, 2, 3)).mean() == pytest.approx(144, rel=0.05)  # bulges and dents even out over 50 pictures
    # a pixel moves by less than 1e-4, and its value, at an edge of height 1, by no more
    assert Augment(elastic=1e-4)(x, np.random.default_rng(0)) == pytest.approx(x, abs=1e-3)


def test_an_erased_part_is_a_square_of_zeros_and_nothing_else_changes():
    x = np.ones((300, 1, 20, 20), np.float32)
    y = Augment(erase=0.5)(x, np.random.default_rng(0))
    assert set(np.unique(y)) == {0, 1}
    heights, widths = ((y[:, 0] == 0).any(axis=axis).sum(axis=1) for axis in (2, 1))
    assert np.array_equal((y == 0).sum(axis=(1, 2, 3)), heights * widths)
    assert max(heights.max(), widths.max()) == 10
    inside = np.array([not (hole[[0, -1]].any() or hole[:, [0, -1]].any()) for hole in y[:, 0] == 0])
    assert np.abs(heights - widths)[inside].max() <= 1  # a side of 4.5 pixels covers 4 or 5 centres
    assert inside.sum() > 100


def test_an_erased_part_is_put_to_the_background_in_all_channels():
    x = np.ones((50, 3, 20, 20), np.float32)
    y = Augment(erase=0.5)(x, np.random.default_rng(0))
    assert np.array_equal(y[:, 0], y[:, 1])


def test_a_flip_mirrors_those_that_it_chooses_and_only_left_and_right():
    x = picture(N=4)
    y = Augment(flip=True)(x, MOST)
    assert np.array_equal(y[:2], x[:2, :, :, ::-1])
    assert np.array_equal(y[2:], x[2:])


def test_about_half_of_all_pictures_are_flipped():
    x = np.repeat(picture(N=1), 1000, axis=0)
    flipped = (Augment(flip=True)(x, np.random.default_rng(0)) != x).any(axis=(1, 2, 3)).mean()
    assert flipped == pytest.approx(0.5, abs=0.08)  # five standard deviations of a coin thrown 1,000 times


def places(N, H, W, down, right):
    i, j = np.meshgrid(np.arange(H) + down, np.arange(W) + right, indexing="ij")
    return np.broadcast_to(np.stack([i, j])[:, None], (2, N, H, W)).astype(np.float32)


@pytest.mark.parametrize("down", [-30, -11, -1, 0, 1, 7, 12, 13, 40])
@pytest.mark.parametrize("right", [-10, -1, 0, 3, 10, 99])
def test_reading_at_whole_pixels_is_exact_and_outside_is_nothing(down, right):
    x = picture(channels=2)
    far = moved(x, -down, -right) if abs(down) <= 12 and abs(right) <= 10 else np.zeros_like(x)
    assert np.array_equal(resample(x, places(3, 12, 10, down, right)), far)


def test_reading_between_pixels_weighs_the_four_around():
    x = picture()
    y = resample(x, places(3, 12, 10, 0.25, 0.5))
    four = 0.75 * (x[:, :, 3, 4] + x[:, :, 3, 5]) + 0.25 * (x[:, :, 4, 4] + x[:, :, 4, 5])
    np.testing.assert_allclose(y[:, :, 3, 4], four / 2, rtol=1e-6)  # float32 has 7 digits


def test_blurring_keeps_the_mass_in_the_middle_and_spreads_it_like_a_gaussian():
    matrix = blur(61, 4.0)
    assert matrix.sum(axis=0)[30] == pytest.approx(1, abs=1e-4)  # what lies beyond four standard deviations
    i = np.arange(61)
    assert np.sqrt(((i - 30) ** 2) @ matrix[:, 30]) == pytest.approx(4, rel=1e-3)  # the tails are cut likewise


@pytest.mark.parametrize(
    "wrong", [{"shift": -0.1}, {"shift": 2}, {"rotation": 181}, {"zoom": 1}, {"shear": 90}, {"elastic": np.inf},
              {"elastic_sigma": 0}, {"erase": 1.1}, {"erase": "much"}, {"flip": "yes"}], ids=str
)  # fmt: skip
def test_sizes_that_make_no_sense_are_refused(wrong):
    with pytest.raises(UsageError, match=f"augment {next(iter(wrong))} is "):
        Augment(**wrong)


def test_it_prints_as_the_code_that_makes_it():
    assert repr(Augment(shift=0.1, flip=True)) == "Augment(shift=0.1, flip=True)"
