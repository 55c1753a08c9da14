"""Digits on all kinds of ground are read by the pretrained model, however they were scanned, framed, lit or cut."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from PIL import Image

from numnist.ink.prepare import prepare
from numnist.model.model import load_model
from tests.ink.kinds.digits import chosen, written
from tests.ink.kinds.grounds import KINDS

COUNT = 40  # of each kind; benchmarks/pictures.py draws 200
LEAST = 0.95 * COUNT  # docs/pictures.md shows 96% and more of 200


@cache
def digits():
    return load_model("digits")


def read(picture):
    """The label of a picture and the box of its ink; no label where nothing is drawn."""
    ink = prepare(picture, "digits", (1, 28, 28))
    label = None if ink.blank else digits().classes[digits().predict(ink.picture[None])[0]]
    return label, ink.box


@pytest.mark.parametrize("kind", KINDS)
def test_digits_are_read_on_every_ground(kind):
    place = list(KINDS).index(kind)
    labels = [read(KINDS[kind](i, np.random.default_rng((place, i))))[0] for i in range(COUNT)]
    assert sum(label == str(chosen(i).digit) for i, label in enumerate(labels)) >= LEAST


@pytest.mark.parametrize("side", [16, 28, 64, 200])
@pytest.mark.parametrize("dark", [False, True])
def test_a_picture_that_is_cut_at_its_own_box_reads_the_same(side, dark):
    same = 0
    for i in range(COUNT):
        sheet = np.rint(255 * written(i, np.random.default_rng(i))).astype(np.uint8)
        sheet = np.asarray(Image.fromarray(255 - sheet if dark else sheet).resize((side, side), Image.Resampling.BOX))
        label, (top, left, bottom, right) = read(sheet)
        same += read(sheet[top:bottom, left:right])[0] == label
    assert same >= LEAST  # of pictures cut so closely, some are as much ink as paper
