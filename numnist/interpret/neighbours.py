"""Resemblance: which of many pictures are like one another in a network's eyes.

What a network has made of a picture just before it decides is what it has learnt to look at: pictures near one another
there are alike to it, however far apart their pixels are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.fast.compile import compile
from numnist.model.model import Model
from numnist.nn.base import Array
from numnist.nn.dense import Dense
from numnist.nn.sequential import Sequential
from numnist.support.rng import keyed_rng

SKETCH = 64  # numbers that are kept of each picture: 2.5 MB for 10,000
CANDIDATES = 200  # of which the true distances are then worked out
SHARD = 256  # pictures at a time


class Index:
    """Many pictures of one model, and their neighbours.

    Of each only a sketch is kept: random sums of its features, whose distances are those of the features within some
    ten in a hundred (Johnson & Lindenstrauss 1984; Achlioptas 2003, sums with weights of ±1).  The best by the sketch
    go through the network again, and are put in order by their true distance.

    pictures: (N, C, H, W) as `Model.logits` takes them; they are not copied.  Raises ShapeError or UsageError.
    """

    def __init__(self, model: Model, pictures: NDArray[Any]):
        self.model, self.pictures = model, model.pictures(pictures)
        self._signs: Array | None = None
        shards = [self.pictures[at : at + SHARD] for at in range(0, len(self.pictures), SHARD)]
        self._sketches = np.concatenate([self._sketch(features(model, shard)) for shard in shards])  # (N, SKETCH)

    def nearest(self, picture: NDArray[Any], count: int) -> list[tuple[int, float]]:
        """(index, distance) of the nearest pictures, the nearest first.   picture: (C, H, W)"""
        own = features(self.model, picture[None])  # (1, features)
        off = self._sketches - self._sketch(own)
        order = np.argsort(np.vecdot(off, off), kind="stable")[: max(count, CANDIDATES)]
        off = features(self.model, self.pictures[order]) - own
        distances = np.sqrt(np.vecdot(off, off))
        best = np.argsort(distances, kind="stable")[:count]
        return [(int(order[k]), float(distances[k])) for k in best]

    def _sketch(self, found: Array) -> Array:
        """(n, features) -> (n, SKETCH)"""
        if self._signs is None:
            rng = keyed_rng(0, "resemblance", found.shape[1])
            self._signs = rng.choice(np.array([-1, 1], found.dtype), (found.shape[1], SKETCH)) / np.sqrt(SKETCH)
            self._signs = self._signs.astype(found.dtype)
        return found @ self._signs


def features(model: Model, pictures: NDArray[Any]) -> Array:
    """What goes into the last dense layer of each picture, or the logits where there is none: (N, features).

    pictures: as `Model.logits` takes them.  Raises ShapeError or UsageError.
    """
    x = model.normalization.apply(model.pictures(pictures), model.dtype)
    network = model.network
    last = len(network.layers) - 1 if isinstance(network, Sequential) else 0
    if isinstance(network, Sequential) and last and isinstance(network.layers[last], Dense):
        network = Sequential(*network.layers[:last])  # the same places, so the same parameters
    return np.ascontiguousarray(compile(network, len(pictures), training=False).forward(model.p, x)[0].T)
