"""Nearest neighbours: which pictures a network finds most alike.

A picture's features are the input of the last dense layer.  Pictures whose features are close are alike to the
network, however far apart their pixels are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.fast.compile import compile
from numnist.model.finite import check_outputs
from numnist.model.model import Model
from numnist.nn.base import Array
from numnist.nn.dense import Dense
from numnist.nn.sequential import Sequential

SHARD = 256  # pictures that go through the network together
CHUNK = 4096  # pictures whose distances are computed together, so that the temporary array stays small


class NeighbourIndex:
    """The features of many pictures, searched exactly.

    pictures: (N, C, H, W) as `Model.logits` takes them; they are not copied.  The index holds all their features in the
    model's dtype: N × features × 4 bytes in float32, 31 MB for 60,000 pictures and 128 features.
    Raises ShapeError or UsageError.
    """

    def __init__(self, model: Model, pictures: NDArray[Any]):
        self.model, self.pictures = model, model.check_pictures(pictures)
        shards = (self.pictures[at : at + SHARD] for at in range(0, len(self.pictures), SHARD))
        self.features = np.concatenate([features(model, shard) for shard in shards])  # (N, features)

    def nearest(self, picture: NDArray[Any], count: int) -> list[tuple[int, float]]:
        """(index, Euclidean distance) of the nearest pictures, nearest first; ties in the order of the index.

        picture: (C, H, W).  Distances come from differences of features, not from |f|² - 2 f·q + |q|², which cancels
        for close pictures.  The features of one picture alone may differ from those of a shard in their last bits, so
        the distance of a picture to itself would be about 1e-6 of its length: equal pixels have distance 0 exactly.
        """
        query = features(self.model, picture[None])  # (1, features)
        squared = np.empty(len(self.features), query.dtype)
        for at in range(0, len(squared), CHUNK):
            off = self.features[at : at + CHUNK] - query
            squared[at : at + CHUNK] = np.vecdot(off, off)
        best = np.argsort(squared, kind="stable")[:count]
        squared[best[(self.pictures[best] == picture).all(axis=(1, 2, 3))]] = 0
        return [(int(k), float(np.sqrt(squared[k]))) for k in sorted(best, key=lambda k: float(squared[k]))]


def features(model: Model, pictures: NDArray[Any]) -> Array:
    """The input of the last dense layer, or the logits if the network does not end in one: (N, features).

    pictures: as `Model.logits` takes them.  Raises ShapeError or UsageError, and NotFiniteError.
    """
    x = model.normalization.apply(model.check_pictures(pictures), model.dtype)
    network = model.network
    if isinstance(network, Sequential) and isinstance(network.layers[-1], Dense) and len(network.layers) > 1:
        network = Sequential(*network.layers[:-1])  # the same places, so the same parameters
    with np.errstate(all="ignore"):  # what overflows is told by the check
        found = compile(network, len(pictures), training=False).forward(model.p, x)[0]
    check_outputs(found, model.theta)
    return np.ascontiguousarray(found.T)
