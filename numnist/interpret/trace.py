"""Tracing: what every layer of a model makes of some pictures, and the way back, for figures and for the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.model.model import Model
from numnist.nn.base import EVAL, Array, Layer, Views
from numnist.nn.losses import CROSS_ENTROPY, Loss
from numnist.nn.sequential import Sequential
from numnist.support.errors import ShapeError


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


@dataclass(frozen=True, eq=False)
class Passed:
    """One layer at work, forward and on the way back.

    place: as in `Traced`;  p: its parameters;  g: their gradients, by the same names;  cache: what its forward kept;
    x, y: its input and output, dx, dy: the loss's gradients there, batch-last: (features, N) or (C, H, W, N).
    """

    place: str
    layer: Layer
    p: Views
    g: Views
    cache: Any
    x: Array
    y: Array
    dx: Array
    dy: Array


@dataclass(frozen=True, eq=False)
class WayBack:
    """The loss of some pictures, and its gradient everywhere.

    layers: in the order of forward;  dinput: of the normalised input, (C, H, W, N), the first layer's dx;
    dpixels: of the pixels from 0 to 1, (N, C, H, W).
    """

    loss: float
    layers: list[Passed]
    dinput: Array
    dpixels: Array

    @property
    def logits(self) -> Array:
        """(classes, N)"""
        return self.layers[-1].y


def trace(model: Model, pictures: NDArray[Any]) -> list[Traced]:
    """The output of every layer, as they are written, in use and not in training.

    pictures: (N, H, W) or (N, C, H, W) as `Model.logits` takes them.  A Sequential inside is walked through, any other
    layer that holds layers, such as Residual, is one step.  Raises ShapeError or UsageError for what is no picture.
    """
    x = model.normalization.apply(model.pictures(pictures), model.dtype)  # (C, H, W, N)
    traced = []
    for place, layer, p, _ in walk(model.network, model.p, model.p):
        x, _ = layer.forward(p, x, EVAL)
        traced.append(Traced(place, layer, np.ascontiguousarray(np.moveaxis(x, -1, 0))))
    return traced


def trace_back(
    model: Model,
    pictures: NDArray[Any],
    labels: Any,
    loss: Loss = CROSS_ENTROPY,
    *,
    wanted: Array | None = None,
) -> WayBack:
    """Forward as `trace`, then the loss for these labels, and its gradient at every layer's input and output.

    The layers' own `backward`, which training uses too, but in use and not in training: nothing is dropped, batch norm
    has its running statistics.

    labels: (N,) indices into `classes`.  wanted: (classes, N), the gradient of something else than the loss at the
    logits, e.g. one class's 1 for the gradient of its score.  Raises ShapeError or UsageError for what does not fit.
    """
    pictures, labels = model.pictures(pictures), np.asarray(labels)
    if labels.shape != (len(pictures),) or not ((labels >= 0) & (labels < len(model.classes))).all():
        raise ShapeError(
            f"{len(pictures)} pictures want one label each, from 0 to {len(model.classes) - 1}, but got "
            f"{np.array2string(labels, threshold=10)}: give indices into the model's classes."
        )
    x = model.normalization.apply(pictures, model.dtype)  # (C, H, W, N)
    ahead = []
    for place, layer, p, g in walk(model.network, model.p, model.views(np.zeros_like(model.theta))):
        y, cache = layer.forward(p, x, EVAL)
        ahead.append((place, layer, p, g, cache, x, y))
        x = y
    value, dlogits = loss(x, labels)
    dy: Array = dlogits if wanted is None else np.asarray(wanted, model.dtype)
    layers: list[Passed] = []
    for place, layer, p, g, cache, x, y in reversed(ahead):
        dx = layer.backward(p, g, dy, cache, True)
        assert dx is not None
        layers.append(Passed(place, layer, p, g, cache, x, y, dx, dy))
        dy = dx
    scale = (1 / model.normalization.std).astype(model.dtype)
    return WayBack(value, layers[::-1], dy, np.ascontiguousarray(np.moveaxis(dy, -1, 0)) * scale)


def walk(layer: Layer, p: Views, g: Views, place: str = "") -> Iterator[tuple[str, Layer, Views, Views]]:
    """Each layer with its place and its views, in the order in which they run; what a Sequential holds, one by one."""
    if not isinstance(layer, Sequential):
        yield place, layer, p, g
        return
    for i, inner in enumerate(layer.layers):
        yield from walk(inner, p[i], g[i], f"{place}.{i}".lstrip("."))
