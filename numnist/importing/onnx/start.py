"""The input of a graph, and what numnist's input may be: ONNX does not say which axis the channels are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from onnx import TensorProto

from numnist.importing.imported import Wanted
from numnist.importing.onnx.interpret import Constants
from numnist.importing.onnx.values import Chain, Value, in_order
from numnist.model.limits import PLACES, SIDE, sides
from numnist.support.errors import ModelFileError, UsageError

FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16)


@dataclass(frozen=True)
class Input:
    """The graph's input.   shape: without the batch;  batch: its size, None if it is open;  whole: bytes"""

    name: str
    shape: tuple[int, ...]
    batch: int | None
    whole: bool


def input_of(graph: Any, constants: Constants, path: Path) -> Input:
    """The one input of a graph.  Raises ModelFileError for several, for other types, and for sizes that are open."""
    inputs = [each for each in graph.input if each.name not in constants]
    if len(inputs) != 1:
        names = ", ".join(repr(each.name) for each in inputs[:4]) or "none"
        raise ModelFileError(f"{path}: the network has {len(inputs)} inputs ({names}), but numnist's have one.")
    (given,) = inputs
    tensor = given.type.tensor_type
    if tensor.elem_type not in (*FLOATS, TensorProto.UINT8) or not tensor.HasField("shape"):
        raise ModelFileError(f"{path}: its input {given.name!r} must be float or uint8, and have a shape.")
    if not 2 <= len(tensor.shape.dim) <= 4:
        raise ModelFileError(
            f"{path}: its input {given.name!r} has {len(tensor.shape.dim)} axes, but numnist takes features (N, F) and "
            "pictures (N, H, W), (N, C, H, W) or (N, H, W, C)."
        )
    batch, *dims = tensor.shape.dim
    if any(not dim.HasField("dim_value") for dim in dims):
        raise ModelFileError(
            f"{path}: its input {given.name!r} leaves open more than the number of samples: export it with fixed sizes."
        )
    shape = tuple(int(dim.dim_value) for dim in dims)
    if not sides(shape) or prod(shape) > PLACES:
        raise ModelFileError(f"{path}: its input {given.name!r} has the shape {shape}, but sides are 1 to {SIDE}.")
    fixed = int(batch.dim_value) if batch.HasField("dim_value") and batch.dim_value > 0 else None
    return Input(given.name, shape, fixed, tensor.elem_type == TensorProto.UINT8)


def starts(given: Input, graph: Any, constants: Constants, wanted: Wanted) -> Iterator[Value]:
    """What numnist's input may be, the most probable first.  Raises UsageError for a size that does not fit."""
    shape = given.shape
    if wanted.size is not None and (len(shape) != 1 or prod(wanted.size) != prod(shape)):
        raise UsageError(
            f"size {wanted.size} does not fit: the network takes {('N', *shape)}. A size says which pictures a row of "
            "as many pixels is."
        )
    if len(shape) == 1:
        if wanted.size is not None:
            yield _start(given, (1, *wanted.size))
            return
        yield _start(given, (shape[0], 1, 1))
        for picture in _pictures(constants, shape[0]):
            yield _start(given, picture)
    elif len(shape) == 2:
        yield _start(given, (1, *shape))
    else:
        first, last = (size in (1, 3, 4) for size in (shape[0], shape[2]))
        channels_first = _start(given, (shape[0], shape[1], shape[2]))
        places = in_order((shape[2], shape[0], shape[1])).transpose(1, 2, 0)
        channels_last = Value(Chain(None, None, (shape[2], shape[0], shape[1])), places, given.whole)
        yield from (channels_last, channels_first) if last and not first else (channels_first, channels_last)


def _start(given: Input, in_shape: tuple[int, int, int]) -> Value:
    """The input as it stands, in the shape that numnist's pictures have."""
    return Value(Chain(None, None, in_shape), in_order(given.shape), given.whole)


def _pictures(constants: Constants, count: int) -> Iterator[tuple[int, int, int]]:
    """Shapes (C, H, W) of so many pixels to which the graph may reshape a row."""
    for each in constants.values():
        if (
            not isinstance(each, tuple)
            and each.dtype.kind == "i"
            and each.shape == (4,)
            and prod(each[1:].tolist()) == count
        ):
            C, H, W = each[1:].tolist()
            if min(C, H, W) > 0 and (H, W) != (1, 1):
                yield C, H, W
