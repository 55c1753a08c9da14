"""Operators that only move numbers: ONNX's array changes, and no layer is needed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from onnx import TensorProto

from numnist.importing.onnx.arithmetic import settled
from numnist.importing.onnx.call import Call
from numnist.importing.onnx.file import TYPES
from numnist.importing.onnx.formulas import linear
from numnist.importing.onnx.node import axis_of
from numnist.importing.onnx.values import Answer, Flowing, Formula, Padded, Scores, Sizes, Value
from numnist.importing.parts import Part
from numnist.nn import Dropout
from numnist.nn.base import Array
from numnist.support.errors import ModelFileError

FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE)


def identity(call: Call) -> Flowing:
    found = call.given(0)
    if found is None:
        call.refuse("it has no input.")
    return found


def dropout(call: Call) -> Flowing:
    mode = call.array(2, needed=False)
    if mode is not None and mode.any():
        call.refuse("it is in training mode: export the network for inference (model.eval() in PyTorch).")
    found, ratio = call.given(0), call.array(1, needed=False)
    rate = float(call.number("ratio", 0.5) if ratio is None else ratio.reshape(-1)[0] if ratio.size == 1 else -1)
    if isinstance(found, Value | Formula) and 0 <= rate < 1:
        return call.value().pointwise(Part(Dropout(rate)))
    return identity(call)


def cast(call: Call) -> Flowing:
    found, to = call.given(0), call.number("to", 0)
    if isinstance(found, np.ndarray):
        if to not in TYPES:
            call.refuse("it casts a constant to a type that numnist does not read.")
        with np.errstate(all="ignore"):
            return found.astype(TYPES[to])
    if isinstance(found, Value | Formula | Scores):
        if to not in FLOATS:
            call.refuse(f"it rounds the network's numbers to {TensorProto.DataType.Name(to).lower()}.")
        if isinstance(found, Value) and found.whole:
            return Value(found.chain, found.places)
    return identity(call)


def transpose(call: Call) -> Flowing:
    found = call.given(0)
    if isinstance(found, np.ndarray):
        return found.transpose(_permutation(call, found.ndim))
    if isinstance(found, Padded):
        order = _permutation(call, len(found.ends) + 1)
        inner = transpose(replace(call, inputs=[found.value]))
        assert isinstance(inner, Value)
        return Padded(inner, tuple(found.ends[axis - 1] for axis in order[1:]), found.fill)
    x = movable(call)
    order = _permutation(call, len(x.shape) + 1)
    if order[0] != 0:
        call.refuse(f"it moves the samples from the first axis (perm {order}), but they must stay there.")
    return x.relaid(lambda places: places.transpose([axis - 1 for axis in order[1:]]))


def _permutation(call: Call, rank: int) -> list[int]:
    order = list(call.number("perm", range(rank)[::-1]))
    if sorted(order) != list(range(rank)):
        call.refuse(f"perm {order} is no order of its {rank} axes.")
    return order


def movable(call: Call) -> Value | Formula:
    """The first input, of which numbers can be moved: layers where it is some, else a formula still.

    A mere multiple stays a formula: it may be the half x of a GELU, whose other half is moved as well.
    """
    found = call.given(0)
    if isinstance(found, Formula) and not _multiple(found):
        with suppress(ModelFileError):
            return settled(found, call)
    return found if isinstance(found, Value | Formula) else call.value()


def _multiple(formula: Formula) -> bool:
    line = linear(formula)
    return line is not None and np.size(line[1]) == 1 and not np.any(line[2])


def flatten(call: Call) -> Flowing:
    x = movable(call)
    axis = call.number("axis", 1)
    if axis + (len(x.shape) + 1 if axis < 0 else 0) != 1:
        call.refuse(f"axis {axis} does not leave one row for each sample, as axis 1 does.")
    return x.relaid(lambda places: places.reshape(-1))


def reshape(call: Call) -> Flowing:
    found = call.given(0)
    if isinstance(found, Answer):
        return found
    wanted = _new_shape(call)
    if isinstance(found, np.ndarray):
        sizes = [n for n in wanted if n is not None]
        return _reshaped_constant(call, found, sizes)
    x = movable(call)
    size, rest = prod(x.shape), list(wanted[1:])
    zeros = not call.number("allowzero", 0)
    rest = [x.shape[i] if n == 0 and zeros and i < len(x.shape) else n for i, n in enumerate(rest)]
    first = wanted[0] if wanted else 1
    samples = first is None or first == -1 or (first == 0 and zeros) or first == call.batch
    if None in rest or not samples:
        call.refuse(f"it reshapes {('N', *x.shape)} to {wanted}, which does not keep the samples apart.")
    shape = [int(n) for n in rest if n is not None]
    known = prod(n for n in shape if n != -1)
    if shape.count(-1) == 1 and first != -1 and known > 0 and size % known == 0:
        shape[shape.index(-1)] = size // known
    if prod(shape) != size or min(shape, default=0) < 1:
        call.refuse(f"it reshapes {('N', *x.shape)} to {wanted}, which does not keep the samples apart.")
    return x.relaid(lambda places: places.reshape(shape))


def _new_shape(call: Call) -> list[int | None]:
    found = call.given(1)
    if isinstance(found, Sizes):
        return list(found.items)
    sizes = call.whole_numbers(1, "shape")
    if sizes is None:
        call.refuse("it does not say to which shape.")
    return list(sizes)


def _reshaped_constant(call: Call, array: Array, sizes: Sequence[int]) -> Array:
    shape = [array.shape[i] if n == 0 and i < array.ndim else n for i, n in enumerate(sizes)]
    try:
        return array.reshape(shape)
    except ValueError:
        return call.refuse(f"it cannot reshape {array.shape} to {list(sizes)}.")


def squeeze(call: Call) -> Flowing:
    """Leave out axes of size 1."""
    return _moved(call, "squeeze")


def unsqueeze(call: Call) -> Flowing:
    """Add axes of size 1."""
    return _moved(call, "unsqueeze")


def _moved(call: Call, kind: str) -> Flowing:
    found = call.given(0)
    axes = call.whole_numbers(1, "axes")
    if isinstance(found, Sizes):
        if found.scalar == (kind == "unsqueeze") and len(found.items) == 1 and axes in (None, [0], [-1]):
            return Sizes(found.items, scalar=not found.scalar)
        call.refuse("it makes of a shape what is none.")
    constant = isinstance(found, np.ndarray)
    x: Any = found if constant else movable(call)
    shape = list(x.shape) if constant else [None, *x.shape]
    rank = len(shape) + (len(axes or ()) if kind == "unsqueeze" else 0)
    if axes is None:
        axes = [i for i, n in enumerate(shape) if n == 1]
    axes = sorted(axis_of(call, axis, rank) for axis in axes)
    if len(set(axes)) < len(axes) or rank > 8 or (0 in axes and not constant):
        call.refuse(f"axes {axes} are none that it can {kind}: the samples must stay the first axis.")
    if kind == "squeeze":
        if any(shape[axis] != 1 for axis in axes):
            call.refuse(f"it leaves out axes {axes} of {shape}, which are not all of size 1.")
        shape = [n for i, n in enumerate(shape) if i not in axes]
    else:
        for axis in axes:
            shape.insert(axis, 1)
    new = [n for n in shape if n is not None]
    return x.reshape(new) if constant else x.relaid(lambda places: places.reshape(new))
