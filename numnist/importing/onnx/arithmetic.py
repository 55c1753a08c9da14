"""Formulas become layers: scalings, activations that are spelt out, and sums of two ways through the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import erf, pi, prod, sqrt
from typing import Any

import numpy as np

from numnist.importing.onnx.node import Node
from numnist.importing.onnx.values import Chain, Formula, Value, fork
from numnist.importing.parts import Part, around
from numnist.nn import GELU, BatchNorm, Conv2d, Dense, Flatten, Sigmoid, SiLU, Tanh
from numnist.nn.base import Array

LARGEST = 32  # operations of a formula that are looked at together; GELU's tanh form has 9
LAYERS: dict[str, Callable[[], Any]] = {"Tanh": Tanh, "Sigmoid": Sigmoid}
EXACT_GELU = (
    "the network has GELU's exact form, and numnist the tanh form, which is within 5e-4 of it: probabilities differ a "
    "little"
)
# Where a formula is compared with an activation.  Both are smooth functions of few operations, so that two that agree
# at all these points are the same.
POINTS = np.concatenate([np.linspace(-12, 12, 3073), np.linspace(-0.01, 0.01, 21), [-300.0, -40.0, 40.0, 300.0]])
SAME = 1e-6  # of 1 + |x|: constants in float32 have 6e-8, and a formula adds a few of them

_ERF = np.vectorize(erf, otypes=[np.float64])
ARITHMETIC: dict[str, Callable[..., Any]] = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide, "Pow": np.power, "Neg": np.negative,
    "Sqrt": np.sqrt, "Tanh": np.tanh, "Erf": _ERF, "Sigmoid": lambda x: 0.5 * (1 + np.tanh(0.5 * x)),
}  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Scaled(Part):
    """x·scale + offset right after the input: the model's normalisation, if nothing else takes the input.

    As a layer it is a BatchNorm, of one number for each channel; `by_pixel` says that it has one for each pixel, which
    no layer has.
    """

    scale: Array
    offset: Array
    by_pixel: bool


def settled(formula: Formula, node: Node) -> Value:
    """The layers that compute a formula.  Refuses a formula that no layers compute."""
    if formula.settled is None:
        formula.settled = _layers(formula, node)
    return formula.settled


def _layers(formula: Formula, node: Node) -> Value:
    if any(value.whole for value in formula.leaves()):
        node.refuse("it computes with whole numbers: put a Cast to float before it.")
    line = linear(formula)
    if line is not None:
        return _scaled(*line, node)
    found = _activation(formula, node)
    if found is not None:
        return found
    if formula.operator in LAYERS:
        return _of(formula.operands[0], node).pointwise(Part(LAYERS[formula.operator]()))
    first, second = formula.operands if len(formula.operands) == 2 else (formula.operands[0], None)
    if any(isinstance(each, Formula) for each in (first, second)) and (_is_constant(first) or _is_constant(second)):
        operands = tuple(settled(each, node) if isinstance(each, Formula) else each for each in formula.operands)
        line = linear(Formula(formula.operator, operands, formula.shape, formula.names))
        if line is not None:
            return _scaled(*line, node)
    elif formula.operator in ("Add", "Sub"):
        if formula.operator == "Sub":
            assert second is not None
            second = Formula("Mul", (second, np.array(-1.0)), formula.shape, formula.names)
        return _sum(_of(first, node), _of(second, node), node)
    names = ", ".join(formula.names[-6:])
    return node.refuse(
        f"numnist has no layer for what it computes by {names}. It knows activations (GELU, SiLU, sigmoid, tanh), one "
        "factor and one offset for each channel, and the sum of two ways through the network."
    )


def _of(operand: Any, node: Node) -> Value:
    return settled(operand, node) if isinstance(operand, Formula) else operand


def _is_constant(operand: Any) -> bool:
    return isinstance(operand, np.ndarray)


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


def _activation(formula: Formula, node: Node) -> Value | None:
    """The layer that is this function of one value, if there is one: the formula's numbers say so, however written."""
    leaves = list(formula.leaves())
    if not leaves:
        return None
    arguments: list[Value | Formula] = [*_narrows(formula)]
    if all(_alike(leaves[0], leaf) for leaf in leaves):
        arguments.insert(0, leaves[0])
    sigmoid, half = ARITHMETIC["Sigmoid"](POINTS), 0.5 * POINTS
    known = {
        Tanh: np.tanh(POINTS), Sigmoid: sigmoid, SiLU: POINTS * sigmoid,
        GELU: half * (1 + np.tanh(sqrt(2 / pi) * (POINTS + 0.044715 * POINTS**3))),
    }  # fmt: skip
    for argument in arguments:
        with np.errstate(all="ignore"):
            y = _numbers(formula, argument)
        found = next((layer for layer, wanted in known.items() if _same(y, wanted)), None)
        if found is None and _same(y, half * (1 + _ERF(POINTS / sqrt(2)))):
            node.notes.add(EXACT_GELU)
            found = GELU
        if found is not None:
            return _of(argument, node).pointwise(Part(found()))
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
            operand is narrow or passed(operand, narrow) if isinstance(operand, Formula) else _is_constant(operand)
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


