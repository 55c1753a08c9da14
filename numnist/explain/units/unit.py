"""Unit: what is said of one number, and how numbers and long sums are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.interpret.trace import Passed
from numnist.nn.base import Shape

Array = NDArray[Any]
Index = tuple[int, ...]
TERMS = 4  # of a long sum that are written out
_HIGH = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, eq=False)
class UnitGradient:
    """The way back through a unit.

    value: how much the loss changes for each 1 that the unit grows;  with_numbers: it in numbers;
    weights: the gradient of the unit's own weights, in their shape;  numbers: what else stands in the formulas.
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

    index: (k,) or (k, i, j);  formula: in the letters of the layer's docstring, with_numbers: with what went in here;
    weights, inputs: arrays of the same shape where the unit is their sum of products, else inputs alone, or neither;
    bias: what is added;  numbers: whatever else stands in the formula, by its letter.
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


# Of a layer at work, a whole index, and the shape of the picture that its input was flattened from
Worker = Callable[[Passed, Index, Shape], Unit]


def at(array: Array, index: Index) -> float:
    """A number of the first sample."""
    return float(array[*index, 0])


def anything(passed: Passed, index: Index, before: Shape) -> Unit:
    """A layer of which nothing is known but what it made."""
    value, dy = at(passed.y, index), at(passed.dy, index)
    name = type(passed.layer).__name__
    gradient = UnitGradient(dy, f"{name} passes it on in a way of its own.", "", "")
    return Unit(index, f"{name} makes this number in a way of its own.", "", brief(value), value, gradient)


def brief(value: float) -> str:
    """A number in three digits as one writes it by hand: 0.5, −12.3, 1.2×10⁻⁵."""
    text = f"{value + 0.0:.3g}"
    mantissa, e, exponent = text.partition("e")
    text = f"{mantissa}×10{str(int(exponent)).translate(_HIGH)}" if e else text
    return text.replace("-", "−")


def inside(value: float) -> str:
    """A number inside an expression: in brackets where it is below 0 or has a sign of its own."""
    text = brief(value)
    return f"({text})" if text.startswith("−") or "×" in text else text


def plus(value: float) -> str:
    """A number added to what stands before: + 0.5 or − 0.5."""
    return f" − {brief(-value)}" if value < 0 else f" + {brief(value)}"


def products(a: Array, b: Array) -> str:
    """a·b + a·b + ..., the largest products first; of many only TERMS, and what the others come to."""
    a, b = np.ravel(a).astype(np.float64), np.ravel(b).astype(np.float64)
    return _added(a * b, lambda k: f"{inside(a[k])}·{inside(b[k])}")


def terms(values: Array) -> str:
    """a + b + ..., the largest first; of many only TERMS, and what the others come to."""
    each = np.ravel(values).astype(np.float64)
    return _added(each, lambda k: inside(each[k]))


def _added(each: Array, word: Callable[[int], str]) -> str:
    order = np.argsort(-np.abs(each), kind="stable")
    count = len(order) if len(order) <= TERMS + 1 else TERMS
    words = [word(k) for k in order[:count]]
    if count < len(order):
        words.append(f"({len(order) - count} more: {brief(float(each[order[count:]].sum()))})")
    return " + ".join(words)
