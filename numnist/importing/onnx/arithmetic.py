"""Formulas become layers: scalings, activations that are spelt out, and sums of two ways through the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from numnist.importing.onnx.formulas import activation, linear
from numnist.importing.onnx.node import Node
from numnist.importing.onnx.values import Chain, Formula, Value, fork
from numnist.importing.parts import Part, around
from numnist.nn import BatchNorm, Conv2d, Dense, Flatten, Sigmoid, Tanh
from numnist.nn.base import Array

LARGEST = 32  # operations of a formula that are looked at together; GELU's tanh form has 9
LAYERS: dict[str, Callable[[], Any]] = {"Tanh": Tanh, "Sigmoid": Sigmoid}
EXACT_GELU = (
    "the network has GELU's exact form, and numnist the tanh form, which is within 5e-4 of it: probabilities differ a "
    "little"
)


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
    found = activation(formula)
    if found is not None:
        layer, argument, nearly = found
        if nearly:
            node.notes.add(EXACT_GELU)
        return _of(argument, node).pointwise(Part(layer()))
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
    arrays, layer = {}, BatchNorm()
    if factors is not None and offsets is not None:
        arrays = {"w": factors, "b": offsets, "mean": 0 * factors, "var": 0 * factors + 1 - layer.eps}
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
