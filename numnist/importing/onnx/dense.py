"""Dense layers, and the normalisation layers: what has a number for each feature or channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from numnist.importing.onnx.arithmetic import LARGEST
from numnist.importing.onnx.call import Call
from numnist.importing.onnx.constants import folded
from numnist.importing.onnx.node import axis_of
from numnist.importing.onnx.values import Flowing, Formula, Value
from numnist.importing.parts import Part
from numnist.nn import BatchNorm, Dense, LayerNorm
from numnist.nn.base import Array


def dense(x: Value, w: Array, b: Array | None, call: Call) -> Value:
    """x w + b.   w: (in, out), in the order of ONNX's array, whose rows go to where numnist has those features"""
    if w.ndim != 2 or len(w) != x.shape[0]:
        call.refuse(f"it multiplies {x.shape[0]} features by a matrix {w.shape}.")
    rows = np.empty(w.shape[::-1], w.dtype)
    rows[:, x.places] = w.T
    arrays = {"w": rows} if b is None else {"w": rows, "b": b.reshape(-1, 1)}
    return x.then(Part(Dense(w.shape[1], bias=b is not None), arrays))


def gemm(call: Call) -> Flowing:
    """alpha·A·B + beta·C, with B turned if transB is set."""
    if call.number("transA", 0):
        call.refuse("transA turns the features into samples, which no layer does.")
    x, w = call.row(), call.constant(1)
    if w.ndim != 2:
        call.refuse(f"its matrix has the shape {w.shape}.")
    w = (w.T if call.number("transB", 0) else w) * np.float64(call.number("alpha", 1.0))
    b = call.array(2, needed=False)
    if b is not None:
        if b.ndim > 2 or b.size not in (1, w.shape[1]) or (b.ndim == 2 and len(b) != 1 and b.size > 1):
            call.refuse(f"its third input {b.shape} is no bias, of one number for each of {w.shape[1]} outputs.")
        b = np.broadcast_to(b.reshape(-1) * np.float64(call.number("beta", 1.0)), w.shape[1:])
    return dense(x, w, b, call)


def matmul(call: Call) -> Flowing:
    first, second = call.given(0), call.given(1)
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return call.refuse("it multiplies two constants, which the exporter could have done.")
    if isinstance(first, np.ndarray):
        call.refuse("it multiplies a constant by the features from the left, which mixes samples.")
    if not isinstance(second, np.ndarray):
        call.refuse("it multiplies two arrays that the network computes, as attention does; no layer does that.")
    w = call.constant(1)
    if w.ndim != 2:
        call.refuse(f"its matrix has the shape {w.shape}, but a dense layer's has two axes.")
    return dense(call.row(), w, None, call)


def batch_norm(call: Call) -> Flowing:
    if call.number("training_mode", 0):
        call.refuse("it is in training mode: export the network for inference (model.eval() in PyTorch).")
    if not call.number("spatial", 1):
        call.refuse("it normalises every pixel by itself (spatial=0), but numnist's BatchNorm every channel.")
    x = call.value()
    if len(x.shape) == 1:
        x = x.flat()
    columns = [call.constant(i) for i in range(1, 5)]
    order: Any = x.places.reshape(-1)
    if len(x.chain.shape) == 3:
        x, order = call.picture(), slice(None)
    if any(column.shape != x.shape[:1] for column in columns):
        call.refuse(f"it has {columns[0].shape} numbers for {x.shape[0]} channels.")
    if len(x.chain.shape) == 1 and x.shape[0] != x.places.size:
        call.refuse(f"it normalises {('N', *x.shape)}, but numnist's BatchNorm features and pictures.")
    arrays = {}
    for name, column in zip(("w", "b", "mean", "var"), columns):
        arrays[name] = np.empty((len(column), 1), column.dtype)
        arrays[name][order, 0] = column
    eps = float(call.number("epsilon", 1e-5))
    if not (arrays["var"] >= 0).all() or not eps > 0:
        call.refuse("its variances must not be negative, and its epsilon must be above 0.")
    kept = float(call.number("momentum", 0.9))
    return x.pointwise(Part(BatchNorm(kept if 0 <= kept <= 1 else 0.9, eps), arrays))


def layer_norm(call: Call) -> Flowing:
    """LayerNormalization over all of a sample."""
    x = call.value()
    axis = axis_of(call, call.number("axis", -1), len(x.shape) + 1)
    if axis != 1:
        call.refuse(f"it normalises over the axes from {axis} on, but numnist's LayerNorm over a whole sample.")
    if len(x.shape) == 1:
        x = x.flat()
    arrays = {}
    for i, name in ((1, "w"), (2, "b")):
        numbers = call.array(i, needed=name == "w")
        if numbers is None:
            numbers = np.zeros(x.shape)
        if numbers.shape != x.shape:
            call.refuse(f"its input number {i + 1} has the shape {numbers.shape} instead of {x.shape}.")
        arrays[name] = x.scattered(numbers)[..., None]
    return x.pointwise(Part(LayerNorm(float(call.number("epsilon", 1e-5))), arrays))


def arithmetic(call: Call) -> Flowing:
    """A step of a formula, whose layers are decided when something else takes it."""
    given = [call.given(i) for i in range(len(call.inputs))]
    if all(isinstance(each, np.ndarray) for each in given):
        return folded(call)
    operands: list[Any] = []
    for i, each in enumerate(given):
        if isinstance(each, np.ndarray | Formula):
            operands.append(each)
        else:
            operands.append(call.value(i))
    shapes = [each.shape for each in operands if not isinstance(each, np.ndarray)]
    largest = max(shapes, key=len)
    fitted = [_beside(each, largest, call) if isinstance(each, np.ndarray) else each for each in operands]
    if any(shape != largest for shape in shapes):
        call.refuse(f"its inputs have the shapes {', '.join(map(str, shapes))}, which must be equal.")
    names = tuple(name for each in fitted if isinstance(each, Formula) for name in each.names)
    made = Formula(call.operator, tuple(fitted), largest, (*names, call.name))
    if made.size > LARGEST:
        fitted = [call.value(i) if isinstance(each, Formula) else each for i, each in enumerate(fitted)]
        made = Formula(call.operator, tuple(fitted), largest, (call.name,))
    return made


def _beside(numbers: Array, shape: tuple[int, ...], call: Call) -> Array:
    """A constant as it stands beside an array of so many axes without the batch."""
    if numbers.dtype.kind not in "fiu":
        call.refuse("its constant is no number.")
    if numbers.size == 1 and numbers.ndim <= len(shape) + 1:
        return numbers.reshape(())
    if numbers.ndim == len(shape) + 1 and len(numbers) == 1:
        numbers = numbers[0]
    fits = numbers.ndim <= len(shape) and all(
        n in (1, size) for n, size in zip(numbers.shape[::-1], shape[::-1], strict=False)
    )
    if not fits:
        call.refuse(f"its constant {numbers.shape} does not fit beside {('N', *shape)}.")
    return numbers


def total(call: Call) -> Flowing:
    """Sum of one or two arrays."""
    if len(call.inputs) > 2:
        call.refuse(f"it adds {len(call.inputs)} arrays; numnist's Residual adds two: nest the sums.")
    return arithmetic(replace(call, operator="Add")) if len(call.inputs) == 2 else call.value()
