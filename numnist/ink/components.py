"""Connected components: which pixels of a mask hang together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


def label_components(mask: Mask) -> Ints:
    """Numbers (h, w): 0 where the mask is False, else the same number for pixels that hang together, from 1.

    Pixels hang together along their sides and corners.  Each row is cut into runs; runs of neighbouring rows that
    touch are joined, by passing the smallest number on until nothing changes (He, Chao and Suzuki, 2008, in arrays).
    """
    h, w = mask.shape
    edges = np.zeros((h, w + 2), bool)
    edges[:, 1:-1] = mask
    edges = edges[:, 1:] != edges[:, :-1]  # (h, w + 1): where a run begins, or the place after one
    row, at = divmod(np.flatnonzero(edges), w + 1)
    row, start, stop = row[::2], at[::2], at[1::2]
    joined = _join(len(row), *_touching(row, start, stop, w))
    numbers = np.unique(joined, return_inverse=True)[1] + 1
    labels = np.zeros((h, w), np.int64)
    labels[mask] = np.repeat(numbers, stop - start)
    return labels


def _touching(row: Ints, start: Ints, stop: Ints, width: int) -> tuple[Ints, Ints]:
    """Pairs of runs, (above, below), that touch: their rows are neighbours and their columns meet."""
    key = width + 2  # runs are in the order of row · key + column, so that those of the next row are found by it
    first = np.searchsorted(row * key + stop, (row + 1) * key + start)  # ends at or after my start
    last = np.searchsorted(row * key + start, (row + 1) * key + stop, side="right")  # begins at or before my end
    count = np.maximum(last - first, 0)
    above = np.repeat(np.arange(len(row)), count)
    below = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    return above, below


def _join(count: int, a: Ints, b: Ints) -> Ints:
    """For each of `count` things the smallest of all that hang together with it by the pairs (a, b)."""
    labels = np.arange(count)
    while True:
        least = np.minimum(labels[a], labels[b])
        if (least == labels[a]).all() and (least == labels[b]).all():
            return labels
        # the roots learn the smaller number, then everything follows its root
        np.minimum.at(labels, labels[a], least)
        np.minimum.at(labels, labels[b], least)
        while (further := labels[labels]).tolist() != labels.tolist():
            labels = further
