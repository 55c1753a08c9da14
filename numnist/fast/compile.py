"""compile: a network as it is run, in fewer and faster steps than its layers as they are written.

    run = compile(network, count=128, training=True)
    y, cache = run.forward(p, x, mode)

What it returns is a layer too.  It takes the network's own parameters, and its values are the network's own, up to
rounding.  The engine and inference run networks in this form; tracing, gradient checks and explanations run the network
itself.  Layers of your own, and those that inherit from numnist's, run as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from numnist.fast.conv_block import ConvBlock
from numnist.fast.conv_rows import ConvRows
from numnist.fast.dense_block import DenseBlock
from numnist.fast.group import group
from numnist.fast.in_place import DenseInPlace, ReLUInPlace
from numnist.fast.norm_block import NormBlock
from numnist.fast.prepared import INFERENCE_ONLY, Prepared
from numnist.nn.activations import ReLU
from numnist.nn.base import EVAL, Array, Layer, Mode, Views
from numnist.nn.conv import Conv2d
from numnist.nn.dense import Dense
from numnist.nn.pool import MaxPool2d
from numnist.nn.residual import Residual
from numnist.nn.sequential import Sequential
from numnist.support.errors import UsageError

FEW = 8  # samples: with fewer, calls and new arrays cost more than arithmetic (docs/performance.md)


def compile(network: Layer, count: int, training: bool, frozen: int = 0) -> Layer:
    """The network as it is run for `count` samples at a time.

    training: whether backward follows; where there is batch norm, forward must then run in training mode.
    frozen: how many layers of a Sequential, the first ones, are run as in evaluation, and get no gradient.
    """
    if not training and count < FEW:
        return Prepared(network)
    again = partial(compile, count=count, training=training)
    if type(network) is Sequential:
        inner = tuple(Single(i, again(layer)) for i, layer in enumerate(network.layers))
        steps = fuse(network.layers, inner, training, frozen) if count else inner[frozen:]
        if frozen:
            steps = (Frozen(compile(Sequential(*network.layers[:frozen]), max(count, FEW), training=False)), *steps)
        return Program(steps, training, frozen)
    if type(network) is Residual:
        shortcut = None if network.shortcut is None else again(network.shortcut)
        return replace(network, body=again(network.body), shortcut=shortcut)
    if type(network) is Conv2d:
        return ConvRows(network)
    if type(network) is Dense:
        return DenseInPlace(network)
    if type(network) is ReLU:
        return ReLUInPlace(network)
    return network


class Step(Protocol):
    """One or more layers of a Sequential, the first of them at place `at`.  p and g are the Sequential's."""

    @property
    def at(self) -> int: ...

    def forward(self, p: Views, x: Array, mode: Mode) -> tuple[Array, Any]: ...

    def backward(self, p: Views, g: Views, dy: Array, cache: Any, want_dx: bool = True) -> Array | None: ...


@dataclass(frozen=True)
class Single:
    """One layer as a step."""

    at: int
    layer: Layer

    def forward(self, p: Views, x: Array, mode: Mode) -> tuple[Array, Any]:
        return self.layer.forward(p[self.at], x, mode.inside(self.at))

    def backward(self, p: Views, g: Views, dy: Array, cache: Any, want_dx: bool = True) -> Array | None:
        return self.layer.backward(p[self.at], g[self.at], dy, cache, want_dx)


@dataclass(frozen=True)
class Frozen:
    """The first layers as a step which keeps nothing, since no gradient flows into it.   layers: for inference"""

    layers: Layer
    at: int = 0

    def forward(self, p: Views, x: Array, mode: Mode) -> tuple[Array, Any]:
        return self.layers.forward(p, x, EVAL)[0], None

    def backward(self, p: Views, g: Views, dy: Array, cache: Any, want_dx: bool = True) -> Array | None:
        raise UsageError(INFERENCE_ONLY)


@dataclass(frozen=True, repr=False)
class Program(Layer):
    """A Sequential in steps.   training: whether they keep what backward needs;  frozen: layers that get no gradient"""

    steps: tuple[Step, ...]
    training: bool
    frozen: int = 0

    def forward(self, p: Views, x: Array, mode: Mode = EVAL) -> tuple[Array, list[Any]]:
        caches = []
        for step in self.steps:
            x, cache = step.forward(p, x, mode)
            caches.append(cache)
        return x, caches

    def backward(self, p: Views, g: Views, dy: Array, caches: list[Any], want_dx: bool = True) -> Array | None:
        if not self.training:  # it would be wrong wherever a block has not kept which output of a window won
            raise UsageError(INFERENCE_ONLY)
        # without want_dx nothing needs to flow past the first layer that has parameters
        sizes = [views.size for views in p.children]
        first = 0 if want_dx else next((i for i, size in enumerate(sizes) if size and i >= self.frozen), len(sizes))
        flow: Any = dy
        for step, cache in zip(reversed(self.steps), reversed(caches)):
            if step.at >= first:
                flow = step.backward(p, g, flow, cache, want_dx or step.at > first)
        return flow if want_dx else None


def fuse(layers: tuple[Layer, ...], inner: tuple[Single, ...], keep: bool, start: int = 0) -> tuple[Step, ...]:
    """The layers in as few steps as possible: a convolution with what follows it is one, so is a dense layer with its
    ReLU in inference, the others are one each.

    inner: the steps of single layers.  keep: whether backward follows.  start: the first of the layers to take.

    Max pooling runs before a ReLU in front of it.  The largest of max(x, 0) is max(largest x, 0), and where it is not
    0 the same pixel won: values and gradients are the same, and ReLU has a quarter of the work after a 2 × 2 window.
    """
    steps: list[Step] = []
    at = start
    while at < len(layers):
        layer, count = layers[at], 1
        if type(layer) is Conv2d and layer.groups == 1:
            conv, norm, relu, window, count = group(layers, at)
            if norm is None:
                steps.append(ConvBlock(at, conv, relu, window, keep))
            else:
                steps.append(NormBlock(at, conv, relu, window, keep, norm))
        elif type(layer) is Dense and not keep:
            relu = [type(after) for after in layers[at + 1 : at + 2]] == [ReLU]
            steps.append(DenseBlock(at, layer, relu))
            count += relu
        elif [type(layer) for layer in layers[at : at + 2]] == [ReLU, MaxPool2d]:
            steps += [inner[at + 1], inner[at]]
            count = 2
        else:
            steps.append(inner[at])
        at += count
    return tuple(steps)
