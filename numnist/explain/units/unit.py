"""The explanation of one number of a layer's output, and the numbers of which it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from numnist.explain.numbers import brief
from numnist.explain.words import Said, Words, english
from numnist.interpret.trace import LayerTrace
from numnist.nn.base import Array, Shape

Index = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class UnitGradient:
    """The backward pass through a unit.

    value: ∂loss/∂unit;  said, formula, with_numbers: what becomes of it, in words, letters and numbers;  weights: the
    gradient of the unit's own weights, in their shape;  numbers: whatever else stands in the formulas, by its letter.
    """

    value: float
    said: Said
    formula: str
    with_numbers: str
    weights: Array | None = None
    numbers: dict[str, float] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The words in English."""
        return english(self.said)


@dataclass(frozen=True, eq=False)
class Unit:
    """One number of a layer's output.

    index: (k,) or (k, i, j);  said: in words;  formula: in the letters of the layer's docstring;  with_numbers: with
    the actual inputs;  weights, inputs: arrays of one shape if the unit is the sum of their products, else inputs
    alone, or neither;  bias: what is added to that sum;  numbers: whatever else stands in the formula, by its letter.
    """

    index: Index
    said: Said
    formula: str
    with_numbers: str
    value: float
    gradient: UnitGradient
    weights: Array | None = None
    inputs: Array | None = None
    bias: float | None = None
    numbers: dict[str, float] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The words in English."""
        return english(self.said)


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


def explain_unknown(at: UnitTrace) -> Unit:
    """A unit of a layer that is not numnist's own: only its value and gradient are known."""
    name = type(at.layer).__name__
    back = Words("unit.own.back", "{layer} computes its own gradient.", layer=name)
    said = Words("unit.own", "{layer} computes this number in its own way.", layer=name)
    return Unit(at.index, said, "", brief(at.y), at.y, UnitGradient(at.dy, back, "", ""))
