"""Outliers are the same everywhere, of every kind, and what is drawn besides a data set keeps to digits."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.data.dataset import Dataset, Split
from numnist.data.strokes.drawing import draw, load_strokes
from numnist.data.strokes.further import with_drawn
from numnist.data.strokes.glyphs import GLYPHS
from numnist.data.strokes.outliers import EACH, KINDS, draw_outliers
from numnist.data.strokes.pen import ODD
from numnist.data.strokes.signs import OUTLINES, SIGNS, signs
from numnist.support.errors import DataError, UsageError

BLOCK = EACH * len(KINDS)


def test_the_first_outliers_do_not_depend_on_how_many_are_drawn():
    many = draw_outliers(BLOCK + 30, seed=3)
    for count in (0, 1, 100, BLOCK):
        assert np.array_equal(draw_outliers(count, seed=3), many[:count])


def test_the_bits_do_not_depend_on_the_number_of_threads(monkeypatch):
    drawn = []
    for threads in (1, 3):
        monkeypatch.setattr("numnist.support.workers.cores", lambda threads=threads: threads)
        drawn.append(draw_outliers(2 * BLOCK))
    assert np.array_equal(*drawn)


def test_seeds_and_splits_share_no_outlier():
    sets = [draw_outliers(BLOCK, seed, split) for seed, split in ((0, "train"), (1, "train"), (0, "test"))]
    # few plain shapes and tables may come twice
    assert len(np.unique(np.concatenate(sets).reshape(3 * BLOCK, -1), axis=0)) > 2.9 * BLOCK


def test_every_outlier_shows_something():
    pictures = draw_outliers(2 * BLOCK)
    assert pictures.dtype == np.uint8
    assert (np.ptp(pictures.reshape(len(pictures), -1), axis=1) > 60).all()


def test_fewer_than_none_is_refused():
    with pytest.raises(UsageError, match="cannot draw -1 outliers"):
        draw_outliers(-1)


def test_signs_have_no_digit_among_them():
    digits = {strokes for ways in GLYPHS for _, *strokes in ways for strokes in strokes}
    assert not digits & {stroke for sign in SIGNS for stroke in sign}
    assert len(set(SIGNS)) == len(SIGNS) == len(signs())
    assert len(set(OUTLINES)) == len(OUTLINES)


def test_drawn_pictures_join_a_data_set_of_digits():
    data = load_strokes(train=50, validation=10, test=10)
    more = with_drawn(data, 20, 30)
    assert len(more.train) == 50
    assert np.bincount(more.further.labels).tolist() == [2] * 10 + [30]
    assert np.array_equal(more.training.x, np.concatenate([data.train.x, more.further.x]))
    assert np.array_equal(more.further.x[:20, 0], draw(20, split="further", pens=ODD, evenly=True)[0])
    assert more.sha256 == data.sha256  # it is of the data; what is drawn follows from the recipe
    assert with_drawn(data, 0, 0) is data


def test_few_pictures_do_not_drown_in_drawn_ones():
    data = load_strokes(train=50, validation=10, test=10)
    more = with_drawn(data, 8000, 12000)
    assert np.bincount(more.further.labels).tolist() == [5] * 10 + [50]


@pytest.mark.parametrize(
    "wrong",
    [{"classes": tuple("abcdefghij")}, {"preparation": "photo"}],
    ids=["letters", "photos"],
)
def test_drawn_pictures_do_not_join_other_data_which_says_so(wrong):
    strokes = load_strokes(train=50, validation=10, test=10)
    splits = {"train": strokes.train, "validation": strokes.validation, "test": strokes.test}
    data = Dataset("own", **splits, **{"classes": strokes.classes, "preparation": "digits"} | wrong)
    more = with_drawn(data, 20, 30)
    assert more.further is None
    assert "own: drawn digits and outliers are left out" in more.notes[-1]


def test_only_further_pictures_may_be_of_no_class():
    data = load_strokes(train=50, validation=10, test=10)
    none = Split(data.test.x, np.full(10, 10))
    splits = {"train": data.train, "validation": data.validation, "test": data.test}
    assert len(Dataset("own", **splits, classes=data.classes, further=none).training) == 60
    with pytest.raises(DataError, match="the test labels run from 10 to 10, but there are 10 classes"):
        Dataset("own", **splits | {"test": none}, classes=data.classes)
    with pytest.raises(DataError, match="the further labels run from 11"):
        Dataset("own", **splits, classes=data.classes, further=Split(data.test.x, np.full(10, 11)))
