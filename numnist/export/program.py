"""A network as a list of steps, from which source code is written: each computes one value from others.

What does nothing in inference (Dropout, and Flatten, since values lie in memory in the same order) is no step, and
batch norm is one multiplication and one addition a channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from numnist.nn import (
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    LayerNorm,
    MaxPool2d,
    Residual,
    Sequential,
)  # fmt: skip
from numnist.nn.activations import ELU, GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Tanh
from numnist.nn.base import Array, Layer, Plan, Shape, Views
from numnist.support.errors import UsageError

PLAIN: dict[type[Layer], str] = {
    ReLU: "relu", LeakyReLU: "leaky_relu", ELU: "elu", GELU: "gelu", SiLU: "silu", Sigmoid: "sigmoid", Tanh: "tanh",
    Softmax: "softmax",
}  # fmt: skip
IN_PLACE = {*PLAIN.values(), "affine", "add"} - {"softmax"}  # whose numbers depend on those at the same place alone


@dataclass(frozen=True, eq=False)
class Step:
    """One value.   layer: its repr;  inputs, output: numbers of values, 0 is the network's input;  shapes: of the first
    input and the output, for one picture;  numbers: whole and other numbers by name;  arrays: weights by name
    """

    kind: str
    layer: str
    place: str
    inputs: tuple[int, ...]
    output: int
    in_shape: Shape
    out_shape: Shape
    numbers: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)


@dataclass
class Program:
    """All steps in their order.   last: the value that is the logits"""

    steps: list[Step] = field(default_factory=list)
    last: int = 0

    @classmethod
    def of(cls, plan: Plan, p: Views) -> Program:
        """Raises UsageError for a layer that is not numnist's."""
        program = cls()
        program.last = program._layer(plan, p, 0, "")
        return program

    def _layer(self, plan: Plan, p: Views, x: int, place: str) -> int:
        layer: Any = plan.layer
        kind = type(layer)
        if kind is Sequential:
            for i, child in enumerate(plan.children):
                x = self._layer(child, p[i], x, f"{place}{i}.")
            return x
        if kind is Residual:
            ends = [self._layer(child, p[i], x, f"{place}{i}.") for i, child in enumerate(plan.children)]
            around = ends[1] if len(ends) > 1 else x
            return self._step("add", plan, place, (ends[0], around), in_shape=plan.out_shape)
        if kind in (Dropout, Flatten):
            return x
        if kind in PLAIN:
            numbers = {name: getattr(layer, name) for name in ("slope", "alpha") if hasattr(layer, name)}
            return self._step(PLAIN[kind], plan, place, (x,), numbers)
        if kind is Dense:
            return self._step("dense", plan, place, (x,), arrays=_weights(p, layer.bias))
        if kind is Conv2d:
            numbers = _window(layer, plan) | {"groups": layer.groups}
            return self._step("conv2d", plan, place, (x,), numbers, _weights(p, layer.bias))
        if kind is MaxPool2d:
            return self._step("max_pool2d", plan, place, (x,), _window(layer, plan))
        if kind is AvgPool2d:
            numbers = _window(layer, plan) | {"count_padding": int(layer.count_padding)}
            return self._step("avg_pool2d", plan, place, (x,), numbers)
        if kind is GlobalAvgPool:
            return self._step("global_avg_pool", plan, place, (x,))
        if kind is BatchNorm:
            scale = (p.w / np.sqrt(p.var.astype(np.float64) + layer.eps))[:, 0]
            arrays = {"w": scale, "b": p.b[:, 0] - p.mean[:, 0] * scale}
            return self._step("affine", plan, place, (x,), arrays=arrays)
        if kind is LayerNorm:
            arrays = {"w": p.w[..., 0], "b": p.b[..., 0]}
            return self._step("layer_norm", plan, place, (x,), {"eps": layer.eps}, arrays)
        raise UsageError(f"{layer!r} is a layer of your own, and what it computes is known only to Python.")

    def _step(
        self, kind: str, plan: Plan, place: str, inputs: tuple[int, ...], numbers: Mapping[str, Any] | None = None,
        arrays: Mapping[str, Array] | None = None, in_shape: Shape | None = None,
    ) -> int:  # fmt: skip
        output = len(self.steps) + 1
        self.steps.append(
            Step(
                kind, repr(plan.layer), place.rstrip("."), inputs, output, in_shape or plan.in_shape, plan.out_shape,
                numbers or {}, {name: array.astype(np.float32) for name, array in (arrays or {}).items()},
            )
        )  # fmt: skip
        return output

    def slots(self, size: Any) -> tuple[dict[int, int], list[int]]:
        """A buffer for each value, so that none is overwritten while it is needed; and how large each buffer must be.

        size(shape): numbers of a value.  The input is value 0.
        """
        needed = {self.last: len(self.steps)}  # by value: the step that needs it last
        for k, step in enumerate(self.steps):
            needed |= {each: max(k, needed.get(each, 0)) for each in step.inputs}
        place, sizes, free = {0: 0}, [size(self.steps[0].in_shape) if self.steps else 1], list[int]()
        for k, step in enumerate(self.steps):
            ended = [place[each] for each in dict.fromkeys(step.inputs) if needed[each] == k]
            if step.kind in IN_PLACE and ended:
                slot = ended.pop(0)
            elif free:
                slot = free.pop()
            else:
                slot = len(sizes)
                sizes.append(0)
            free += ended
            place[step.output] = slot
            sizes[slot] = max(sizes[slot], size(step.out_shape))
        return place, sizes


def _weights(p: Views, bias: bool) -> dict[str, Array]:
    return {"w": p.w} | ({"b": p.b[:, 0]} if bias else {})


def _window(layer: Any, plan: Plan) -> dict[str, int]:
    win = layer.windows(*plan.in_shape[1:])
    names = ("kh", "kw", "sh", "sw", "dh", "dw", "top", "left", "bottom", "right", "oh", "ow")
    return {name: getattr(win, name) for name in names}
