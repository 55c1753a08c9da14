"""The steps of preparing ink: each shows its picture, and can be left out."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.ink.prepare import STEPS, prepare, prepare_digit
from numnist.support.errors import UsageError
from tests.ink.inked import FIVE, apart, bytes_of, drawing


def on_paper(top=20, left=30):
    """The drawing as the page sends it: dark on white, somewhere on a square canvas."""
    return 255 - bytes_of(drawing(280, 120, top, left))


def centre(picture):
    """The centre of mass, (down, right), in pixels."""
    return tuple(
        float(picture.sum(axis=1 - axis) @ (np.arange(picture.shape[axis]) + 0.5) / picture.sum()) for axis in (0, 1)
    )


def test_every_step_shows_the_picture_that_it_made():
    result = prepare(on_paper(), "digits", (1, 28, 28))
    assert tuple(result.stages) == ("given", *STEPS["digits"])
    given, ink, resized, centred = result.stages.values()
    assert np.array_equal(given, on_paper() / 255)
    assert ink[0, 0] == 0  # the paper
    assert np.array_equal(ink > 0.5, given < 0.5)
    assert np.array_equal(np.roll(resized, result.shift, axis=(0, 1)), centred)
    rows = np.flatnonzero(resized.max(axis=1) > 16)
    assert (rows.min(), rows.max()) == (4, 23)  # 20 pixels in the middle of 28
    assert np.array_equal(centred, result.picture)


def test_without_the_centre_the_ink_stays_in_the_middle_of_the_frame():
    whole, without = prepare_digit(on_paper()), prepare_digit(on_paper(), without=["center"])
    assert whole.shift != (0, 0)
    assert without.shift == (0, 0)
    assert np.array_equal(without.picture, whole.stages["fit"])
    assert sorted(without.picture.ravel()) == sorted(whole.picture.ravel())  # moved, not changed


def test_without_the_fit_a_small_drawing_stays_small():
    without = prepare_digit(on_paper(), without=["fit"])
    assert (without.box, without.scale) == ((0, 0, 280, 280), 0.1)
    rows = np.flatnonzero(without.picture.max(axis=1) > 16)
    assert 12 <= np.ptp(rows) + 1 <= 15  # 120 pixels and the pen's width, of 280, in 28
    assert np.allclose(centre(without.picture), 14, atol=0.5)  # moved by whole pixels
    neither = prepare_digit(on_paper(), without=["fit", "center"]).picture
    assert np.allclose(
        centre(neither), np.array(centre(255.0 - on_paper())) / 10, atol=0.1
    )  # where it was drawn, but for rounding to 8 bits


def test_without_the_fit_no_ink_is_pushed_out_of_the_frame():
    canvas = np.zeros((280, 280))
    canvas[:, 270:] = 1
    canvas[:10, 100:] = 1
    moved, still = (prepare_digit(canvas, without=without) for without in (["fit"], ["fit", "center"]))
    assert moved.picture.sum() == still.picture.sum()
    assert moved.shift == (0, -10)  # down there is no room; its left end is at 100 of 280


def test_without_the_ink_white_paper_counts_as_ink():
    without = prepare_digit(on_paper(), without=["ink"])
    assert without.box == (0, 0, 280, 280)
    assert np.array_equal(without.stages["ink"], without.stages["given"])
    assert np.median(without.picture[4:24, 4:24]) == 255
    light = 255 - on_paper()
    without, whole = prepare_digit(light, without=["ink"]), prepare_digit(light)
    assert apart(without.picture, whole.picture) < 1  # it is a foreground already: nothing to extract but noise of 0


@pytest.mark.parametrize("without", [(), ("ink",), ("fit",), ("center",), ("ink", "fit", "center")])
def test_an_empty_picture_is_blank_whatever_is_left_out(without):
    for level in (0, 255):
        result = prepare_digit(np.full((90, 90), level, np.uint8), without=without)
        assert result.blank
        assert not result.stages["center"].any()


def test_a_photo_without_its_steps():
    picture = np.full((60, 120), 250, np.uint8)
    picture[15:45, 30:90] = 30
    whole = prepare(picture, "photo", (1, 40, 40))
    assert whole.polarity == "dark-on-light"
    assert whole.box == (15, 30, 45, 90)
    assert (np.ptp(np.nonzero(whole.picture > 128), axis=1) + 1).tolist() == [20, 40]  # cut to it, 1:2
    scene = prepare(picture, "photo", (1, 40, 40), without=["ink", "center"])
    assert (scene.polarity, scene.box) == ("light-on-dark", (0, 0, 60, 120))
    assert int(scene.picture[0, 0]) == 250  # what is added looks like the border
    stretched = prepare(picture, "photo", (1, 40, 40), without=["fit"])
    assert (stretched.picture == 225).all()  # whatever its proportions
    assert tuple(whole.stages) == ("given", "ink", "fit")
    assert whole.stages["given"].shape == (1, 60, 120)
    plain = prepare(picture, "plain", (1, 40, 40), without=["ink"])
    assert np.array_equal(plain.picture, scene.picture)


def test_a_step_that_there_is_not_cannot_be_left_out():
    with pytest.raises(UsageError, match="no step 'smooth' to leave out; there are ink, fit, center"):
        prepare(FIVE, "photo", (1, 28, 28), without=["smooth"])
