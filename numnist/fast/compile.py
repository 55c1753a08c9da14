"""Steps: the layers of a Sequential in the order and the groups in which they run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from numnist.fast.conv_block import ConvBlock
from numnist.fast.norm_block import NormBlock
from numnist.nn.activations import ReLU
from numnist.nn.base import Array, Layer, Mode, Views
from numnist.nn.conv import Conv2d
from numnist.nn.norm import BatchNorm
from numnist.nn.pool import MaxPool2d
from numnist.support.checks import pair


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


def fuse(layers: tuple[Layer, ...]) -> tuple[Step, ...]:
    """The layers in as few steps as possible: a convolution with what follows it is one, the others are one each.

    Max pooling runs before a ReLU in front of it.  The largest of max(x, 0) is max(largest x, 0), and where it is not
    0 the same pixel won: values and gradients are the same, and ReLU has a quarter of the work after a 2 × 2 window.
    """
    steps: list[Step] = []
    at = 0
    while at < len(layers):
        step, count = _block(layers, at) if type(layers[at]) is Conv2d else (None, 1)
        if step is not None:
            steps.append(step)
        elif [type(layer) for layer in layers[at : at + 2]] == [ReLU, MaxPool2d]:
            steps += [Single(at + 1, layers[at + 1]), Single(at, layers[at])]
            count = 2
        else:
            steps.append(Single(at, layers[at]))
        at += count
    return tuple(steps)


def _block(layers: tuple[Layer, ...], at: int) -> tuple[Step | None, int]:
    """The block that begins with the convolution at this place, and how many layers it is."""
    conv, rest = layers[at], list(layers[at + 1 : at + 4])
    assert isinstance(conv, Conv2d)
    if conv.groups > 1:
        return None, 1
    norm = rest.pop(0) if rest and type(rest[0]) is BatchNorm else None
    relu, window, count = False, (1, 1), 1 + (norm is not None)
    for layer in rest[:2]:
        if type(layer) is ReLU and not relu:
            relu = True
        elif type(layer) is MaxPool2d and window == (1, 1) and _tiles(layer):
            window = pair(layer.window, "window")
        else:
            break
        count += 1
    if isinstance(norm, BatchNorm):
        return NormBlock(at, conv, relu, window, norm), count
    return ConvBlock(at, conv, relu, window), count


def _tiles(pool: MaxPool2d) -> bool:
    """Whether the windows lie side by side, without padding."""
    window = pair(pool.window, "window")
    stride = window if pool.stride is None else pair(pool.stride, "stride")
    return stride == window and pool.padding in (0, (0, 0), "valid")
