"""Gradient check: compare `backward` with finite differences.

    gradcheck(Conv2d(4, 3), (2, 6, 6))        a layer: the gradients of all its parameters and of x
    assert gradcheck(model)                   a network with its loss; some entries of every array

Everything is computed in float64, whatever the model's own type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from numnist.model.model import Model
from numnist.nn.base import EVAL, Array, Layer, Mode, Shape, Views
from numnist.nn.losses import CROSS_ENTROPY, Loss
from numnist.support.errors import UsageError

MAX_KINKS = 0.2  # of the entries; usually there are none, but one near tie in a max pool affects every weight before it

Index = tuple[int, ...]
Arrays = dict[str, Array]  # by the names of Plan.walk(), and "x"


@dataclass(frozen=True)
class Entry:
    """One number of one array: its derivative by backward and by finite differences."""

    name: str  # of the array, as in Plan.walk(), or "x"
    index: Index
    analytic: float
    numerical: float
    error: float  # relative to the array's largest derivative
    kink: bool  # next to a kink, and compared with the slope on one side

    def __str__(self) -> str:
        return f"{self.name}{list(self.index)}: analytic {self.analytic:.9g}, numerical {self.numerical:.9g}"


@dataclass(frozen=True, repr=False)
class GradcheckReport:
    """The result of a gradient check.  True if it passed; prints as a table, and its repr is one line."""

    subject: str
    checked: tuple[Entry, ...]
    tolerance: float

    def __bool__(self) -> bool:
        """So that `assert gradcheck(model)` fails where a gradient is wrong."""
        return self.ok

    @property
    def ok(self) -> bool:
        """Every entry is within the tolerance, and few of them are next to kinks."""
        return self.worst <= self.tolerance and self.kinks <= max(1, MAX_KINKS * self.entries)

    @property
    def worst(self) -> float:
        """The largest relative error."""
        return max(self.parameters.values())

    @property
    def parameters(self) -> dict[str, float]:
        """The largest relative error of each array by its name; that of dx is "x"."""
        found: dict[str, float] = {}
        for entry in self.checked:
            found[entry.name] = max(entry.error, found.get(entry.name, 0.0))
        return found

    @property
    def entries(self) -> int:
        return len(self.checked)

    @property
    def kinks(self) -> int:
        """The number of entries next to a kink."""
        return sum(entry.kink for entry in self.checked)

    def __repr__(self) -> str:
        worst = max(self.checked, key=lambda entry: entry.error)
        found = f"{self.entries} entries, largest error {self.worst:.1e}" if self.ok else f"worst {worst}"
        return f"GradcheckReport({'ok' if self.ok else 'NOT OK'}, {found}, {self.subject})"

    def _repr_html_(self) -> str:
        """What a notebook shows: the same table as `print`."""
        from numnist.support.notebook import shown, table

        heads = ("array", "entries", "largest error", "")
        rows = [
            (
                name, f"{sum(entry.name == name for entry in self.checked):,}", f"{error:.1e}",
                "✓" if error <= self.tolerance else "✗ wrong",
            )
            for name, error in self.parameters.items()
        ]  # fmt: skip
        verdict = "✓ ok" if self.ok else "✗ NOT OK"
        last = f"largest error {self.worst:.1e}, allowed {self.tolerance:.0e}; {self.kinks} next to a kink"
        return shown(f"gradcheck: {verdict}", self.subject, table(heads, rows, right=heads[1:3]), shown("", last))

    def __str__(self) -> str:
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
    """Compare backward with finite differences, for a layer built for in_shape or for a model with its own weights.

    A layer's parameters and x are random.  Its output is reduced to one number by fixed random weights, or by `loss`
    with random labels; a model's loss is the cross-entropy unless given.  At most `most` random entries of each array
    are checked (None: all).  train: run in training mode (dropout with one fixed mask, the batch's statistics) or in
    evaluation mode.  h: half the distance between the two points of a difference.

    An error is relative to the largest derivative in its array, or to a tenth of the largest of all arrays if that is
    more: where a derivative is 0 by construction, as for a bias before batch norm, differences are only rounding.
    Raises UsageError for a layer without in_shape, a model with one, and a gradient of the wrong shape.
    """
    rng = np.random.default_rng(seed)
    if isinstance(thing, Model):
        if in_shape is not None:
            raise UsageError("gradcheck(model) knows the input shape: give in_shape for a layer only.")
        layer, plan, loss = thing.network, thing.plan, loss or CROSS_ENTROPY
        arrays = {name: a.astype(np.float64) for name, a in thing.parameters.arrays().items()}
    else:
        if in_shape is None:
            raise UsageError(f"gradcheck({thing!r}) needs in_shape, the shape of one sample, as in (1, 8, 8).")
        layer, plan, arrays = thing, thing.build(in_shape), {}
        for (
            name,
            param,
        ) in plan.walk():  # with noise, so that no bias is 0 and no scale is 1: it would hide missing factors
            initial = param.initializer(rng, param.shape, param.fan_in, param.fan_out)
            arrays[name] = np.asarray(initial + rng.uniform(-0.3, 0.3, param.shape))
    p, mode = Views(plan, arrays), Mode(True, seed, (0,)) if train else EVAL
    arrays["x"] = x = rng.standard_normal((*plan.in_shape, samples))

    y, cache = layer.forward(p, x, mode)
    dy, difference = _objective(loss, y, rng)
    analytic = {name: np.full(a.shape, np.nan) for name, a in arrays.items()}  # backward must overwrite every NaN
    analytic["x"] = np.asarray(layer.backward(p, Views(plan, analytic), dy, cache))
    for name, param in plan.walk():
        if param.momentum is not None:  # running statistics have no gradient
            del analytic[name]

    def forward() -> Array:
        return np.array(layer.forward(p, x, mode)[0])  # a copy: y may be x itself or a view of it

    places = _sample(arrays, analytic, most, rng)
    checked = _compare(FiniteDifferences(forward, difference, h), arrays, analytic, places, tolerance)
    subject = f"{layer!r} for {plan.in_shape} in {'training' if train else 'evaluation mode'}"
    return GradcheckReport(subject, tuple(checked), tolerance)


def _objective(loss: Loss | None, y: Array, rng: np.random.Generator) -> tuple[Array, Callable[[Array, Array], float]]:
    """The gradient at y of a function of the output, and its difference between two outputs."""
    if loss is None:
        dy = rng.standard_normal(y.shape)
        return dy, lambda a, b: float(np.vdot(dy, a - b))  # subtract first: where both are equal, nothing is rounded
    labels = rng.integers(0, y.shape[0], y.shape[-1:])
    return loss(y, labels)[1], lambda a, b: loss(a, labels)[0] - loss(b, labels)[0]


def _sample(arrays: Arrays, analytic: Arrays, most: int | None, rng: np.random.Generator) -> list[tuple[str, Index]]:
    """The entries to check: all, or `most` random ones of each array."""
    found: list[tuple[str, Index]] = []
    for name, a in analytic.items():
        if a.shape != arrays[name].shape:
            raise UsageError(f"backward makes a gradient of shape {a.shape} for {name}, which is {arrays[name].shape}.")
        some = range(a.size) if most is None or a.size <= most else sorted(rng.choice(a.size, most, replace=False))
        found += [(name, tuple(map(int, np.unravel_index(i, a.shape)))) for i in some]
    return found


class FiniteDifferences:
    """Derivatives of a function of `forward()` with respect to entries of the arrays that it reads."""

    def __init__(self, forward: Callable[[], Array], difference: Callable[[Array, Array], float], h: float):
        self.forward, self.difference, self.h = forward, difference, h

    def central(self, a: Array, index: Index, share: float = 1.0) -> float:
        """(f(θ + h) - f(θ - h)) / 2h, for this share of h."""
        (above, high), (below, low) = (self._moved(a, index, by) for by in (share * self.h, -share * self.h))
        return self.difference(above, below) / (high - low)

    def wide(self, a: Array, index: Index) -> float:
        """Of two central differences over 16 h and 32 h, to fourth order: a tenth of the rounding of `central`."""
        return (4 * self.central(a, index, 16) - self.central(a, index, 32)) / 3

    def beside_kink(self, a: Array, index: Index) -> list[float]:
        """The slopes of both sides, (4 f(θ ± h/2) - 3 f(θ) - f(θ ± h)) / ±h, and the central one within h/8."""
        here, found = self.forward(), [self.central(a, index, 1 / 8)]
        for by in (self.h, -self.h):
            half, whole = self._moved(a, index, by / 2)[0], self._moved(a, index, by)[0]
            found.append((4 * self.difference(half, here) - self.difference(whole, here)) / by)
        return found

    def _moved(self, a: Array, index: Index, by: float) -> tuple[Array, float]:
        """The output with a[index] moved, and a[index] then: it is rounded, so the step is not exactly `by`."""
        middle = float(a[index])
        a[index] = middle + by
        y = self.forward()
        a[index] = middle
        return y, middle + by


def _compare(
    differences: FiniteDifferences, arrays: Arrays, analytic: Arrays, places: list[tuple[str, Index]], tolerance: float
) -> list[Entry]:
    """The derivatives by backward and by differences at each place.

    In wide layers the rounding of long sums, which depends on the BLAS and its threads, may exceed the tolerance: where
    the two differ, a wider difference, which is exacter, is compared.

    A kink within h (a ReLU or a maximum switches there) spoils central differences.  That excuses nothing: backward
    must then equal the slope of one side, or the central one within a smaller h.  Where the function is smooth these
    are all the same number, so a wrong derivative fails; and a check with many kinks is not ok (MAX_KINKS).
    """
    numerical = [differences.central(arrays[name], index) for name, index in places]
    largest = dict.fromkeys(analytic, 0.0)
    for (name, index), slope in zip(places, numerical):
        finite = (size for size in (abs(slope), abs(float(analytic[name][index]))) if isfinite(size))
        largest[name] = max(largest[name], *finite)
    floor = 0.1 * max(largest.values()) or 1.0

    entries = []
    for (name, index), slope in zip(places, numerical):
        exact, scale, kink = float(analytic[name][index]), max(largest[name], floor), False
        if abs(exact - slope) > tolerance * scale:
            slope = min(slope, differences.wide(arrays[name], index), key=lambda value: abs(exact - value))
        if abs(exact - slope) > tolerance * scale:
            other = min(differences.beside_kink(arrays[name], index), key=lambda value: abs(exact - value))
            if abs(exact - other) <= tolerance * scale:
                slope, kink = other, True
        error = abs(exact - slope) / scale
        entries.append(Entry(name, index, exact, slope, error if isfinite(error) else inf, kink))
    return entries
