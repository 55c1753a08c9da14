"""The small arithmetic of shapes and constants around a network: programs compute how to flatten, and what to pad."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from numnist.importing.onnx.call import Call
from numnist.importing.onnx.formulas import ARITHMETIC
from numnist.importing.onnx.moving import movable
from numnist.importing.onnx.node import FEW, axis_of
from numnist.importing.onnx.values import Flowing, Sizes
from numnist.model.limits import PLACES


def shape_of(call: Call) -> Flowing:
    found = call.given(0)
    if isinstance(found, np.ndarray):
        sizes: tuple[int | None, ...] = found.shape
    else:
        sizes = (call.batch, *movable(call).shape)
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
        if sum(array.size for array in arrays) > PLACES:
            call.refuse("it joins too many constants.")
        call.folding(sum(array.nbytes for array in arrays))
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
    if size > PLACES or any(array.dtype != arrays[0].dtype for array in arrays) or arrays[0].dtype.kind != "f":
        return call.refuse("it computes with constants that are not floats of one type, or too many.")
    call.folding(size * arrays[0].itemsize)
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
