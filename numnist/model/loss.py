"""The loss of a model on some pictures, and its gradient at the parameters, by the textbook layers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.model.parameters import Parameters
from numnist.nn.base import EVAL, Array, Layer
from numnist.nn.losses import Loss
from numnist.support.errors import ShapeError

Shards = Iterable[tuple[Array, NDArray[np.int64]]]  # normalised pictures (C, H, W, n) with their labels (n,)


def check_labels(labels: Any, pictures: int, classes: int) -> NDArray[np.int64]:
    """The labels as an array, (N,).  Raises ShapeError unless each picture has one, from 0 to classes - 1."""
    found = np.asarray(labels)
    if found.shape != (pictures,) or found.dtype.kind not in "iu" or not ((found >= 0) & (found < classes)).all():
        raise ShapeError(
            f"{pictures} pictures need one label each, from 0 to {classes - 1}, but got "
            f"{np.array2string(found, threshold=10)}: give indices into the model's classes."
        )
    return found


def gradient(network: Layer, parameters: Parameters, shards: Shards, count: int, loss: Loss) -> dict[str, Array]:
    """The gradient of the mean loss of `count` pictures at each trained parameter, by its name, in evaluation mode."""
    p, total, part = parameters.views(), np.zeros_like(parameters.theta), np.zeros_like(parameters.theta)
    g = parameters.views(part)
    for x, labels in shards:
        logits, cache = network.forward(p, x, EVAL)
        _, dlogits = loss(logits, labels, count)
        network.backward(p, g, dlogits, cache, False)
        total += part
    trained = [name for name, param in parameters.plan.walk() if param.momentum is None]
    arrays = parameters.arrays(total)
    return {name: arrays[name] for name in trained}
