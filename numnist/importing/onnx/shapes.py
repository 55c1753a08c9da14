"""Operators that only move numbers, and the small arithmetic of shapes and constants around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from onnx import TensorProto

from numnist.importing.onnx.arithmetic import ARITHMETIC, linear, settled
from numnist.importing.onnx.call import Call
from numnist.importing.onnx.file import TYPES
from numnist.importing.onnx.node import FEW, axis_of
from numnist.importing.onnx.values import MOST, Answer, Flowing, Formula, Padded, Scores, Sizes, Value
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
    x = _movable(call)
    order = _permutation(call, len(x.shape) + 1)
    if order[0] != 0:
        call.refuse(f"it moves the samples from the first axis (perm {order}), but they must stay there.")
    return x.relaid(lambda places: places.transpose([axis - 1 for axis in order[1:]]))


def _permutation(call: Call, rank: int) -> list[int]:
    order = list(call.number("perm", range(rank)[::-1]))
    if sorted(order) != list(range(rank)):
        call.refuse(f"perm {order} is no order of its {rank} axes.")
    return order


def _movable(call: Call) -> Value | Formula:
    """The first input, of which numbers can be moved: layers where it is some already, else a formula still."""
    found = call.given(0)
    if isinstance(found, Formula) and linear(found) is None:
        with suppress(ModelFileError):
            return settled(found, call)
    return found if isinstance(found, Value | Formula) else call.value()


def flatten(call: Call) -> Flowing:
    x = _movable(call)
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
    x = _movable(call)
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
    x: Any = found if constant else _movable(call)
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


def shape_of(call: Call) -> Flowing:
    found = call.given(0)
    if isinstance(found, np.ndarray):
        sizes: tuple[int | None, ...] = found.shape
    else:
        sizes = (call.batch, *_movable(call).shape)
    start, end = call.number("start", 0), call.number("end", len(sizes))
    return Sizes(sizes[start:end])


def gather(call: Call) -> Flowing:
    """One number of a shape or of a constant, which is all that it is used for here."""
    found, index = call.given(0), call.whole_numbers(1)
    if isinstance(found, np.ndarray) and found.ndim == 1:
        found = Sizes(tuple(found.tolist())) if found.dtype.kind == "i" and found.size <= FEW else found
    if not isinstance(found, Sizes) or found.scalar or index is None or call.number("axis", 0) not in (0, -1):
        return call.refuse("it picks some of the network's numbers, which no layer does.")
    picked = tuple(found.items[axis_of(call, i, len(found.items))] for i in index)
    return Sizes(picked, scalar=call.constant(1).ndim == 0)


def cut(call: Call) -> Flowing:
    """Some numbers of a shape or of a constant."""
    found = call.given(0)
    starts, ends = call.whole_numbers(1, "starts"), call.whole_numbers(2, "ends")
    axes, steps = call.whole_numbers(3, "axes"), call.whole_numbers(4)
    if not isinstance(found, Sizes | np.ndarray) or starts is None or ends is None:
        return call.refuse("it cuts off some of the network's numbers, which no layer does.")
    rank = found.ndim if isinstance(found, np.ndarray) else 1
    axes = [axis_of(call, axis, rank) for axis in (range(len(starts)) if axes is None else axes)]
    steps = [1] * len(starts) if steps is None else steps
    if not len(starts) == len(ends) == len(axes) == len(steps) == len(set(axes)) or 0 in steps:
        return call.refuse("its starts, ends, axes and steps do not fit together.")
    parts = [slice(None)] * rank
    for axis, start, end, step in zip(axes, starts, ends, steps):
        # ONNX's smallest numbers mean "to the very front" where steps go backwards, which Python calls None
        parts[axis] = slice(start, None if step < 0 and end < -(2**31) + 2 else end, step)
    return found[tuple(parts)] if isinstance(found, np.ndarray) else Sizes(found.items[parts[0]])


def joined(call: Call) -> Flowing:
    """A shape from its numbers, or a constant from its parts."""
    given = [call.given(i) for i in range(len(call.inputs))]
    arrays = [each for each in given if isinstance(each, np.ndarray)]
    if len(arrays) == len(given):
        axis = axis_of(call, call.number("axis", 0), max(arrays[0].ndim, 1))
        if sum(array.size for array in arrays) > MOST:
            call.refuse("it joins too many constants.")
        try:
            return np.concatenate(arrays, axis)
        except ValueError:
            return call.refuse("the shapes of its constants do not fit.")
    items: list[int | None] = []
    for i, each in enumerate(given):
        items += each.items if isinstance(each, Sizes) else call.whole_numbers(i) or []
    return Sizes(tuple(items))


def filled(call: Call) -> Flowing:
    """A constant that is one number all over, such as the zeros among the pads that PyTorch writes."""
    sizes, value = call.whole_numbers(0), call.number("value", np.zeros(1, np.float32))
    if sizes is None or min(sizes, default=0) < 0 or prod(sizes) > FEW or value.size != 1:
        call.refuse("it makes a constant that is larger than the shapes that it is used for.")
    return np.full(sizes, value.reshape(-1)[0], value.dtype)


def folded(call: Call) -> Flowing:
    """Arithmetic of constants."""
    arrays = [call.constant(i) for i in range(len(call.inputs))]
    try:
        size = prod(np.broadcast_shapes(*(array.shape for array in arrays)))
    except ValueError:
        return call.refuse("the shapes of its constants do not fit.")
    if size > MOST or any(array.dtype != arrays[0].dtype for array in arrays) or arrays[0].dtype.kind != "f":
        return call.refuse("it computes with constants that are not floats of one type, or too many.")
    function: Callable[..., Any] = ARITHMETIC[call.operator]
    with np.errstate(all="ignore"):
        return np.asarray(function(*arrays), arrays[0].dtype)


def constant(call: Call) -> Flowing:
    """A constant that is written as a node.   Tensors are read before (see interpret.py)"""
    kinds: dict[str, Any] = {
        "value": None, "value_float": np.float32, "value_floats": np.float32, "value_int": np.int64,
        "value_ints": np.int64,
    }  # fmt: skip
    for name, kind in kinds.items():
        if name in call.attributes:
            return np.asarray(call.attributes[name], kind)
    return call.refuse("it is a constant of a kind that numnist does not read.")
