"""What comes before the first layer: the input's shape, and its scaling, which is numnist's normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from numnist.importing.imported import Wanted
from numnist.importing.keras.build import Network
from numnist.importing.keras.options import Options
from numnist.ink.normalize import Normalization
from numnist.model.limits import PLACES, SIDE, sides
from numnist.nn.base import Array, Shape
from numnist.support.errors import ModelFileError, UsageError

BYTES = 0.05  # a scale below this is for numbers up to 255: 1 / 255 is 0.004, and 1 / 127.5 is 0.008


class Scaling:
    """a·x + b before the network.   a, b: of the input's shape in Keras's order, or numbers"""

    def __init__(self) -> None:
        self.a: Array = np.ones(())
        self.b: Array = np.zeros(())
        self.kinds: list[str] = []  # of the layers that it is made of

    def then(self, net: Network, options: Options, a: Array, b: Array) -> None:
        """Also this, of the shape of what flows, or anything that broadcasts to it."""
        if net.parts or net.padding is not None:
            raise options.refused("it stands behind other layers, but can be read only before the first")
        if a.ndim or b.ndim:  # as the input is arranged: what came before has only said anew what the numbers are
            a, b = (np.broadcast_to(each, net.shape).reshape(net.in_keras) for each in (a, b))
        self.a, self.b = self.a * a, self.b * a + b
        self.kinds.append(options.layer.kind)
        if not (np.isfinite(self.a).all() and np.isfinite(self.b).all() and (self.a > 0).all()):
            raise options.refused("it scales by what is not a number above 0")

    def normalization(self, net: Network, wanted: Wanted, features: bool) -> tuple[Normalization, str]:
        """The same as numnist has it, and a sentence on the pixels that it is for."""
        C, H, W = net.in_shape
        bytes_ = wanted.pixels == "uint8" if wanted.pixels else bool(self.kinds) and float(np.max(self.a)) < BYTES
        most = 255.0 if bytes_ and not features else 1.0
        a, b = (np.broadcast_to(each, net.in_keras).reshape(H, W, C).transpose(2, 0, 1) for each in (self.a, self.b))
        std, mean = 1 / (a * most), -b / (a * most)
        if all((each == each[:, :1, :1]).all() for each in (std, mean)):
            std, mean = std[:, :1, :1], mean[:, :1, :1]
        unit = std.shape[1:] == (1, 1) and (std == 1).all() and (mean == 0).all()
        kind = "unit" if unit else "global" if std.shape[1:] == (1, 1) else "pixel"
        found = Normalization(kind, np.array(mean), np.array(std))
        if features or wanted.pixels:
            return found, ""
        why = f"as its {self.kinds[0]} suggests" if bytes_ else "as is usual"
        numbers = "0 to 255" if bytes_ else "0 to 1"
        return (
            found,
            f"the file does not say which pixels it takes: {numbers} is assumed, {why}; --pixels says otherwise",
        )


def rescaling(scaling: Scaling, net: Network, options: Options, arrays: Sequence[Array]) -> None:
    a, b = (_numbers(net, options, options.get(name, usual), name) for name, usual in (("scale", 1.0), ("offset", 0.0)))
    scaling.then(net, options, a, b)


def normalization(scaling: Scaling, net: Network, options: Options, arrays: Sequence[Array]) -> None:
    """(x - mean) / √variance, given as options, or learnt by `adapt` and stored as arrays."""
    options.one_of("invert", False, default=False)
    axis, given = options.get("axis", -1), [options.get(name) for name in ("mean", "variance")]
    axes = [axis] if type(axis) is int else axis if isinstance(axis, list) else []
    rank = len(net.shape)
    kept = sorted({each % (rank + 1) for each in axes if type(each) is int and -rank - 1 <= each <= rank})
    if kept not in ([], [rank], list(range(1, rank + 1))):
        raise options.refused(f"its axis is {str(axis)[:50]}, but only the last, all or none are read")
    shape = tuple(net.shape[each - 1] for each in kept)
    if given == [None, None]:
        if len(arrays) not in (2, 3):
            raise options.refused("it has neither a mean and a variance, nor has it been adapted")
        given = list(arrays[:2])
    numbers = [np.ravel(_array(each, options, "mean and variance")) for each in given]
    if any(each.size not in (1, prod(shape)) for each in numbers):
        raise options.refused(f"its mean and variance do not fit {net.shape}")
    mean, variance = (each.reshape(shape if each.size == prod(shape) else ()) for each in numbers)
    if not (np.isfinite(variance).all() and (variance >= 0).all()):
        raise options.refused("its variance is negative, or not a number")
    a = 1 / np.maximum(np.sqrt(variance), 1e-7)
    scaling.then(net, options, a, -mean * a)


def _numbers(net: Network, options: Options, value: Any, name: str) -> Array:
    """One number, or one for each channel."""
    found = _array(value, options, name)
    if found.shape not in ((), (1,), net.shape[-1:]):
        raise options.refused(f"its {name} has the shape {found.shape}, which is not that of the channels")
    return found if found.size > 1 else found.reshape(())


def _array(value: Any, options: Options, name: str) -> Array:
    try:
        found = np.asarray(value)
    except ValueError:
        found = np.asarray(None)
    if found.dtype.kind not in "if" or not np.isfinite(found).all():
        raise options.refused(f"its {name} is not made of finite numbers")
    return found.astype(np.float64)


def input_network(in_shape: Any, target: Any, wanted: Wanted, path: Any) -> Network:
    """The empty network for an input of Keras's shape.   target: of a Reshape before all layers, else None

    Raises ModelFileError for shapes that are no pictures and no features, UsageError for a size that does not fit.
    """
    whole = isinstance(in_shape, tuple) and sides(in_shape)
    if not whole or not 1 <= len(in_shape) <= 3 or prod(in_shape) > PLACES:
        known = "does not say the shape of its input" if in_shape is None else f"takes inputs of {str(in_shape)[:80]}"
        raise ModelFileError(
            f"{path}: the network {known}, but must take pictures (H, W) or (H, W, C) of a fixed size, up to {SIDE} "
            "along a side, or a row of features: build it with Input(shape) before it is saved."
        )
    return Network(in_shape, _picture(in_shape, target, wanted))


def _picture(in_shape: Shape, target: Any, wanted: Wanted) -> tuple[int, int, int]:
    """(H, W, C) of the input; features are F channels of one pixel."""
    if len(in_shape) == 3:
        H, W, C = in_shape
    elif len(in_shape) == 2:
        (H, W), C = in_shape, 1
    elif isinstance(target, list) and len(target) == 3 and all(type(n) is int for n in target):
        H, W, C = target if -1 not in target else (*target[:2], in_shape[0] // max(abs(target[0] * target[1]), 1))
    elif wanted.size:
        H, W = wanted.size
        C = max(in_shape[0] // (H * W), 1)
    else:
        H, W, C = 1, 1, in_shape[0]
    if min(H, W, C) < 1 or prod(in_shape) != H * W * C or (wanted.size and wanted.size != (H, W)):
        raise UsageError(f"the size {wanted.size or (H, W)} does not fit the network, which takes {in_shape}.")
    return H, W, C
