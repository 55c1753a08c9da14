"""Trace pictures through a model: every layer's output and, in the backward pass, every gradient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.model.finite import check_derived, check_outputs
from numnist.model.loss import check_labels
from numnist.model.model import Model
from numnist.nn.base import EVAL, Array, Layer, Views
from numnist.nn.losses import CROSS_ENTROPY, Loss
from numnist.nn.sequential import Sequential


@dataclass(frozen=True, eq=False)
class LayerOutput:
    """One layer's output.  place: as in Plan.leaves(), "3" or "2.0";  output: (N, features) or (N, C, H, W)"""

    place: str
    layer: Layer
    output: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """The output's shape for one picture."""
        return self.output.shape[1:]


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """One layer in the forward and backward pass.

    place: as in `LayerOutput`;  p: its parameters;  g: their gradients, by the same names;  cache: from forward to
    backward;  x, y: input and output;  dx, dy: the gradients there.  Batch-last: (features, N) or (C, H, W, N).
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
class BackwardTrace:
    """The loss of some pictures, and its gradients.

    layers: in the order of forward;  dinput: at the normalised input, (C, H, W, N), the first layer's dx;
    dpixels: at the pixels from 0 to 1, (N, C, H, W).
    """

    loss: float
    layers: list[LayerTrace]
    dinput: Array
    dpixels: Array

    @property
    def logits(self) -> Array:
        """(classes, N)"""
        return self.layers[-1].y


def trace(model: Model, pictures: NDArray[Any]) -> list[LayerOutput]:
    """The output of every layer, one after the other as they are written, in evaluation mode.

    pictures: (N, H, W) or (N, C, H, W) as `Model.logits` takes them.  A nested Sequential is traced layer by layer; any
    other layer that holds layers, such as Residual, is one step.  Numbers that are infinite or NaN are shown as they
    are, since here one looks for where they begin.  Raises ShapeError or UsageError.
    """
    x = model.normalization.apply(model.check_pictures(pictures), model.dtype)  # (C, H, W, N)
    outputs = []
    for place, layer, p, _ in _walk(model.network, model.p, model.p):
        x, _ = layer.forward(p, x, EVAL)
        outputs.append(LayerOutput(place, layer, np.ascontiguousarray(np.moveaxis(x, -1, 0))))
    return outputs


def trace_backward(
    model: Model,
    pictures: NDArray[Any],
    labels: Any,
    loss: Loss = CROSS_ENTROPY,
    *,
    dlogits: Array | None = None,
) -> BackwardTrace:
    """Forward as in `trace`, then the loss for these labels and its gradients at every layer's input and output.

    This is the `backward` that training uses, but in evaluation mode: no dropout, and batch norm uses its running
    statistics.

    labels: (N,) indices into `classes`.  dlogits: (classes, N), where to start instead of the loss's gradient, as in a
    single 1 for the gradient of one class's score.  Raises ShapeError or UsageError, and NotFiniteError where the
    output or the gradient at the pixels is infinite or not a number: `trace` shows in which layer that begins.
    """
    pictures = model.check_pictures(pictures)
    labels = check_labels(labels, len(pictures), len(model.classes))
    x = model.normalization.apply(pictures, model.dtype)  # (C, H, W, N)
    passed = []
    with np.errstate(all="ignore"):  # what overflows is told by the checks
        for place, layer, p, g in _walk(model.network, model.p, model.parameters.views(np.zeros_like(model.theta))):
            y, cache = layer.forward(p, x, EVAL)
            passed.append((place, layer, p, g, cache, x, y))
            x = y
        check_outputs(x, model.theta)
        value, dloss = loss(x, labels)
        dy: Array = dloss if dlogits is None else np.asarray(dlogits, model.dtype)
        layers: list[LayerTrace] = []
        for place, layer, p, g, cache, x, y in reversed(passed):
            dx = layer.backward(p, g, dy, cache, True)
            assert dx is not None
            layers.append(LayerTrace(place, layer, p, g, cache, x, y, dx, dy))
            dy = dx
    check_derived(dy, "the gradient at the pixels", model.theta)
    scale = (1 / model.normalization.std).astype(model.dtype)
    return BackwardTrace(value, layers[::-1], dy, np.ascontiguousarray(np.moveaxis(dy, -1, 0)) * scale)


def _walk(layer: Layer, p: Views, g: Views, place: str = "") -> Iterator[tuple[str, Layer, Views, Views]]:
    """Each layer with its place and its views in the order of forward, a Sequential's layers one by one."""
    if not isinstance(layer, Sequential):
        yield place, layer, p, g
        return
    for i, inner in enumerate(layer.layers):
        yield from _walk(inner, p[i], g[i], f"{place}.{i}".lstrip("."))
