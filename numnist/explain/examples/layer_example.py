"""Working: an example that really ran, and the checks that say its gradients are right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.evaluation.gradcheck import gradcheck
from numnist.explain.matrices import number
from numnist.explain.source import file_of
from numnist.naive import NAIVE_LOSSES, backward as naive_backward, forward as naive_forward, numerical_gradient, twin
from numnist.nn.base import Layer, Mode, Plan, Views
from numnist.nn.losses import LOSSES

Array = NDArray[Any]
Index = tuple[int, ...]


@dataclass(frozen=True)
class Hand:
    """One number worked out by hand: name[index] = words = value, and why, where that is not plain."""

    name: str
    index: Index
    words: str
    value: float
    why: str = ""

    def __str__(self) -> str:
        at = f"[{', '.join(map(str, self.index))}]" if self.index else ""
        return f"{self.name}{at} = {self.words} = {number(self.value)}{f'   ({self.why})' if self.why else ''}"


@dataclass(frozen=True)
class Check:
    """A comparison: by how much it is off, and how much it may be."""

    what: str
    off: float
    most: float

    @property
    def ok(self) -> bool:
        return self.off <= self.most

    def __str__(self) -> str:
        off = f"{self.off:.0e}" if self.off else "0"
        return f"{'ok' if self.ok else 'WRONG'}  {off:>5}  {self.what}"


@dataclass(frozen=True)
class Worked:
    """A layer's forward and backward on small numbers.   p: parameters, g: their gradients, by name"""

    layer: Layer
    plan: Plan
    mode: Mode
    p: dict[str, Array]
    x: Array
    y: Array
    dy: Array
    dx: Array
    g: dict[str, Array]


By = Callable[[Worked], Hand]


@dataclass(frozen=True)
class Example:
    """A layer with small numbers, and how one of y and some of the gradients are worked out by hand.

    x, dy: (..., N);  p: values of parameters whose initial ones would hide something;  gradient: backward's formulas;
    helpers: further functions that do the work.
    """

    layer: Layer
    x: Any
    dy: Any
    gradient: tuple[str, ...]
    by_hand: tuple[By, ...]
    p: dict[str, Any] = field(default_factory=dict)
    paper: str = ""
    helpers: tuple[Callable[..., Any], ...] = ()
    note: str = ""  # what else must be known to follow it

    def work(self) -> Worked:
        """Run it, as in training, in float64."""
        x, dy = np.array(self.x, float), np.array(self.dy, float)
        plan, mode, rng = self.layer.build(x.shape[:-1]), Mode(True), np.random.default_rng(0)
        p = {
            name: np.array(self.p[name], float).reshape(param.shape)
            if name in self.p
            else param.initializer(rng, param.shape, param.fan_in, param.fan_out)
            for name, param in plan.walk()
        }
        g = {name: np.full(array.shape, np.nan) for name, array in p.items()}
        y, cache = self.layer.forward(Views(plan, p), x, mode)
        dx = self.layer.backward(Views(plan, p), Views(plan, g), dy, cache)
        assert dx is not None
        return Worked(self.layer, plan, mode, p, x, np.array(y), dy, np.array(dx), g)


def checks(worked: Worked) -> tuple[Check, ...]:
    """The example's gradients by differences, the gradient checker on random numbers, and the slow twin."""
    layer, views = worked.layer, Views(worked.plan, worked.p)
    trained = [name for name, param in worked.plan.walk() if param.momentum is None]

    def f(_: Array) -> float:
        return float(np.vdot(worked.dy, layer.forward(views, worked.x, worked.mode)[0]))

    pairs = [(worked.x, worked.dx), *((worked.p[name], worked.g[name]) for name in trained)]
    off = _largest(_off(numerical_gradient(f, array.reshape(-1)), says.reshape(-1)) for array, says in pairs)
    report = gradcheck(layer, worked.plan.in_shape)
    slow_dx, slow_g = naive_backward(layer, views, worked.x, worked.dy, worked.mode)
    slow_y = naive_forward(layer, views, worked.x, worked.mode)
    pairs = [(slow_y, worked.y), (slow_dx, worked.dx), *((slow_g[name], worked.g[name]) for name in worked.g)]
    slow = _largest(_off(a, b) for a, b in pairs)
    loops = file_of(twin(layer).forward)
    return (
        Check("every gradient above against differences: (f(θ+h) - f(θ-h)) / 2h", off, 1e-8),
        Check(f"gradcheck, {report.entries} random numbers: largest relative error", report.worst, report.tolerance),
        Check(f"naive twin, {loops}: largest difference", slow, 1e-12),
    )


def loss_checks(name: str, logits: Array, labels: NDArray[np.int64]) -> tuple[Check, ...]:
    """The same for a loss."""
    loss, dlogits = LOSSES[name]()(logits, labels)
    slopes = numerical_gradient(lambda _: LOSSES[name]()(logits, labels)[0], logits.reshape(-1))
    slow_loss, slow_dlogits = NAIVE_LOSSES[name](logits, labels)
    return (
        Check("dlogits against differences: (f(θ+h) - f(θ-h)) / 2h", _off(slopes, dlogits.reshape(-1)), 1e-8),
        Check(
            f"naive twin, {file_of(NAIVE_LOSSES[name])}: largest difference",
            _largest((abs(slow_loss - loss), _off(slow_dlogits, dlogits))),
            1e-12,
        ),
    )


def _off(a: Array, b: Array) -> float:
    return float(np.abs(a - b).max())


def _largest(values: Iterable[float]) -> float:
    """NumPy's maximum, since Python's own may pass over a NaN."""
    return float(np.max(list(values)))
