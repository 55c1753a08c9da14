"""Gradient checker: is what backward says what happens when a number is moved a little?

    gradcheck(Conv2d(4, 3), (2, 6, 6))        a layer: all its parameters and dx
    gradcheck(model)                          a network from picture to loss, some entries of every array

Everything in float64, whatever the model's own type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

import numpy as np

from numnist.model.model import Model
from numnist.nn.base import EVAL, Array, Layer, Mode, Plan, Shape, Views
from numnist.nn.losses import CROSS_ENTROPY, Loss
from numnist.support.errors import UsageError

MOST_KINKS = 0.2  # of the entries; usual is none, but one near tie in a max pool is met by every weight before it

Index = tuple[int, ...]
Place = tuple[str, Index]  # a number in one of the arrays


@dataclass(frozen=True)
class Entry:
    """One number moved: the derivative that backward says, that differences say, and how far apart they are."""

    name: str  # of the array, as in Plan.walk(), or "x"
    index: Index
    analytic: float
    numerical: float
    error: float  # relative to the array's largest derivative
    kink: bool  # next to a kink, compared with the slope of one side

    def __str__(self) -> str:
        return f"{self.name}{list(self.index)}: backward says {self.analytic:.9g}, differences {self.numerical:.9g}"


@dataclass(frozen=True, repr=False)
class GradcheckReport:
    """What gradcheck found.  Prints as a table."""

    subject: str
    checked: tuple[Entry, ...]
    tolerance: float

    @property
    def ok(self) -> bool:
        """Every entry within the tolerance, and few of them next to kinks."""
        return self.worst <= self.tolerance and self.kinks <= max(1, MOST_KINKS * self.entries)

    @property
    def worst(self) -> float:
        """The largest relative error."""
        return max(self.parameters.values())

    @property
    def parameters(self) -> dict[str, float]:
        """The largest relative error of each array, by its name; dx is "x"."""
        found: dict[str, float] = {}
        for entry in self.checked:
            found[entry.name] = max(entry.error, found.get(entry.name, 0.0))
        return found

    @property
    def entries(self) -> int:
        return len(self.checked)

    @property
    def kinks(self) -> int:
        """Entries next to a kink."""
        return sum(entry.kink for entry in self.checked)

    def __repr__(self) -> str:
        lines = [f"gradcheck of {self.subject}: {'ok' if self.ok else 'NOT OK'}"]
        for name, error in self.parameters.items():
            count = sum(entry.name == name for entry in self.checked)
            verdict = "" if error <= self.tolerance else "   wrong"
            lines.append(f"  {name:<12} {count:>6} entries   {error:.1e}{verdict}")
        lines.append(f"  largest error {self.worst:.1e}, allowed {self.tolerance:.0e}; {self.kinks} next to a kink")
        if self.worst > self.tolerance:
            lines.append(f"  worst: {max(self.checked, key=lambda entry: entry.error)}")
        return "\n".join(lines)


def gradcheck(
    thing: Layer | Model,
    in_shape: Shape | None = None,
    *,
    loss: Loss | None = None,
    samples: int = 4,
    h: float = 1e-5,
    tolerance: float = 1e-8,
    seed: int = 0,
    most: int | None = 100,
    train: bool = True,
) -> GradcheckReport:
    """Compare backward with differences for a layer built for in_shape, or for a model with the weights that it has.

    The layer's parameters and x are random; y is made one number by fixed random weights, or by `loss` where given
    (its default for a Model is the cross-entropy), with random labels.  At most `most` random entries of each array
    are moved (None: all).  train: with dropout and the batch's statistics, at one fixed address, or as in use.
    An error is relative to the largest derivative in its array, and at least to a tenth of the largest of all: where
    a derivative is 0 by construction, as for a bias before batch norm, differences are nothing but rounding.
    """
    rng = np.random.default_rng(seed)
    if isinstance(thing, Model):
        if in_shape is not None:
            raise UsageError("gradcheck(model) knows the input shape: give in_shape for a layer only.")
        layer, plan, loss = thing.network, thing.plan, loss or CROSS_ENTROPY
        arrays = {name: a.astype(np.float64) for name, a in thing.arrays(thing.theta).items()}
    else:
        if in_shape is None:
            raise UsageError(f"gradcheck({thing!r}) needs in_shape, the shape of one sample, as in (1, 8, 8).")
        layer, plan = thing, thing.build(in_shape)
        arrays = _random_parameters(plan, rng)
    p, mode = Views(plan, arrays), Mode(True, seed, (0,)) if train else EVAL
    arrays["x"] = x = rng.standard_normal((*plan.in_shape, samples))

    def run() -> Array:
        return np.array(layer.forward(p, x, mode)[0])  # a copy: y may be x itself or a view of it

    y, cache = layer.forward(p, x, mode)
    if loss is None:
        dy = rng.standard_normal(y.shape)

        def rise(a: Array, b: Array) -> float:  # subtracted before they are summed up: what is equal leaves no rounding
            return float(np.vdot(dy, a - b))
    else:
        labels, judge = rng.integers(0, plan.out_shape[0], samples), loss
        dy = judge(y, labels)[1]

        def rise(a: Array, b: Array) -> float:
            return judge(a, labels)[0] - judge(b, labels)[0]

    says = {name: np.full(a.shape, np.nan) for name, a in arrays.items()}  # backward must write over every NaN
    says["x"] = np.asarray(layer.backward(p, Views(plan, says), dy, cache))
    for name, param in plan.walk():
        if param.momentum is not None:  # running statistics have no gradient
            del says[name]
    found = _compare(Slopes(run, rise, h), arrays, says, _pick(arrays, says, most, rng), tolerance)
    how = "in training" if train else "in use"
    return GradcheckReport(f"{layer!r} for {plan.in_shape} {how}", tuple(found), tolerance)


def _pick(arrays: dict[str, Array], says: dict[str, Array], most: int | None, rng: np.random.Generator) -> list[Place]:
    """Which numbers to move: all, or `most` random ones of an array."""
    places: list[Place] = []
    for name, a in says.items():
        if a.shape != arrays[name].shape:
            raise UsageError(f"backward makes a gradient of shape {a.shape} for {name}, which is {arrays[name].shape}.")
        some = range(a.size) if most is None or a.size <= most else sorted(rng.choice(a.size, most, replace=False))
        places += [(name, tuple(map(int, np.unravel_index(i, a.shape)))) for i in some]
    return places


def _compare(
    slopes: Slopes, arrays: dict[str, Array], says: dict[str, Array], places: list[Place], tolerance: float
) -> Iterator[Entry]:
    """Backward's derivative and the differences' at every place."""
    numerical = [slopes.central(arrays[name], index) for name, index in places]
    largest = dict.fromkeys(says, 0.0)
    for (name, index), slope in zip(places, numerical):
        sizes = (abs(slope), abs(float(says[name][index])))
        largest[name] = max(largest[name], *(size for size in sizes if isfinite(size)))
    floor = 0.1 * max(largest.values()) or 1.0

    for (name, index), slope in zip(places, numerical):
        analytic, scale, kink = float(says[name][index]), max(largest[name], floor), False
        if abs(analytic - slope) > tolerance * scale:
            # A kink within h (a ReLU or a maximum switches there) spoils central differences.  It excuses nothing:
            # the derivative must then be the slope of the side that has none, or that within a smaller h.  Where
            # the function is smooth all of these are one number, so a wrong derivative fails them all; at a kink
            # the only others to pass are true slopes, and a check that met many kinks is not ok (MOST_KINKS).
            other = min(slopes.beside(arrays[name], index), key=lambda value: abs(analytic - value))
            if abs(analytic - other) <= tolerance * scale:
                slope, kink = other, True
        error = abs(analytic - slope) / scale
        yield Entry(name, index, analytic, slope, error if isfinite(error) else inf, kink)


class Slopes:
    """Derivatives of what `run` makes by numbers of the arrays that it reads, from differences."""

    def __init__(self, run: Callable[[], Array], rise: Callable[[Array, Array], float], h: float):
        self.run, self.rise, self.h = run, rise, h

    def moved(self, a: Array, index: Index, by: float) -> tuple[Array, float]:
        """What run makes with a[index] moved, and a[index] then: rounding makes the step not quite `by`."""
        middle = float(a[index])
        a[index] = middle + by
        y = self.run()
        a[index] = middle
        return y, middle + by

    def central(self, a: Array, index: Index, h: float | None = None) -> float:
        """(f(θ + h) - f(θ - h)) / 2h"""
        (above, high), (below, low) = self.moved(a, index, h or self.h), self.moved(a, index, -(h or self.h))
        return self.rise(above, below) / (high - low)

    def beside(self, a: Array, index: Index) -> list[float]:
        """The slopes of both sides, (4 f(θ ± h/2) - 3 f(θ) - f(θ ± h)) / ±h, and the central one of h/8."""
        here, found = self.run(), [self.central(a, index, self.h / 8)]
        for by in (self.h, -self.h):
            half, whole = self.moved(a, index, by / 2)[0], self.moved(a, index, by)[0]
            found.append((4 * self.rise(half, here) - self.rise(whole, here)) / by)
        return found


def _random_parameters(plan: Plan, rng: np.random.Generator) -> dict[str, Any]:
    """Initial values and then some, so that no bias is 0 and no scale is 1, which would hide missing factors."""
    return {
        name: np.asarray(
            param.initializer(rng, param.shape, param.fan_in, param.fan_out) + rng.uniform(-0.3, 0.3, param.shape)
        )
        for name, param in plan.walk()
    }
