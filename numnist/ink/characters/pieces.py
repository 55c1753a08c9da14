"""Pieces: the connected components of the ink, with what their shapes say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.ink.components import label_components
from numnist.ink.pixels import Floats

Ints = NDArray[np.int64]

INKED = 0.25  # of the strongest ink: from here on a pixel is inked


@dataclass(frozen=True, eq=False)
class Pieces:
    """The components of the ink, in the order of their numbers.   labels: (h, w), 0 on paper, else number + 1"""

    labels: Ints
    top: Ints
    left: Ints
    bottom: Ints  # exclusive, as `right`
    right: Ints
    area: Ints
    pen: Floats  # pixels: about how broad their strokes are

    @classmethod
    def of(cls, ink: Floats) -> Pieces:
        """The pieces of ink (h, w), of which there is some."""
        inked = np.pad(ink >= INKED * float(ink.max()), 1)
        labels = label_components(inked)
        places = np.flatnonzero(inked)
        numbers = labels.ravel()[places] - 1
        count = int(numbers.max()) + 1
        first, last = np.full((2, count), max(labels.shape)), np.zeros((2, count), np.int64)
        for axis, lines in enumerate(divmod(places, labels.shape[1])):
            np.minimum.at(first[axis], numbers, lines)
            np.maximum.at(last[axis], numbers, lines)
        area = np.bincount(numbers, minlength=count)
        # a stroke has twice its length of sides to paper: of each pixel the sides are counted
        paper = ~inked.ravel()
        around = (-labels.shape[1], -1, 1, labels.shape[1])
        edge = np.bincount(numbers, sum(paper[places + step].astype(np.int64) for step in around), minlength=count)
        pen = 2 * area / edge * np.sqrt(2)
        return cls(labels[1:-1, 1:-1], first[0] - 1, first[1] - 1, last[0], last[1], area, pen)

    @property
    def height(self) -> Ints:
        return self.bottom - self.top

    @property
    def width(self) -> Ints:
        return self.right - self.left

    def shared(self, one: Any, others: Any, lines: str) -> Any:
        """How many lines ("rows" or "columns") one piece shares with others; below 0, how far they are apart."""
        low, high = (self.top, self.bottom) if lines == "rows" else (self.left, self.right)
        return np.minimum(high[one], high[others]) - np.maximum(low[one], low[others])

    def leaning(self, a: int, b: int) -> bool:
        """Whether in each row that two pieces share one of them is left of the other, and always the same one."""
        rows = slice(max(self.top[a], self.top[b]), min(self.bottom[a], self.bottom[b]))
        labels = self.labels[rows, min(self.left[a], self.left[b]) : max(self.right[a], self.right[b])]
        spans = []
        for mask in (labels == a + 1, labels == b + 1):
            spans.append((mask.argmax(axis=1), mask.shape[1] - mask[:, ::-1].argmax(axis=1)))
        (start, stop), (other_start, other_stop) = spans
        return bool((stop <= other_start).all() or (other_stop <= start).all())
