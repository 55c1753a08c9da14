"""Drawn pictures to train on besides a data set of digits: rare hands, odd pens, and outliers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from numnist.data.dataset import DIGITS, Dataset, Split, join
from numnist.data.strokes.drawing import draw
from numnist.data.strokes.outliers import draw_outliers
from numnist.data.strokes.pen import ODD


def shows_digits(data: Dataset) -> bool:
    """Whether these are digits in MNIST's form, which drawn pictures may join."""
    return (
        data.classes == DIGITS
        and data.preparation == "digits"
        and data.shape == (1, 28, 28)
        and data.train.x.dtype == np.uint8
    )


def with_drawn(data: Dataset, digits: int, outliers: int) -> Dataset:
    """The data set with so many drawn digits and outliers to train on besides; other data as it is, with a note.

    Of each there are at most as many as pictures of its own, which must not drown in them.
    """
    digits, outliers = (min(count, len(data.train)) for count in (digits, outliers))
    if not digits and not outliers:
        return data
    if not shows_digits(data):
        note = f"{data.name}: drawn digits and outliers are left out, since its pictures are not digits as in MNIST."
        return replace(data, notes=(*data.notes, note))
    pictures, labels = draw(digits, split="further", pens=ODD, evenly=True)
    none = np.full(outliers, len(DIGITS))
    further = Split(np.concatenate([pictures, draw_outliers(outliers)])[:, None], np.concatenate([labels, none]))
    return replace(data, further=further if data.further is None else join(data.further, further))
