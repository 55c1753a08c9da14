"""The checks below an explanation: its numbers against differences and against the naive twins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from numnist import naive
from numnist.evaluation.gradcheck import gradcheck
from numnist.explain.examples.layer_example import LayerRun, gradient_name
from numnist.explain.source import file_of
from numnist.nn.base import Array, Views
from numnist.nn.losses import Loss

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

    def f(_: Array) -> float:
        return float(np.vdot(run.dy, layer.forward(views, run.x, run.mode)[0]))

    trained = {gradient_name(name): run.p[name] for name, param in run.plan.walk() if param.momentum is None}
    numerical = {name: naive.numerical_gradient(f, a.reshape(-1)) for name, a in ({"dx": run.x} | trained).items()}
    report = gradcheck(layer, run.plan.in_shape)
    file = file_of(naive.twin(layer).forward)
    return (
        Check(f"every gradient above {DIFFERENCES}", largest_difference(numerical, run.results), CURVATURE),
        Check(f"gradcheck, {report.entries} random numbers: largest relative error", report.worst, report.tolerance),
        Check(f"naive twin, {file}: largest difference", largest_difference(run.naive, run.results), ROUNDING),
    )


def loss_checks(
    loss: Loss, logits: Array, labels: NDArray[np.int64], results: dict[str, Array], naive_results: dict[str, Array]
) -> tuple[Check, ...]:
    """A loss's gradient against differences, and the naive twin.   results: "loss" and "dlogits"."""
    slopes = naive.numerical_gradient(lambda _: loss(logits, labels)[0], logits.reshape(-1))
    file = file_of(naive.NAIVE_LOSSES[type(loss).__name__])
    return (
        Check(f"dlogits {DIFFERENCES}", largest_difference({"dlogits": slopes}, results), CURVATURE),
        Check(f"naive twin, {file}: largest difference", largest_difference(naive_results, results), ROUNDING),
    )


def largest_difference(some: Mapping[str, Array], others: Mapping[str, Array]) -> float:
    """Over all arrays of `some`, flat; NaN if any number is NaN, which Python's max may pass over."""
    return float(np.max([np.abs(a.ravel() - others[name].ravel()).max() for name, a in some.items()]))
