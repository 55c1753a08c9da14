"""What each kind of Keras's layers becomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from numnist.importing.keras.activations import activate
from numnist.importing.keras.build import Network, both, column, expect
from numnist.importing.keras.options import Options
from numnist.nn import AvgPool2d, BatchNorm, Conv2d, Dense, Dropout, GlobalAvgPool, LayerNorm, MaxPool2d
from numnist.nn.base import Array
from numnist.support.errors import UsageError

Converter = Callable[[Network, Options, Sequence[Array]], None]


def dense(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    """On pictures it works on the channels of each pixel, which is a convolution with a kernel of 1 × 1."""
    units, bias = options.whole("units"), options.flag("use_bias", True)
    picture = len(net.shape) == 3
    inputs = net.pictures(options)[2] if picture else net.features(options)
    found = expect(options, arrays, {"kernel": (inputs, units)} | ({"bias": (units,)} if bias else {}))
    if picture:
        w = np.ascontiguousarray(found["kernel"].T)[:, :, None, None]
        net.add(options, Conv2d(units, 1, bias=bias), {"w": w} | _bias(found))
    else:
        net.add(options, Dense(units, bias), {"w": net.ordered(found["kernel"]).T} | _bias(found))
        net.order = None
    activate(net, options)


def conv(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    filters, groups, bias = options.whole("filters"), options.whole("groups", 1), options.flag("use_bias", True)
    kernel, channels = options.pair("kernel_size"), net.pictures(options)[2]
    if channels % groups or filters % groups:
        raise options.refused(f"{channels} channels and {filters} filters cannot be divided into {groups} groups")
    shapes = {"kernel": (*kernel, channels // groups, filters)} | ({"bias": (filters,)} if bias else {})
    found = expect(options, arrays, shapes)
    _convolution(net, options, filters, groups, found["kernel"].transpose(3, 2, 0, 1), _bias(found))
    activate(net, options)


def depthwise(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    """Each channel by itself: as many groups as channels."""
    many, bias = options.whole("depth_multiplier", 1), options.flag("use_bias", True)
    kernel, channels = options.pair("kernel_size"), net.pictures(options)[2]
    shapes = {"kernel": (*kernel, channels, many)} | ({"bias": (channels * many,)} if bias else {})
    found = expect(options, arrays, shapes)
    _each_channel(net, options, found["kernel"], _bias(found))
    activate(net, options)


def separable(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    """Each channel by itself, then all channels of each pixel."""
    filters, many, bias = options.whole("filters"), options.whole("depth_multiplier", 1), options.flag("use_bias", True)
    kernel, channels = options.pair("kernel_size"), net.pictures(options)[2]
    shapes: dict[str, Any] = {"each": (*kernel, channels, many), "all": (1, 1, channels * many, filters)}
    found = expect(options, arrays, shapes | ({"bias": (filters,)} if bias else {}))
    _each_channel(net, options, found["each"], {})
    w = found["all"].transpose(3, 2, 0, 1)
    net.add(options, Conv2d(filters, 1, bias=bias), {"w": w} | _bias(found))
    activate(net, options)


def _each_channel(net: Network, options: Options, kernel: Array, bias: dict[str, Array]) -> None:
    """kernel: (kh, kw, channels, many)"""
    kh, kw, channels, many = kernel.shape
    w = kernel.transpose(2, 3, 0, 1).reshape(channels * many, 1, kh, kw)
    _convolution(net, options, channels * many, channels, w, bias)


def _convolution(net: Network, options: Options, filters: int, groups: int, w: Array, bias: dict[str, Array]) -> None:
    """w: (filters, channels/groups, kh, kw)"""
    stride, dilation = options.pair("strides", 1), options.pair("dilation_rate", 1)
    padding = options.one_of("padding", "valid", "same", default="valid")
    kernel = both((w.shape[2], w.shape[3]))

    def layer(padding: Any) -> Conv2d:
        return Conv2d(filters, kernel, both(stride), padding, both(dilation), groups, bool(bias))

    net.add(options, _padded(net, options, layer, padding), {"w": w} | bias)


def _padded(net: Network, options: Options, layer: Callable[[Any], Any], padding: str) -> Any:
    """The layer with its own padding, and the zeros of a ZeroPadding2D before it."""
    H, W, _ = net.pictures(options)
    if net.padding is None:
        return layer(padding)
    top, bottom, left, right = net.padding
    net.padding = None
    if padding == "valid":
        try:
            wanted = layer("valid").windows(H + top + bottom, W + left + right)
            for each in (both((top, left)), "same"):  # both begin at the same pixel, and make as many outputs
                win = layer(each).windows(H, W)
                if (win.top, win.left, win.oh, win.ow) == (top, left, wanted.oh, wanted.ow):
                    return layer(each)
        except UsageError:
            pass
    sides = f"top {top}, bottom {bottom}, left {left}, right {right}"
    raise options.refused(f"the zeros before it ({sides}) cannot be read")


def zero_padding(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    net.pictures(options)
    before = net.padding or (0, 0, 0, 0)
    top, bottom, left, right = (a + b for a, b in zip(before, options.sides("padding")))
    net.padding = (top, bottom, left, right)


def _window(options: Options) -> tuple[Any, Any, str]:
    """A pooling's window, stride and padding; without strides they are the window."""
    window = options.pair("pool_size", 2)
    stride = window if options.get("strides") is None else options.pair("strides")
    return both(window), both(stride), options.one_of("padding", "valid", "same", default="valid")


