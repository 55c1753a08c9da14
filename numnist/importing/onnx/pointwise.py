"""Activations that are operators of their own."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np

from numnist.importing.onnx.arithmetic import EXACT_GELU
from numnist.importing.onnx.call import Call
from numnist.importing.onnx.node import axis_of
from numnist.importing.onnx.values import Flowing, Scores, Value
from numnist.importing.parts import Part
from numnist.nn import ELU, GELU, LeakyReLU, ReLU, Softmax
from numnist.nn.base import Layer

HUGE = 3e38  # what exporters write for infinity in float32


def activation(make: Callable[[Call], Layer]) -> Callable[[Call], Flowing]:
    """An operator that is one activation."""

    def read(call: Call) -> Flowing:
        return call.value().pointwise(Part(make(call)))

    return read


relu = activation(lambda call: ReLU())
leaky_relu = activation(lambda call: LeakyReLU(float(call.number("alpha", 0.01))))
elu = activation(lambda call: ELU(float(call.number("alpha", 1.0))))


def prelu(call: Call) -> Flowing:
    """LeakyReLU, if the slope that was learnt is one number."""
    slopes = call.constant(1)
    if slopes.size < 1 or np.any(slopes != slopes.reshape(-1)[0]):
        call.refuse("it has a slope for each channel, but numnist's LeakyReLU one for all.")
    return call.value().pointwise(Part(LeakyReLU(float(slopes.reshape(-1)[0]))))


def gelu(call: Call) -> Flowing:
    kind = call.number("approximate", "none")
    if kind not in ("none", "tanh"):
        call.refuse(f"approximate is {kind!r}, which is unknown.")
    if kind == "none":
        call.notes.add(EXACT_GELU)
    return call.value().pointwise(Part(GELU()))


def clip(call: Call) -> Flowing:
    """ReLU, if it cuts off what is below 0 and nothing else."""
    low, high = (_bound(call, i, name, far) for i, name, far in ((1, "min", -inf), (2, "max", inf)))
    if low <= -HUGE and high >= HUGE:
        return call.value()
    if low != 0 or high < HUGE:
        call.refuse(f"it cuts off at {low:g} and {high:g}, as ReLU6 does; numnist has ReLU, which cuts off below 0.")
    return call.value().pointwise(Part(ReLU()))


def _bound(call: Call, i: int, name: str, far: float) -> float:
    if name in call.attributes:
        return float(call.attributes[name])
    found = call.array(i, needed=False)
    if found is None:
        return far
    if found.size != 1 or np.isnan(found).any():
        call.refuse(f"its {name} is not one number.")
    return float(found.reshape(-1)[0])


def softmax(call: Call) -> Flowing:
    x = call.value()
    _over_classes(call, x)
    if len(x.shape) == 3:
        x = call.picture()
    return (x.flat() if len(x.shape) == 1 else x).pointwise(Part(Softmax()))


def log_softmax(call: Call) -> Flowing:
    """At the end: the softmax of the logarithms of probabilities is those probabilities."""
    x = call.value()
    _over_classes(call, x)
    if len(x.shape) != 1:
        call.refuse("it stands in the middle of the network, and numnist has no such layer.")
    return Scores(x.flat(), "the logarithms of probabilities")


def _over_classes(call: Call, x: Value) -> None:
    axis: Any = axis_of(call, call.number("axis", 1 if call.opset < 13 else -1), len(x.shape) + 1)
    if axis != 1 or len(x.shape) == 2 or (call.opset < 13 and len(x.shape) > 1):
        call.refuse("it is a softmax over something else than the features or channels of each sample.")
