"""Convolution and pooling, whose paddings ONNX counts on each side, and numnist by one number or "same"."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from numnist.importing.onnx.call import Call
from numnist.importing.onnx.node import axis_of
from numnist.importing.onnx.values import Flowing, Padded, Value
from numnist.importing.parts import Part
from numnist.nn import AvgPool2d, Conv2d, GlobalAvgPool, MaxPool2d
from numnist.nn.base import Array
from numnist.support.errors import NumnistError

Four = tuple[int, int, int, int]  # top, left, bottom, right
MOST_ADDED = 8  # rows or columns of zeros that a kernel gets on one side


def pad(call: Call) -> Flowing:
    """A border, for the convolution or pooling that comes next."""
    if call.number("mode", "constant") != "constant":
        call.refuse(f"it pads by mode {call.number('mode', '')!r}, but numnist's layers with one number.")
    fill = call.array(2, needed=False)
    value = float(call.number("value", 0.0) if fill is None or not fill.size else fill.reshape(-1)[0])
    x = call.value()
    pads, axes = call.whole_numbers(1, "pads"), call.whole_numbers(3)
    rank = len(x.shape) + 1
    axes = list(range(rank)) if axes is None else [axis_of(call, axis, rank) for axis in axes]
    if pads is None or len(pads) != 2 * len(axes) or len(set(axes)) < len(axes):
        call.refuse("its pads do not say what to add to each axis.")
    if not any(pads):
        return x
    both = {axis: (pads[i], pads[i + len(axes)]) for i, axis in enumerate(axes)}
    if min(pads) < 0 or both.get(0, (0, 0)) != (0, 0):
        call.refuse("it cuts off something, or pads samples.")
    return Padded(x, tuple(both.get(axis, (0, 0)) for axis in range(1, rank)), value)


def _padded(call: Call, fill: float) -> tuple[Value, Four]:
    """The picture that a window moves over, and the border that a Pad before it has added."""
    found = call.given(0)
    if not isinstance(found, Padded):
        return call.picture(), (0, 0, 0, 0)
    if found.fill != fill and not (fill == -np.inf and found.fill < -3e38):
        call.refuse(f"a border of {found.fill:g} stands before it, but numnist pads with {fill:g} here.")
    x = replace(call, inputs=[found.value]).picture()
    channels, (top, bottom), (left, right) = found.ends
    if channels != (0, 0):
        call.refuse("a border stands before it that adds channels, but numnist's layers pad rows and columns.")
    return x, (top, left, bottom, right)


def _pads(call: Call, x: Value, kernel: list[int], stride: list[int], dilation: list[int], before: Four) -> Four:
    """What the node adds on each side, a Pad before it included."""
    auto = call.number("auto_pad", "NOTSET")
    size = [x.shape[1] + before[0] + before[2], x.shape[2] + before[1] + before[3]]
    ends = [0, 0, 0, 0]
    if auto == "NOTSET":
        ends = list(call.number("pads", ends))
        if len(ends) != 4 or min(ends) < 0:
            call.refuse(f"its pads {ends} are not four numbers of at least 0.")
    elif auto in ("SAME_UPPER", "SAME_LOWER"):
        for i in range(2):
            extent = (kernel[i] - 1) * dilation[i] + 1
            total = max((-(-size[i] // stride[i]) - 1) * stride[i] + extent - size[i], 0)
            less, more = total // 2, total - total // 2
            ends[i], ends[i + 2] = (less, more) if auto == "SAME_UPPER" else (more, less)
    elif auto != "VALID":
        call.refuse(f"auto_pad {auto!r} is unknown.")
    top, left, bottom, right = (a + b for a, b in zip(before, ends))
    return top, left, bottom, right


def _two(call: Call, name: str, default: list[int] | None = None) -> list[int]:
    """An attribute for rows and columns."""
    numbers = list(call.number(name, default or [1, 1]))
    if len(numbers) != 2 or min(numbers) < 1:
        call.refuse(f"its {name} {numbers} are not two numbers of at least 1: numnist's layers take (N, C, H, W).")
    return numbers


def _padding(x: Value, pads: Four, out: tuple[int, int], make: Any) -> Any:
    """numnist's padding that puts the same windows in the same places; None if there is none.   make: the layer"""
    top, left, _, _ = pads
    for padding in (top if top == left else (top, left), "same"):
        try:
            win = make(padding).windows(*x.shape[1:])
        except NumnistError:  # no windows, or a padding that a pooling does not take
            continue
        if (win.top, win.left, win.oh, win.ow) == (top, left, *out):
            return padding
    return None


