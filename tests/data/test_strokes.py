"""Drawn digits are the same everywhere, fair to all classes, and prepared like every picture."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.data.strokes import drawing as strokes
from numnist.data.strokes.drawing import draw, load_strokes
from numnist.data.strokes.glyphs import GLYPHS, glyphs
from numnist.ink.prepare import prepare_digit
from numnist.support.errors import UsageError


def test_the_first_pictures_do_not_depend_on_how_many_are_drawn(monkeypatch):
    monkeypatch.setattr(strokes, "BLOCK", 100)  # so that a few pictures fill several blocks
    many, labels = draw(250, seed=3)
    for count in (1, 99, 100, 130):
        few, first = draw(count, seed=3)
        assert np.array_equal(few, many[:count])
        assert np.array_equal(first, labels[:count])


def test_the_bits_do_not_depend_on_the_number_of_threads(monkeypatch):
    monkeypatch.setattr(strokes, "BLOCK", 50)
    drawn = []
    for threads in (1, 3):
        monkeypatch.setattr("numnist.support.workers.cores", lambda threads=threads: threads)
        drawn.append(draw(200, seed=1)[0])
    assert np.array_equal(*drawn)


def test_seeds_and_splits_share_no_picture():
    sets = [draw(100, seed, split)[0] for seed, split in ((0, "train"), (1, "train"), (0, "test"))]
    everything = np.concatenate(sets).reshape(300, -1)
    assert len(np.unique(everything, axis=0)) == 300


def test_every_ten_pictures_hold_every_digit_once_in_an_order_that_changes():
    labels = draw(100)[1].reshape(10, 10)
    assert np.array_equal(np.sort(labels, axis=1), np.tile(np.arange(10), (10, 1)))
    assert len(np.unique(labels, axis=0)) == 10


def test_a_data_set_has_the_sizes_asked_for():
    data = load_strokes(train=40, validation=20, test=0, seed=2)
    assert repr(data) == "Dataset('strokes', 40 / 20 / 0, (1, 28, 28), 10 classes)"
    assert data.preparation == "digits"
    assert data.train.x.dtype == np.uint8
    assert data.train.labels.dtype == np.int64
    assert np.array_equal(data.validation.x[:, 0], draw(20, 2, "validation")[0])


def test_nothing_and_less_than_nothing():
    assert draw(0)[0].shape == (0, 28, 28)
    with pytest.raises(UsageError, match="-1 digits"):
        draw(-1)


def test_drawn_digits_are_prepared_as_every_picture_is():
    pictures = draw(200, seed=5)[0]
    again = np.stack([prepare_digit(picture).picture for picture in pictures])
    differ = np.abs(again.astype(int) - pictures).mean(axis=(1, 2))
    assert (differ < 0.5).mean() >= 0.99  # rounding a pixel to its neighbour may move a box, rarely
    assert (pictures.max(axis=(1, 2)) == 255).all()


def test_drawn_digits_have_about_the_ink_of_handwriting():
    pictures = draw(1000)[0]
    assert 0.11 < pictures.mean() / 255 < 0.15  # MNIST has 0.131
    assert 0.28 < pictures.std() / 255 < 0.34  # MNIST has 0.308


def test_no_two_digits_look_alike():
    pictures = draw(200)[0].reshape(200, -1).astype(float)
    distance = np.abs(pictures[:, None] - pictures[None]).mean(axis=2) + 255 * np.eye(200)
    assert distance.min() > 2  # grey levels a pixel: even the same glyph differs along its edges


@pytest.mark.parametrize("digit", range(10))
def test_every_way_to_write_is_a_path_through_its_points(digit):
    for way, (weight, *texts) in zip(glyphs(digit), GLYPHS[digit], strict=True):
        points = sum(len(text.split()) for text in texts)
        assert way.control.shape == (points, 2)
        assert 2 * points <= strokes.NUMBERS - 30  # jitter must leave numbers for the hand
        assert weight > 0
        assert np.allclose(way.basis.sum(axis=1), 1)  # so that moving the points moves the path
        path = way.basis @ way.control
        assert np.abs(path[:, None] - way.control[None]).sum(axis=2).min(axis=0).max() < 1e-9
        steps = np.hypot(*np.diff(path, axis=0).T)[np.diff(way.stroke) == 0]
        assert steps.max() < 0.2  # of a height of 2: no gaps under the finest pen


@pytest.mark.mnist
@pytest.mark.slow
def test_the_nearest_drawn_digit_tells_what_people_wrote():
    from numnist.data.load import load

    mnist = load("mnist").train[:300]
    drawn, labels = draw(6000)
    a = mnist.x.reshape(300, -1).astype(np.float32)
    b = drawn.reshape(6000, -1).astype(np.float32)
    distance = (b**2).sum(axis=1) - 2 * a @ b.T  # (300, 6000)
    assert (labels[distance.argmin(axis=1)] == mnist.labels).mean() > 0.85  # the nearest of 6,000; chance is 0.1


def pieces(picture: np.ndarray) -> int:
    """How many pieces of ink hang together, corners included."""
    ink, count = picture > 60, 0
    while ink.any():
        count += 1
        piece = np.zeros_like(ink)
        piece[tuple(np.argwhere(ink)[0])] = True
        while True:
            grown = np.pad(piece, 1)
            grown = np.logical_or.reduce(
                [grown[1 + i : 29 + i, 1 + j : 29 + j] for i in (-1, 0, 1) for j in (-1, 0, 1)]
            )
            if np.array_equal(grown & ink, piece):
                break
            piece = grown & ink
        ink &= ~piece
    return count


def test_some_lines_are_broken_but_few():
    pictures, labels = draw(3000, seed=4)
    threes = pictures[labels == 3]  # written in one stroke, whichever way, and nowhere closed
    broken = sum(pieces(picture) > 1 for picture in threes) / len(threes)
    assert 0.005 < broken < 0.06, "one in twenty lifts the pen, and a wide pen hides some of it"
