"""The explanation of one number of a layer's output, and how numbers and long sums are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.explain.numbers import bracketed
from numnist.interpret.trace import LayerTrace
from numnist.nn.base import Shape

Array = NDArray[Any]
Index = tuple[int, ...]
TERMS = 4  # written out of a long sum
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, eq=False)
class UnitGradient:
    """The backward pass through a unit.

    value: ∂loss/∂unit;  formula, with_numbers: what becomes of it, in letters and in numbers;  weights: the gradient
    of the unit's own weights, in their shape;  numbers: whatever else stands in the formulas, by its letter.
    """

    value: float
    sentence: str
    formula: str
    with_numbers: str
    weights: Array | None = None
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Unit:
    """One number of a layer's output.

    index: (k,) or (k, i, j);  formula: in the letters of the layer's docstring;  with_numbers: with the actual inputs;
    weights, inputs: arrays of one shape if the unit is the sum of their products, else inputs alone, or neither;
    bias: what is added to that sum;  numbers: whatever else stands in the formula, by its letter.
    """

    index: Index
    sentence: str
    formula: str
    with_numbers: str
    value: float
    gradient: UnitGradient
    weights: Array | None = None
    inputs: Array | None = None
    bias: float | None = None
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class UnitTrace:
    """A unit's place in the trace of its layer, and its numbers for the first sample.

    image: the shape of the image that the layer's input was flattened from, else that of the input.
    """

    trace: LayerTrace
    index: Index
    image: Shape

    @property
    def layer(self) -> Any:
        """Of the class whose units are explained."""
        return self.trace.layer

    def number(self, array: Array) -> float:
        """The unit's number in an array of the output's shape."""
        return float(array[*self.index, 0])

    @property
    def x(self) -> float:
        """Where the input has the output's shape."""
        return self.number(self.trace.x)

    @property
    def y(self) -> float:
        return self.number(self.trace.y)

    @property
    def dx(self) -> float:
        """Where the input has the output's shape."""
        return self.number(self.trace.dx)

    @property
    def dy(self) -> float:
        return self.number(self.trace.dy)


UnitExplainer = Callable[[UnitTrace], Unit]


def brackets(index: Index) -> str:
    """[1, 0, 2]"""
    return f"[{', '.join(map(str, index))}]"


def explain_unknown(at: UnitTrace) -> Unit:
    """A unit of a layer that is not numnist's own: only its value and gradient are known."""
    name = type(at.layer).__name__
    gradient = UnitGradient(at.dy, f"{name} computes its own gradient.", "", "")
    return Unit(at.index, f"{name} computes this number in its own way.", "", brief(at.y), at.y, gradient)


def brief(value: float) -> str:
    """A number with three digits: 0.5, −12.3, 1.2×10⁻⁵."""
    text = f"{value + 0.0:.3g}"
    mantissa, e, exponent = text.partition("e")
    text = f"{mantissa}×10{str(int(exponent)).translate(SUPERSCRIPTS)}" if e else text
    return text.replace("-", "−")


def inside(value: float) -> str:
    """A number inside an expression: 0.5, (−12.3)."""
    return bracketed(brief(value))


def plus(value: float) -> str:
    """A number as the next term of a sum: + 0.5 or − 0.5."""
    return f" − {brief(-value)}" if value < 0 else f" + {brief(value)}"


def products(a: Array, b: Array) -> str:
    """a·b + a·b + ..., the largest products first; of a long sum only TERMS, and the sum of the rest."""
    a, b = np.ravel(a).astype(np.float64), np.ravel(b).astype(np.float64)
    return _added(a * b, lambda k: f"{inside(a[k])}·{inside(b[k])}")


def terms(values: Array) -> str:
    """a + b + ..., the largest first; of a long sum only TERMS, and the sum of the rest."""
    each = np.ravel(values).astype(np.float64)
    return _added(each, lambda k: inside(each[k]))


def _added(each: Array, word: Callable[[int], str]) -> str:
    order = np.argsort(-np.abs(each), kind="stable")
    count = len(order) if len(order) <= TERMS + 1 else TERMS
    words = [word(k) for k in order[:count]]
    if count < len(order):
        words.append(f"({len(order) - count} more: {brief(float(each[order[count:]].sum()))})")
    return " + ".join(words)