def _out(call: Call, x: Value, kernel: list[int], stride: list[int], dilation: list[int], pads: Four) -> list[int]:
    """Rows and columns of the output, and where they are fewer than ceil_mode asks for."""
    out = []
    for i in range(2):
        extent = (kernel[i] - 1) * dilation[i] + 1
        size = x.shape[1 + i] + pads[i] + pads[i + 2]
        room = size - extent
        n = room // stride[i] + 1
        if call.number("ceil_mode", 0):
            n = -(-room // stride[i]) + 1
            n -= (n - 1) * stride[i] >= x.shape[1 + i] + pads[i]  # a window that begins behind the picture
        if room < 0 or n < 1:
            call.refuse(f"its window of {extent} is larger than the picture, {x.shape[1:]} with pads {list(pads)}.")
        out.append(n)
    return out


def conv(call: Call) -> Flowing:
    x, before = _padded(call, 0.0)
    w, b = call.constant(1), call.array(2, needed=False)
    groups = call.number("group", 1)
    if w.ndim != 4 or min(w.shape) < 1:
        call.refuse(f"its weights {w.shape} are not (filters, channels, rows, columns), as numnist's Conv2d has them.")
    if groups < 1 or w.shape[1] * groups != x.shape[0] or len(w) % groups:
        call.refuse(f"its weights {w.shape} in {groups} groups do not fit a picture of {x.shape[0]} channels.")
    if b is not None and b.shape != w.shape[:1]:
        call.refuse(f"its bias {b.shape} is not one number for each of {len(w)} filters.")
    kernel = list(w.shape[2:])
    if _two(call, "kernel_shape", kernel) != kernel:
        call.refuse(f"its kernel_shape {call.number('kernel_shape', kernel)} is not that of its weights {w.shape}.")
    stride, dilation = _two(call, "strides"), _two(call, "dilations")
    pads = _pads(call, x, kernel, stride, dilation, before)
    rows, columns = _out(call, x, kernel, stride, dilation, pads)
    call.bounded((len(w), rows, columns))

    def make(padding: Any) -> Conv2d:
        numbers = [(n[0] if n[0] == n[1] else tuple(n)) for n in (list(w.shape[2:]), stride, dilation)]
        return Conv2d(len(w), numbers[0], numbers[1], padding, numbers[2], groups, bias=b is not None)

    padding = _padding(x, pads, (rows, columns), make)
    if padding is None:
        w, pads = _evened(call, w, pads, dilation)
        padding = _padding(x, pads, (rows, columns), make)
        if padding is None:
            call.refuse(f"its pads {list(pads)} are none that numnist's Conv2d has.")
    return x.then(Part(make(padding), {"w": w} if b is None else {"w": w, "b": b[:, None]}))


def _evened(call: Call, w: Array, pads: Four, dilation: list[int]) -> tuple[Array, Four]:
    """The same convolution with as much padding on both sides: the kernel gets zeros where there is more of it."""
    added, even = [(0, 0), (0, 0)], []
    for i in range(2):
        before, after = pads[i], pads[i + 2]
        more, rest = divmod(abs(after - before), dilation[i])
        if rest or more > MOST_ADDED:
            call.refuse(
                f'its pads {list(pads)} differ too much from side to side: numnist pads both alike, or by its "same".'
            )
        added.append((more, 0) if after > before else (0, more))
        even.append(max(before, after))
    call.notes.add(
        "a convolution with more padding on one side than on the other became one with zeros at the kernel's edge, "
        "which computes the same"
    )
    return np.pad(w, added), (even[0], even[1], even[0], even[1])


def max_pool(call: Call) -> Flowing:
    return _pool(call, -np.inf)


def average_pool(call: Call) -> Flowing:
    return _pool(call, 0.0)


def _pool(call: Call, fill: float) -> Flowing:
    x, before = _padded(call, fill)
    if "kernel_shape" not in call.attributes:
        call.refuse("it has no kernel_shape.")
    kernel, stride, dilation = _two(call, "kernel_shape"), _two(call, "strides"), _two(call, "dilations")
    if dilation != [1, 1]:
        call.refuse(f"it has dilations {dilation}, but numnist's pooling looks at neighbours.")
    pads = _pads(call, x, kernel, stride, dilation, before)
    rows, columns = _out(call, x, kernel, stride, dilation, pads)
    call.bounded((x.shape[0], rows, columns))
    count = bool(call.number("count_include_pad", 0))
    own = any(_pads(call, x, kernel, stride, dilation, (0, 0, 0, 0)))
    if any(before) and fill == 0:
        if own and not count:
            call.refuse(
                "it counts a border (Pad) that stands before it, but not its own pads; numnist counts both or none."
            )
        count = True
    if count and fill == 0 and call.number("ceil_mode", 0):
        fixed = replace(call, attributes=call.attributes | {"ceil_mode": 0})
        if [rows, columns] != _out(fixed, x, kernel, stride, dilation, pads):
            call.refuse("it has ceil_mode and counts the padding, on which runtimes do not agree: leave one out.")

    def make(padding: Any) -> MaxPool2d | AvgPool2d:
        window, step = ((n[0] if n[0] == n[1] else (n[0], n[1])) for n in (kernel, stride))
        return AvgPool2d(window, step, padding, count_padding=count) if fill == 0 else MaxPool2d(window, step, padding)

    padding = _padding(x, pads, (rows, columns), make)
    if padding is None:
        call.refuse(
            f"its pads {list(pads)} are none that numnist's pooling has: the same on both sides and at most half of "
            'the window, or "same", with one more behind.'
        )
    return x.then(Part(make(padding)))


def global_average_pool(call: Call) -> Flowing:
    x = call.picture().then(Part(GlobalAvgPool()))
    return x.relaid(lambda places: places.reshape(-1, 1, 1))


def global_max_pool(call: Call) -> Flowing:
    x = call.picture()
    rows, columns = x.shape[1:]
    return x.then(Part(MaxPool2d(rows if rows == columns else (rows, columns))))


def reduce_mean(call: Call) -> Flowing:
    """The mean over rows and columns."""
    x = call.value()
    axes = call.whole_numbers(1, "axes")
    if not axes:
        call.refuse("it takes the mean over everything, or nothing, but numnist's GlobalAvgPool over rows and columns.")
    axes = sorted(axis_of(call, axis, len(x.shape) + 1) - 1 for axis in axes)
    channels = [axis for axis in range(len(x.shape)) if axis not in axes]
    shape = x.chain.shape
    good = len(x.shape) == 3 and len(shape) == 3 and axes[0] >= 0 and len(axes) == 2 and len(channels) == 1
    if good:
        rows = x.places.transpose([*channels, *axes]).reshape(-1, x.shape[axes[0]] * x.shape[axes[1]])
        of = rows // (shape[1] * shape[2])  # to which of numnist's channels each number belongs
        good = rows.shape == (shape[0], prod(shape[1:])) and bool(np.all(of == of[:, :1]))
    if not good:
        call.refuse("it takes the mean over other axes than rows and columns, but numnist's GlobalAvgPool over those.")
    pooled = x.chain.then(Part(GlobalAvgPool()))
    kept = [1 if axis in axes else n for axis, n in enumerate(x.shape)] if call.number("keepdims", 1) else [-1]
    return Value(pooled, np.ascontiguousarray(of[:, 0]).reshape(kept))
