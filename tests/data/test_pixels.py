"""Ranges of pixels: scaled with a note, or refused with the way out; and shapes that leave something open."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.data import Dataset
from numnist.data.checks import as_pictures
from numnist.data.dataset import RawDataset, Split
from numnist.data.pixels import full_range
from numnist.data.scaled import in_full_range
from numnist.support.errors import DataError

RNG = np.random.default_rng(0)
Y = np.arange(60) % 10


def test_sixteen_grey_levels_are_scaled_with_a_note():
    x = np.arange(17, dtype=np.uint8)
    (scaled,), (note,) = full_range([x])
    assert scaled.tolist() == np.rint(np.arange(17) * 255 / 16).tolist()  # to the nearest of 256 levels
    assert "largest pixel is 16" in note
    assert "0..255" in note


@pytest.mark.parametrize(("largest", "white"), [(1, 1), (2, 3), (3, 3), (4, 7), (7, 7), (8, 16), (15, 16), (16, 16)])
def test_white_is_that_of_the_fewest_bits(largest, white):
    (scaled,), notes = full_range([np.array([0, largest], np.uint8)])
    assert scaled.tolist() == [0, round(largest * 255 / white)]
    assert len(notes) == 1


@pytest.mark.parametrize("largest", [17, 32, 128, 255])
def test_other_pictures_are_left_alone(largest):
    x = np.array([0, largest], np.uint8)
    (same,), notes = full_range([x])
    assert same is x
    assert notes == ()


def test_all_splits_decide_together_and_are_scaled_alike():
    """A few dark pictures in one split are dark pictures."""
    dark, bright = np.array([0, 9], np.uint8), np.array([0, 200], np.uint8)
    assert full_range([dark, bright]) == ([dark, bright], ())
    scaled, _ = full_range([np.array([1], np.uint8), np.array([16], np.uint8)])
    assert [part.tolist() for part in scaled] == [[16], [255]]


def test_floats_are_in_range_already():
    x = np.array([0.0, 0.01], np.float32)
    assert full_range([x])[0][0] is x


def test_black_pictures_are_said():
    assert "all pixels are 0" in full_range([np.zeros(3, np.uint8)])[1][0]


def test_files_are_scaled_in_all_splits():
    x = RNG.integers(0, 17, (60, 1, 8, 8), dtype=np.uint8)
    train, test, kept = (Split(part, Y[:20]) for part in (x[:20], x[20:40] // 4, x[40:] // 16))
    data = in_full_range(RawDataset(train, test, kept), "here")
    for found, given in ((data.train, train), (data.test, test), (data.validation, kept)):
        assert np.array_equal(found.x, np.rint(given.x * (255 / 16)))  # to the nearest of 256 levels
    assert [note.startswith("here: the largest pixel") for note in data.notes] == [True]


@pytest.mark.parametrize(
    "x",
    [
        RNG.integers(0, 17, (60, 8, 8)).astype(np.float64),  # scikit-learn's load_digits
        RNG.integers(0, 17, (60, 64)),
        RNG.random((60, 8, 8)) < 0.5,
        (RNG.random((60, 64)) < 0.5).astype(np.int32),
    ],
)
def test_arrays_are_scaled_with_a_note(x):
    data = Dataset.of(x, Y)
    assert data.train.x.dtype == np.uint8
    assert data.train.x.max() == 255
    assert len(data.notes) == 1


WRONG = {
    "standardised": (RNG.normal(size=(60, 8, 8)), r"x = \(x - x.min\(\)\) / \(x.max\(\) - x.min\(\)\)"),
    "-1 to 1": (RNG.uniform(-1, 1, (60, 8, 8)), r"\(x \+ 1\) / 2"),
    "fractions of 255": (RNG.uniform(0, 255, (60, 8, 8)), "x / 255"),
    "fractions of 16": (RNG.uniform(0, 16, (60, 8, 8)), r"x\.min"),
    "16 bits": (RNG.integers(0, 65536, (60, 8, 8)), "x / 65535"),
    "signed bytes": (RNG.integers(-128, 128, (60, 8, 8), dtype=np.int8), "uint8"),
    "rows": (RNG.normal(size=(60, 784)), "features=True"),
}


@pytest.mark.parametrize(("x", "match"), WRONG.values(), ids=WRONG)
def test_other_ranges_are_refused_with_the_way_out(x, match):
    with pytest.raises(DataError, match=f"(?s)0..255.*{match}"):
        Dataset.of(x, Y)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_named_with_its_place(bad):
    x = RNG.random((60, 8, 8))
    x[4, 2, 1] = bad
    with pytest.raises(DataError, match=r"\[4, 2, 1\]"):
        Dataset.of(x, Y)


def test_floats_that_rounding_put_outside_are_clipped():
    x = as_pictures(np.array([[[-1e-9, 1 + 1e-9], [0.5, 0.25]]]), "x")
    assert (x.min(), x.max()) == (0, 1)


SHAPES = {
    "a side of 3": (60, 3, 3),
    "rows with channels": (60, 784, 3),
    "rows with channels first": (60, 3, 784),
    "cubes": (60, 28, 28, 28),
    "channels first or last": (60, 3, 8, 3),
    "transparency": (60, 8, 8, 4),
    "one picture": (28, 29),
    "numbers": (60,),
    "five axes": (60, 1, 1, 8, 8),
    "no pictures": (0, 8, 8),
    "no pixels": (60, 0, 8),
    "a row that is no square": (60, 600),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_shapes_that_are_no_pictures_or_open_are_refused(shape):
    with pytest.raises(DataError, match=rf"the array .*{shape[-1]}.*: "):
        as_pictures(np.zeros(shape, np.uint8), "the array")


@pytest.mark.parametrize("shape", [(60, 3, 8, 9), (60, 8, 9, 3)])
def test_colour_may_come_first_or_last(shape):
    x = RNG.integers(0, 256, shape, dtype=np.uint8)
    data = Dataset.of(x, Y, test=(x, Y), validation=0)
    assert data.shape == (3, 8, 9)
    assert np.array_equal(data.test.x, x if shape[1] == 3 else x.transpose(0, 3, 1, 2))
