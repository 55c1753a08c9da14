"""What a formula is: a scaling, or an activation that is spelt out, in whichever way."""

from __future__ import annotations

from collections.abc import Callable
from math import erf, pi, sqrt
from typing import Any

import numpy as np

from numnist.importing.onnx.values import Formula, Value
from numnist.nn import GELU, Sigmoid, SiLU, Tanh
from numnist.nn.base import Array, Layer

# Where a formula is compared with an activation.  Both are smooth functions of few operations, so that two that agree
# at all these points are the same.
POINTS = np.concatenate([np.linspace(-12, 12, 3073), np.linspace(-0.01, 0.01, 21), [-300.0, -40.0, 40.0, 300.0]])
SAME = 1e-6  # of 1 + |x|: constants in float32 have 6e-8, and a formula adds a few of them

_ERF = np.vectorize(erf, otypes=[np.float64])
ARITHMETIC: dict[str, Callable[..., Any]] = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide, "Pow": np.power, "Neg": np.negative,
    "Sqrt": np.sqrt, "Tanh": np.tanh, "Erf": _ERF, "Sigmoid": lambda x: 0.5 * (1 + np.tanh(0.5 * x)),
}  # fmt: skip


def linear(formula: Formula) -> tuple[Value, Any, Any] | None:
    """(x, a, b) if the formula is a·x + b of one value; a and b stand beside ONNX's array."""

    def line(each: Any) -> tuple[Value | None, Any, Any] | None:
        if isinstance(each, Value):
            return each, np.float64(1), np.float64(0)
        if not isinstance(each, Formula):
            return None, np.float64(0), np.asarray(each, np.float64)
        parts = [line(operand) for operand in each.operands]
        if any(part is None for part in parts):
            return None
        (x, a, b), *others = (part for part in parts if part is not None)
        if each.operator == "Neg":
            return x, -a, -b
        if not others:
            return None
        y, c, d = others[0]
        if each.operator in ("Add", "Sub") and (x is None or y is None or _alike(x, y)):
            sign = 1 if each.operator == "Add" else -1
            return (y if x is None else x), a + sign * c, b + sign * d
        if each.operator == "Mul" and x is None:
            return y, c * b, d * b
        if each.operator == "Mul" and y is None:
            return x, a * d, b * d
        if each.operator == "Div" and y is None:
            return x, a / d, b / d
        return None

    with np.errstate(all="ignore"):
        found = line(formula)
    return None if found is None or found[0] is None else (found[0], found[1], found[2])


def _alike(a: Value, b: Value) -> bool:
    """Whether both are the same numbers in the same order."""
    return a is b or (a.chain is b.chain and (a.places is b.places or np.array_equal(a.places, b.places)))


def activation(formula: Formula) -> tuple[type[Layer], Value | Formula, bool] | None:
    """(layer, argument, whether only nearly) if the formula is an activation: its numbers say so, however written."""
    leaves = list(formula.leaves())
    if not leaves:
        return None
    arguments: list[Value | Formula] = [*_narrows(formula)]
    if all(_alike(leaves[0], leaf) for leaf in leaves):
        arguments.insert(0, leaves[0])
    sigmoid, half = ARITHMETIC["Sigmoid"](POINTS), 0.5 * POINTS
    known: dict[type[Layer], Array] = {
        Tanh: np.tanh(POINTS), Sigmoid: sigmoid, SiLU: POINTS * sigmoid,
        GELU: half * (1 + np.tanh(sqrt(2 / pi) * (POINTS + 0.044715 * POINTS**3))),
    }  # fmt: skip
    for argument in arguments:
        with np.errstate(all="ignore"):
            y = _numbers(formula, argument)
        found = next((layer for layer, wanted in known.items() if _same(y, wanted)), None)
        if found is not None:
            return found, argument, False
        if _same(y, half * (1 + _ERF(POINTS / sqrt(2)))):
            return GELU, argument, True
    return None


def _narrows(formula: Formula) -> list[Formula]:
    """The formulas inside through which all values go: of gelu(2x + 1) that is 2x + 1."""
    inside: dict[int, Formula] = {}

    def collect(each: Formula) -> None:
        for operand in each.operands:
            if isinstance(operand, Formula) and id(operand) not in inside:
                inside[id(operand)] = operand
                collect(operand)

    def passed(each: Formula, narrow: Formula) -> bool:
        return all(
            operand is narrow or passed(operand, narrow)
            if isinstance(operand, Formula)
            else isinstance(operand, np.ndarray)
            for operand in each.operands
        )

    collect(formula)
    return [each for each in inside.values() if passed(formula, each)]


def _numbers(formula: Formula, argument: Value | Formula) -> Any:
    """What a formula makes of an argument with the values POINTS; NaN where there is more than one number in it."""

    def at(each: Any) -> Any:
        if each is argument or isinstance(each, Value):
            return POINTS
        if isinstance(each, Formula):
            return ARITHMETIC[each.operator](*map(at, each.operands))
        return np.float64(each.reshape(-1)[0]) if each.size == 1 else np.nan

    return at(formula)


def _same(y: Array, wanted: Array) -> bool:
    return bool(np.all(np.abs(y - wanted) <= SAME * (1 + np.abs(POINTS))))
