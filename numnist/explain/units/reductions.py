"""Units of dense layers and convolutions: sums of inputs times weights."""

from __future__ import annotations

import numpy as np

from numnist.explain.units.unit import (
    Array,
    Index,
    Unit,
    UnitExplainer,
    UnitGradient,
    at,
    brief,
    inside,
    plus,
    products,
)
from numnist.interpret.trace import LayerTrace
from numnist.nn.base import Shape
from numnist.nn.conv import Conv2d
from numnist.nn.dense import Dense


def dense(passed: LayerTrace, index: Index, image: Shape) -> Unit:
    """Weights and inputs have the shape of the image that was flattened."""
    layer, k = passed.layer, index[0]
    assert isinstance(layer, Dense)
    w, x, dw = (a.reshape(image) for a in (passed.p.w[k], passed.x[:, 0], passed.g.w[k]))
    sentence = f"Each of the {w.size:,} inputs x times its weight w, summed" + (
        ", plus the bias b." if layer.bias else "."
    )
    formula = f"y[{k}] = Σ w[{k}, j]·x[j]" + (f" + b[{k}]" if layer.bias else "")
    back = "Every weight gets dy times its input; each input gets dy times its weight, summed over all units."
    dy = at(passed.dy, index)
    gradient = UnitGradient(dy, back, f"dw[{k}, j] = dy[{k}]·x[j]", _largest_term(dy, x), dw)
    return _sum(passed, index, sentence, formula, w, x, gradient)


def conv(passed: LayerTrace, index: Index, image: Shape) -> Unit:
    """Inputs are the pixels under the kernel, with the zeros of the padding."""
    layer, (k, i, j) = passed.layer, index
    assert isinstance(layer, Conv2d)
    win = layer.windows(*passed.x.shape[1:3])
    w = passed.p.w[k]  # (C/groups, kh, kw)
    group = k // (layer.filters // layer.groups)
    channels = slice(group * len(w), (group + 1) * len(w))
    x = win.look(win.pad(passed.x))[0, 0, channels, :, :, i, j, 0]  # (C/groups, kh, kw)
    area = f"{win.kh}×{win.kw} pixels" + (f" of {len(w)} maps" if len(w) > 1 else "")
    sentence = f"The filter sums w·x over {area}" + (" and adds the bias b. " if layer.bias else ". ")
    sentence += f"All {win.oh * win.ow} places of this map share these {w.size:,} weights."
    channel = _input_index(channels.start, 1, 1, 0, "c")
    row, column = _input_index(i, win.sh, win.dh, win.top, "u"), _input_index(j, win.sw, win.dw, win.left, "v")
    formula = f"y[{k}, {i}, {j}] = Σ w[{k}, c, u, v]·x[{channel}, {row}, {column}]"
    formula += f" + b[{k}]" if layer.bias else ""
    dy = at(passed.dy, index)
    back = "Every weight gets dy·x from every place of the map, summed; below is the largest term from this place."
    gradient = UnitGradient(dy, back, f"dw[{k}] = Σ dy[{k}, i, j]·x(i, j)", _largest_term(dy, x), passed.g.w[k])
    return _sum(passed, index, sentence, formula, w, x, gradient)


def _sum(
    passed: LayerTrace, index: Index, sentence: str, formula: str, w: Array, x: Array, gradient: UnitGradient
) -> Unit:
    """Σ w·x, plus the bias if there is one."""
    value = at(passed.y, index)
    bias = float(passed.p.b[index[0], 0]) if "b" in passed.p.names else None
    words = f"{products(w, x)}{plus(bias) if bias is not None else ''} = {brief(value)}"
    if bias is not None:
        gradient.numbers["db"] = float(passed.g.b[index[0], 0])
    return Unit(index, sentence, formula, words, value, gradient, w, x, bias)


def _largest_term(dy: float, x: Array) -> str:
    """dy·x for the largest input."""
    most = float(x.flat[np.abs(x).argmax()])
    return f"{inside(dy)}·{inside(most)} = {brief(dy * most)}"


def _input_index(at: int, stride: int, dilation: int, padding: int, letter: str) -> str:
    """The input channel, row or column for c, u or v: 3 + u, or 5 + 2u."""
    start = at * stride - padding
    step = letter if dilation == 1 else f"{dilation}{letter}"
    return step if start == 0 else f"{step} − {-start}" if start < 0 else f"{start} + {step}"


EXPLAINERS: dict[str, UnitExplainer] = {"Dense": dense, "Conv2d": conv}
