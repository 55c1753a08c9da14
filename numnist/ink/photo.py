"""The object of a photograph on black, cut to its box: as Fashion-MNIST's pictures were made."""

from __future__ import annotations

import numpy as np

from numnist.ink.components import label_components
from numnist.ink.ground import Mask, extent, grown
from numnist.ink.paper import paper_grey
from numnist.ink.pixels import Floats, resize, resizing_matrix

SEEN = 0.05  # of white: Fashion-MNIST was trimmed to what differs so much from the ground
NOISE = 3  # standard deviations of the ground
FINE = 128  # cells a side that are enough to see where an object is
PART = 0.02  # of the largest thing's area: what is smaller is no part of the object


def extract_object(grey: Floats) -> tuple[Floats, tuple[slice, slice], bool]:
    """The object on black (h, w), its box (rows, columns), and whether it is lighter than its ground.

    The object is what differs from the ground, with all that lies inside of it.  A dark one is inverted.  Where nothing
    differs the whole picture is the object.
    """
    paper, _ = paper_grey(grey)
    above = grey - paper
    cells = resize(above, *(min(n, FINE) for n in grey.shape))
    covered = _object(cells)
    left, right = (resizing_matrix(c, n) for c, n in zip(cells.shape, grey.shape))
    mask = left @ covered @ right.T > 0.5
    mask |= grown(mask, 1 + max(grey.shape) // FINE) & (np.abs(above) >= SEEN)  # to its edge, which cells blur
    if not mask.any():
        light = float(np.median(paper)) <= 0.5
        return grey if light else 1 - grey, (slice(0, grey.shape[0]), slice(0, grey.shape[1])), light
    light = bool(above[mask].mean() >= 0)
    rows, columns = (extent(np.flatnonzero(mask.any(axis=axis))) for axis in (1, 0))
    return np.where(mask, grey if light else 1 - grey, 0.0), (rows, columns), light


def _object(cells: Floats) -> Mask:
    """The largest thing that differs from the ground, its parts, and what they enclose.   cells: grey minus ground"""
    ground = np.abs(cells - np.median(cells))
    noise = 1.4826 * float(np.median(ground[ground < SEEN])) if (ground < SEEN).any() else 0.0
    labels = label_components(np.abs(cells) >= max(SEEN, NOISE * noise))
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    if not areas.max():
        return np.zeros(cells.shape, bool)
    around = label_components(np.pad(~(areas >= PART * areas.max())[labels], 1, constant_values=True))
    mask: Mask = (around != around[0, 0])[1:-1, 1:-1]
    return mask