def max_pool(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    net.pictures(options)
    net.add(options, MaxPool2d(*_window(options)))


def avg_pool(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    """Keras's "same" does not count its padding, but the zeros of a ZeroPadding2D are pixels like others."""
    window, stride, padding = _window(options)
    counted = padding == "valid"
    net.add(options, _padded(net, options, lambda pad: AvgPool2d(window, stride, pad, counted), padding))


def global_avg_pool(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    net.pictures(options)
    options.one_of("keepdims", False, default=False)
    net.add(options, GlobalAvgPool())


def global_max_pool(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    H, W, _ = net.pictures(options)
    options.one_of("keepdims", False, default=False)
    net.add(options, MaxPool2d(both((H, W))))
    net.flatten(options)


def batch_norm(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    _last_axis(net, options)
    net.either(options)
    options.one_of("renorm", False, default=False)
    for name in ("renorm_momentum", "renorm_clipping", "synchronized", "virtual_batch_size", "fused"):
        options.get(name)  # of training alone
    C = net.shape[-1]
    scale, center = options.flag("scale", True), options.flag("center", True)
    names = [*(["w"] if scale else []), *(["b"] if center else []), "mean", "var"]
    found = expect(options, arrays, dict.fromkeys(names, (C,)))
    if (found["var"] < 0).any():
        raise options.refused("its running variance is negative")
    kind = found["mean"].dtype
    found = {"w": np.ones(C, kind), "b": np.zeros(C, kind)} | found
    columns = {name: column(net.ordered(found[name])) for name in ("w", "b", "mean", "var")}
    net.add(options, BatchNorm(options.number("momentum", 0.99), options.number("epsilon", 1e-3)), columns)


def layer_norm(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    _last_axis(net, options)
    n = net.features(options)
    scale, center = options.flag("scale", True), options.flag("center", True)
    options.one_of("rms_scaling", False, default=False)
    found = expect(options, arrays, dict.fromkeys([*(["w"] if scale else []), *(["b"] if center else [])], (n,)))
    found = {"w": np.ones(n, np.float32), "b": np.zeros(n, np.float32)} | found
    columns = {name: column(net.ordered(found[name])) for name in ("w", "b")}
    net.add(options, LayerNorm(options.number("epsilon", 1e-3)), columns)


def _last_axis(net: Network, options: Options) -> None:
    """The channels of a picture, or features."""
    axis = options.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if type(axis) is not int or len(net.shape) == 2 or axis not in (-1, len(net.shape)):
        raise options.refused(
            f"its axis is {axis!r} of {net.shape}, but only the last one of features or pictures is read"
        )


def dropout(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    rate = options.number("rate")
    if rate:
        net.either(options)
        net.add(options, Dropout(rate))


def flatten(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    net.flatten(options)


def reshape(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    """What only says anew what the numbers are: a row of them, or the pictures that the rows were from the first."""
    size, target = int(np.prod(net.shape)), options.get("target_shape")
    if not isinstance(target, list) or not 1 <= len(target) <= 3 or not all(type(n) is int for n in target):
        raise options.refused(f"target_shape is {str(target)[:80]}, which cannot be read")
    known = int(np.prod([n for n in target if n != -1]))
    shape = tuple(size // known if n == -1 and known > 0 else n for n in target)
    C, H, W = net.ours if len(net.ours) == 3 else (0, 0, 0)
    if shape in (net.shape, (H, W, C), (H, W) if C == 1 else None, (H * W * C,)):
        net.shape = shape  # rows are made of pictures where a layer needs them
    else:
        raise options.refused(f"it makes {shape} of {net.shape}, which cannot be read: only rows and whole pictures")


def only_in_training(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    options.ignore_all()
    net.notes.append(f"layer {options.layer.name!r} ({options.layer.kind}) works in training alone: left out")


def nothing(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    options.ignore_all()


def _bias(found: dict[str, Array]) -> dict[str, Array]:
    return {"b": column(found["bias"])} if "bias" in found else {}
