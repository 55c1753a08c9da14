"""The checks below an explanation: its numbers against differences and against the naive twins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist import naive
from numnist.evaluation.gradcheck import gradcheck
from numnist.explain.examples.layer_example import LayerRun
from numnist.explain.source import file_of
from numnist.nn.base import Views
from numnist.nn.losses import Loss

Array = NDArray[Any]
DIFFERENCES = "against differences: (f(θ+h) - f(θ-h)) / 2h"
ROUNDING = 1e-12  # the same few terms in another order
CURVATURE = 1e-8  # differences with h = 1e-5: rounding 1e-16 / h and curvature h², times numbers of order 10


@dataclass(frozen=True)
class Check:
    """A comparison: the largest difference found, and the largest allowed."""

    what: str
    off: float
    most: float

    @property
    def ok(self) -> bool:
        return self.off <= self.most

    def __str__(self) -> str:
        off = f"{self.off:.0e}" if self.off else "0"
        return f"{'ok' if self.ok else 'WRONG'}  {off:>5}  {self.what}"


def layer_checks(run: LayerRun) -> tuple[Check, ...]:
    """The example's gradients against differences, the gradient checker on random numbers, and the naive twin."""
    layer, views = run.layer, Views(run.plan, run.p)
    trained = [name for name, param in run.plan.walk() if param.momentum is None]

    def f(_: Array) -> float:
        return float(np.vdot(run.dy, layer.forward(views, run.x, run.mode)[0]))

    pairs = [(run.x, run.dx), *((run.p[name], run.g[name]) for name in trained)]
    numerical = ((naive.numerical_gradient(f, array.reshape(-1)), gradient.reshape(-1)) for array, gradient in pairs)
    report = gradcheck(layer, run.plan.in_shape)
    naive_dx, naive_g = naive.backward(layer, views, run.x, run.dy, run.mode)
    naive_y = naive.forward(layer, views, run.x, run.mode)
    loops = [(naive_y, run.y), (naive_dx, run.dx), *((naive_g[name], run.g[name]) for name in run.g)]
    return (
        Check(f"every gradient above {DIFFERENCES}", largest_difference(numerical), CURVATURE),
        Check(f"gradcheck, {report.entries} random numbers: largest relative error", report.worst, report.tolerance),
        Check(
            f"naive twin, {file_of(naive.twin(layer).forward)}: largest difference", largest_difference(loops), ROUNDING
        ),
    )


def loss_checks(loss: Loss, logits: Array, labels: NDArray[np.int64]) -> tuple[Check, ...]:
    """A loss's gradient against differences, and the naive twin."""
    value, dlogits = loss(logits, labels)
    slopes = naive.numerical_gradient(lambda _: loss(logits, labels)[0], logits.reshape(-1))
    naive_value, naive_dlogits = naive.naive_loss(loss, logits, labels)
    loops = [(np.array(naive_value), np.array(value)), (naive_dlogits, dlogits)]
    file = file_of(naive.NAIVE_LOSSES[type(loss).__name__])
    return (
        Check(f"dlogits {DIFFERENCES}", largest_difference([(slopes, dlogits.reshape(-1))]), CURVATURE),
        Check(f"naive twin, {file}: largest difference", largest_difference(loops), ROUNDING),
    )


def largest_difference(pairs: Iterable[tuple[Array, Array]]) -> float:
    """Over all pairs of arrays; NaN if any number is NaN, which Python's max may pass over."""
    return float(np.max([np.abs(a - b).max() for a, b in pairs]))
