"""Which layers of a Sequential run together: a convolution, and what follows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from numnist.nn.activations import ReLU
from numnist.nn.base import Layer
from numnist.nn.conv import Conv2d
from numnist.nn.norm import BatchNorm
from numnist.nn.pool import MaxPool2d
from numnist.support.checks import pair


class Group(NamedTuple):
    """Conv2d[, BatchNorm][, ReLU][, MaxPool2d], the last two in any order.

    window: of the pooling, (1, 1) for none;  length: the number of layers.
    """

    conv: Conv2d
    norm: BatchNorm | None = None
    relu: bool = False
    window: tuple[int, int] = (1, 1)
    length: int = 1


def group(layers: Sequence[Layer], at: int) -> Group:
    """The group that begins with the convolution at this place."""
    conv, rest = layers[at], list(layers[at + 1 : at + 4])
    assert isinstance(conv, Conv2d)
    norm = rest.pop(0) if rest and type(rest[0]) is BatchNorm else None
    assert norm is None or isinstance(norm, BatchNorm)
    relu, window, length = False, (1, 1), 1 + (norm is not None)
    for layer in rest[:2]:
        if type(layer) is ReLU and not relu:
            relu = True
        elif type(layer) is MaxPool2d and window == (1, 1) and _tiles(layer):
            window = pair(layer.window, "window")
        else:
            break
        length += 1
    return Group(conv, norm, relu, window, length)


def _tiles(pool: MaxPool2d) -> bool:
    """Whether the windows lie side by side, without padding."""
    window = pair(pool.window, "window")
    stride = window if pool.stride is None else pair(pool.stride, "stride")
    return stride == window and pool.padding in (0, (0, 0), "valid")
