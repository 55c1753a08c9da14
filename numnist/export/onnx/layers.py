"""What each layer is in ONNX, in inference: a function that adds its nodes and returns the name of its output.

numnist's arrays have the pictures last, ONNX's first; a picture's own axes (C, H, W) have the same order in both.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from typing import Any

import numpy as np

from numnist.export.onnx.graph import Graph
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
from numnist.nn.base import Layer, Plan, Views
from numnist.nn.windows import Windows
from numnist.support.errors import UsageError


def layer_nodes(graph: Graph, plan: Plan, p: Views, x: str, where: str = "") -> str:
    """Add the nodes of a layer whose input is x.   where: its place in the network.  Raises UsageError for others'."""
    kind = type(plan.layer)
    if kind not in WRITERS:
        raise UsageError(f"{plan.layer!r} has no counterpart in ONNX: export a network of numnist's own layers.")
    graph.where = f"{where}.{kind.__name__}" if where else kind.__name__
    return WRITERS[kind](graph, plan, p, x, where)


def _sequential(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
    for i, child in enumerate(plan.children):
        x = layer_nodes(graph, child, p[i], x, _place(where, i))
    return x


def _residual(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
    ends = [layer_nodes(graph, child, p[i], x, _place(where, i)) for i, child in enumerate(plan.children)]
    graph.where = _place(where, "Residual")
    return graph.add("Add", ends[0], ends[1] if len(ends) > 1 else x)


def _place(where: str, part: Any) -> str:
    return f"{where}.{part}" if where else f"{part}"


def _dense(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
    layer: Any = plan.layer
    bias = [graph.constant(p.b[:, 0], "b")] if layer.bias else []
    return graph.add("Gemm", x, graph.constant(p.w, "w"), *bias, transB=1)


def _conv(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
    layer: Any = plan.layer
    win = layer.windows(*plan.in_shape[1:])
    inputs = [graph.constant(p.w, "w"), *([graph.constant(p.b[:, 0], "b")] if layer.bias else [])]
    return graph.add("Conv", x, *inputs, group=layer.groups, dilations=[win.dh, win.dw], **_window(win))


def _max_pool(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
    layer: Any = plan.layer
    window = _window(layer.windows(*plan.in_shape[1:]))
    top, left, bottom, right = window["pads"]
    if len({top, left, bottom, right}) > 1:  # onnx's own evaluator takes pads of other sizes for others
        least = graph.constant(np.array(-np.inf), "least")
        x = graph.add("Pad", x, graph.numbers(0, 0, top, left, 0, 0, bottom, right), least)
        window["pads"] = [0, 0, 0, 0]
    return graph.add("MaxPool", x, **window)


def _avg_pool(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
    layer: Any = plan.layer
    return graph.add(
        "AveragePool", x, count_include_pad=int(layer.count_padding), **_window(layer.windows(*plan.in_shape[1:]))
    )


def _window(win: Windows) -> dict[str, Any]:
    """Kernel, stride and padding, which is always written out: runtimes do not agree on what "same" is."""
    pads = [win.top, win.left, win.bottom, win.right]
    return {"kernel_shape": [win.kh, win.kw], "strides": [win.sh, win.sw], "pads": pads}


def _global_avg_pool(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
    return graph.add("Flatten", graph.add("GlobalAveragePool", x), axis=1)


def _batch_norm(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
    columns = [graph.constant(getattr(p, name)[:, 0], name) for name in ("w", "b", "mean", "var")]
    layer: Any = plan.layer
    return graph.add("BatchNormalization", x, *columns, epsilon=layer.eps)


def _layer_norm(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
    each = [graph.constant(getattr(p, name)[..., 0], name) for name in ("w", "b")]
    layer: Any = plan.layer
    return graph.add("LayerNormalization", x, *each, axis=1, epsilon=layer.eps)


def _flatten(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
    return graph.add("Flatten", x, axis=1)


def _same(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
    """Dropout, which does nothing in inference."""
    return x


def _silu(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
    return graph.add("Mul", x, graph.add("Sigmoid", x))


def _gelu(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
    """x·(1 + tanh(√(2/π)·(x + 0.044715 x³))) / 2, spelt out: its own operator is younger than opset 17."""

    def number(value: float) -> str:
        return graph.constant(np.array(value), "number")

    cube = graph.add("Mul", graph.add("Mul", x, x), x)
    inner = graph.add("Add", x, graph.add("Mul", cube, number(0.044715)))
    t = graph.add("Tanh", graph.add("Mul", inner, number(sqrt(2 / pi))))
    return graph.add("Mul", graph.add("Mul", x, number(0.5)), graph.add("Add", t, number(1.0)))


def _operator(name: str, **fields: str) -> Callable[[Graph, Plan, Views, str, str], str]:
    """A layer that is one operator.   fields: its attributes, and which fields of the layer give them"""

    def write(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
        given = {attribute: getattr(plan.layer, field) for attribute, field in fields.items()}
        return graph.add(name, x, **given)

    return write


def _softmax(graph: Graph, plan: Plan, p: Views, x: str, where: str) -> str:
    return graph.add("Softmax", x, axis=1)


WRITERS: dict[type[Layer], Callable[[Graph, Plan, Views, str, str], str]] = {
    Sequential: _sequential, Residual: _residual, Dense: _dense, Conv2d: _conv, MaxPool2d: _max_pool,
    AvgPool2d: _avg_pool, GlobalAvgPool: _global_avg_pool, BatchNorm: _batch_norm, LayerNorm: _layer_norm,
    Flatten: _flatten, Dropout: _same, SiLU: _silu, GELU: _gelu, Softmax: _softmax, ReLU: _operator("Relu"),
    LeakyReLU: _operator("LeakyRelu", alpha="slope"), ELU: _operator("Elu", alpha="alpha"),
    Sigmoid: _operator("Sigmoid"), Tanh: _operator("Tanh"),
}  # fmt: skip
