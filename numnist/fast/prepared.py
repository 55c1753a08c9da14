"""Inference on a few pictures: every array made once, and the layers as calls that write into these arrays.

For one picture NumPy's time goes into calls, new arrays and short inner loops rather than into arithmetic.  So a
network is prepared for each shape that it meets: a list of calls whose arrays and views are ready.  Weights are read
where they are at each call, and nothing is computed from them in advance: they may change between two calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import Any

import numpy as np

from numnist.fast.group import Group, group
from numnist.fast.prepared_conv import Call, prepare_conv
from numnist.fast.scratch import Scratch
from numnist.nn import LAYERS
from numnist.nn.activations import ReLU
from numnist.nn.base import EVAL, Array, Layer, Mode, Plan, Shape, Views
from numnist.nn.conv import Conv2d
from numnist.nn.dense import Dense
from numnist.nn.dropout import Dropout
from numnist.nn.flatten import Flatten
from numnist.nn.residual import Residual
from numnist.nn.sequential import Sequential
from numnist.support.errors import ShapeError, UsageError

Run = Callable[[Views], object]  # computes a layer whose views are given, from and to arrays that it knows
INFERENCE_ONLY = "this network was compiled for inference, without backward: compile it with training=True."
SMALL_BYTES = 8 << 20  # of all layers' outputs: with more, arithmetic takes longer than making the arrays
SHAPES = 8  # for which a network stays prepared


@dataclass(frozen=True, repr=False)
class Prepared(Layer):
    """A network for inference on a few samples at a time.

    idle: rooms that nobody uses now, by shape and type of x.  A call takes a room and puts it back, so two threads
    never write to the same arrays; there are as many as there have been calls at the same time.
    """

    network: Layer
    idle: dict[Any, list[Room]] = field(default_factory=dict, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return Prepared, (self.network,)  # a copy makes its own rooms

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, None]:
        if mode.train:
            raise UsageError("this network was compiled for inference: compile it with training=True, or run it as is.")
        return self.outputs(p, x.shape, x.dtype, lambda at: np.copyto(at, x)), None

    def outputs(self, p: Views, shape: Shape, dtype: np.dtype[Any], write: Callable[[Array], object]) -> Array:
        """The outputs for inputs of this shape and type, which `write` writes into the array that it is given."""
        if 0 in shape:
            return self.network.forward(p, np.empty(shape, dtype))[0]
        idle = self.idle.get((shape, dtype))
        if idle is None:
            if len(self.idle) >= SHAPES:
                self.idle.clear()
            idle = self.idle.setdefault((shape, dtype), [])
        try:
            room = idle.pop()
        except IndexError:
            room = Room(self.network, shape, dtype)
        write(room.x)
        room.run(p)
        y = room.y.copy()
        if room.small:
            idle.append(room)
        return y

    def backward(self, p: Views, g: Views, dy: Array, cache: Any, want_dx: bool = True) -> Array | None:
        raise UsageError(INFERENCE_ONLY)


class Room:
    """The arrays of one call.

    x, y: where the network reads and where it writes;  run: computes y of x;  small: whether to keep it
    """

    def __init__(self, network: Layer, shape: Shape, dtype: np.dtype[Any]):
        plan = network.build(shape[:-1])
        self.x = np.empty(shape, dtype)
        self.small = self.x.itemsize * shape[-1] * sum(prod(leaf.out_shape) for _, leaf in plan.leaves()) <= SMALL_BYTES
        self.run, self.y = prepare(plan, self.x, Scratch(dtype))


def prepare(plan: Plan, x: Array, scratch: Scratch) -> tuple[Run, Array]:
    """What computes a layer of x, a contiguous array that stays where it is, and the array that it writes to."""
    kind = KINDS.get(type(plan.layer), as_written)
    return kind(plan, x, scratch)


def as_written(plan: Plan, x: Array, scratch: Scratch) -> tuple[Run, Array]:
    """Any layer, by its own forward."""
    layer, y = plan.layer, np.empty((*plan.out_shape, x.shape[-1]), x.dtype)
    trusted = type(layer) in LAYERS.values()  # others may keep what they are given

    def run(p: Views) -> None:
        out = layer.forward(p, x if trusted else x.copy())[0]
        if out.shape != y.shape:
            raise ShapeError(f"{layer!r} returns an array of shape {out.shape}, but its build promised {y.shape}.")
        np.copyto(y, out, casting="same_kind")

    return run, y


def nothing(plan: Plan, x: Array, scratch: Scratch) -> tuple[Run, Array]:
    """Flatten, and Dropout outside training."""
    return skip, x.reshape(*plan.out_shape, x.shape[-1])


def skip(p: Views) -> None:
    """What runs them."""


def relu(plan: Plan, x: Array, scratch: Scratch) -> tuple[Run, Array]:
    y, zeros = np.empty_like(x), scratch.zeros(x.shape)
    return lambda p: np.maximum(x, zeros, out=y), y


def dense(plan: Plan, x: Array, scratch: Scratch) -> tuple[Run, Array]:
    y = np.empty((*plan.out_shape, x.shape[-1]), x.dtype)
    biased = "b" in plan.params
    into, out = (x[:, 0], y[:, 0]) if x.shape[1] == 1 else (x, y)

    def run(p: Views) -> None:
        np.matmul(p.w, into, out=out)
        if biased:
            np.add(y, p.b, out=y)

    return run, y


def sequential(plan: Plan, x: Array, scratch: Scratch) -> tuple[Run, Array]:
    """Layers one after the other; a convolution and what follows it are one call."""
    layers = [child.layer for child in plan.children]
    runs: list[Run] = []
    at = 0
    while at < len(layers):
        count = 1
        if type(layers[at]) is Conv2d:
            found = group(layers, at)
            call, x = prepare_conv(found, x, scratch)
            runs.append(partial(_conv, call, at, found.norm is not None))
            count = found.length
        else:
            run, x = prepare(plan.children[at], x, scratch)
            if run is not skip:
                runs.append(partial(_inside, run, at))
        at += count

    def run_all(p: Views) -> None:
        for run in runs:
            run(p)

    return run_all, x


def _inside(run: Run, at: int, p: Views) -> None:
    run(p.children[at])


def _conv(call: Call, at: int, normed: bool, p: Views) -> None:
    call(p.children[at], p.children[at + 1] if normed else None)


def conv(plan: Plan, x: Array, scratch: Scratch) -> tuple[Run, Array]:
    """A convolution alone."""
    assert isinstance(plan.layer, Conv2d)
    call, y = prepare_conv(Group(plan.layer), x, scratch)
    return partial(_alone, call), y


def _alone(call: Call, p: Views) -> None:
    call(p, None)


def residual(plan: Plan, x: Array, scratch: Scratch) -> tuple[Run, Array]:
    branches = [prepare(child, x, scratch) for child in plan.children]
    around = branches[1][1] if len(branches) > 1 else x
    inside, y = branches[0][1], np.empty_like(around)

    def run_all(p: Views) -> None:
        for (run, _), views in zip(branches, p.children):
            run(views)
        np.add(inside, around, out=y)

    return run_all, y


KINDS: dict[type[Layer], Callable[[Plan, Array, Scratch], tuple[Run, Array]]] = {
    Sequential: sequential, Residual: residual, Conv2d: conv, Dense: dense, ReLU: relu,
    Flatten: nothing, Dropout: nothing,
}  # fmt: skip
