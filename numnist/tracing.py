"""Tracing: what every layer of a model makes of some pictures, for figures and for the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.layers.base import EVAL, Array, Layer, Views
from numnist.layers.sequential import Sequential
from numnist.model import Model


@dataclass(frozen=True, eq=False)
class Traced:
    """One layer at work.  place: as in Plan.leaves(), "3" or "2.0";  output: (N, features) or (N, C, H, W)"""

    place: str
    layer: Layer
    output: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the output for one picture."""
        return self.output.shape[1:]


def trace(model: Model, pictures: NDArray[Any]) -> list[Traced]:
    """The output of every layer, as they are written, in use and not in training.

    pictures: (N, H, W) or (N, C, H, W) as `Model.logits` takes them.  A Sequential inside is walked through, any other
    layer that holds layers, such as Residual, is one step.  Raises ShapeError or UsageError for what is no picture.
    """
    x = model.normalization.apply(model.pictures(pictures), model.dtype)  # (C, H, W, N)
    return [
        Traced(place, layer, np.ascontiguousarray(np.moveaxis(y, -1, 0)))
        for place, layer, y in _through(model.network, model.p, x, "")
    ]


def _through(layer: Layer, p: Views, x: Array, place: str) -> Iterator[tuple[str, Layer, Array]]:
    """Each layer with its place and its output, batch-last."""
    if not isinstance(layer, Sequential):
        yield place, layer, layer.forward(p, x, EVAL)[0]
        return
    for i, inner in enumerate(layer.layers):
        for step in _through(inner, p[i], x, f"{place}.{i}".lstrip(".")):
            x = step[2]
            yield step
