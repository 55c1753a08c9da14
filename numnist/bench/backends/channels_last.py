"""Weights for libraries that keep a picture's channels last: TensorFlow, which must on a CPU, and JAX."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from numnist.bench.work import Array, Built
from numnist.nn import Conv2d, Dense, Flatten


def channels_last(layers: Sequence[Built]) -> list[dict[str, Array]]:
    """Each layer's arrays in that order: conv w (kh, kw, C, filters), dense w (in, units).

    What Flatten makes of (H, W, C) is in another order than of (C, H, W), so the rows of the next dense layer move.
    """
    found, picture = [], None  # what the last Flatten was given: (C, H, W)
    for layer, in_shape, _, arrays in layers:
        moved = dict(arrays)
        if isinstance(layer, Conv2d):
            moved["w"] = arrays["w"].transpose(2, 3, 1, 0)
        elif isinstance(layer, Dense):
            w = arrays["w"]  # (units, in)
            if picture is not None:
                w = w.reshape(len(w), *picture).transpose(0, 2, 3, 1).reshape(w.shape)
            moved["w"], picture = w.T, None
        elif isinstance(layer, Flatten):
            picture = in_shape
        found.append({name: np.array(array) for name, array in moved.items()})
    return found