def _scaled(x: Value, a: Any, b: Any, node: Node) -> Value:
    """x·a + b, as part of the layer before, as the input's normalisation, or as a BatchNorm."""
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        node.refuse("it scales by numbers that are not finite.")
    if np.all(a == 1) and np.all(b == 0):
        return x
    a, b = x.scattered(a), x.scattered(b)  # in the order of the layers' output
    start, flattened = _input(x.chain)
    if start is not None:
        chain = start.then(_scaling(a.reshape(start.shape), b.reshape(start.shape)))
        return Value(chain.then(Part(Flatten())) if flattened else chain, x.places)
    if np.all(a == 1) and isinstance(x.chain.last, Dense | Conv2d) and _by_channel(b) is not None:
        return _with_bias(x, b)
    if len(x.shape) == 1:
        x, a, b = x.flat(), a.reshape(-1), b.reshape(-1)
    part = _scaling(a, b)
    if part.by_pixel:
        node.refuse("it scales every pixel by numbers of its own, but numnist's layers have one for each channel.")
    return x.pointwise(part)


def _input(chain: Chain) -> tuple[Chain | None, bool]:
    """The input itself, where nothing but a Flatten came after it, and whether one did."""
    if chain.part is None:
        return chain, False
    if isinstance(chain.last, Flatten) and chain.before is not None and chain.before.part is None:
        return chain.before, True
    return None, False


def _scaling(a: Array, b: Array) -> Scaled:
    """x·a + b, which both have the shape of the layers' output."""
    factors, offsets = _by_channel(a), _by_channel(b)
    arrays = {}
    if factors is not None and offsets is not None:
        arrays = {"w": factors, "b": offsets, "mean": 0 * factors, "var": 0 * factors + 1}
    layer = BatchNorm(eps=1e-12)  # 1 + 1e-12 is 1 in float32
    return Scaled(layer, arrays, scale=a, offset=b, by_pixel=not arrays)


def _by_channel(numbers: Array) -> Array | None:
    """(C, 1) of numbers (C, ...) that are the same all over each channel; None if they are not."""
    rows = numbers.reshape(len(numbers), -1)
    return rows[:, :1] if np.all(rows == rows[:, :1]) else None


def _with_bias(x: Value, offset: Array) -> Value:
    """x + offset, in the dense layer or convolution that has just made x."""
    before, part = x.chain.before, x.chain.part
    column = _by_channel(offset)
    assert before is not None
    assert part is not None
    assert column is not None
    layer: Any = part.layer
    if isinstance(layer, Dense):
        layer = Dense(layer.units)
    else:
        layer = Conv2d(layer.filters, layer.kernel, layer.stride, layer.padding, layer.dilation, layer.groups)
    b = column + part.arrays["b"] if "b" in part.arrays else column
    return Value(before.then(Part(layer, {"w": part.arrays["w"], "b": b})), x.places)


def _sum(x: Value, y: Value, node: Node) -> Value:
    """x + y: a Residual around the layers after the place where their ways part."""
    if len(x.shape) == 1 and len(y.shape) == 1:
        x, y = x.flat(), y.flat()
    if x.shape != y.shape:
        node.refuse(f"it adds arrays of the shapes {('N', *x.shape)} and {('N', *y.shape)}, which must be equal.")
    if x.chain.shape != y.chain.shape or not np.array_equal(x.places, y.places):
        node.refuse("it adds two arrays that were turned or reshaped differently before.")
    start = fork(x.chain, y.chain)
    body, shortcut = x.chain.since(start), y.chain.since(start)
    if not body:
        body, shortcut = shortcut, body
    if any(isinstance(part, Scaled) and part.by_pixel for part in (*body, *shortcut)):
        node.refuse("one of the ways scales every pixel of the input by numbers of its own, which no layer does.")
    if not body:  # x + x
        return _scaled(x, np.float64(2), np.float64(0), node)
    node.bounded((prod(x.chain.shape),))
    return Value(start.then(around(body, shortcut)), x.places)
