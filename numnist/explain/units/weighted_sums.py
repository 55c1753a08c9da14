"""Sums of products: the units of dense layers and convolutions, which have weights of their own."""

from __future__ import annotations

import numpy as np

from numnist.explain.units.unit import Array, Index, Unit, UnitGradient, Worker, at, brief, inside, plus, products
from numnist.interpret.trace import Passed
from numnist.nn.base import Shape
from numnist.nn.conv import Conv2d
from numnist.nn.dense import Dense


def dense(passed: Passed, index: Index, before: Shape) -> Unit:
    """before: the picture's shape, in which weights and inputs are answered."""
    layer, k = passed.layer, index[0]
    assert isinstance(layer, Dense)
    w, x, dw = (a.reshape(before) for a in (passed.p.w[k], passed.x[:, 0], passed.g.w[k]))
    sentence = f"Every one of {w.size:,} inputs x times its weight w, all added up" + (
        ", and the bias b." if layer.bias else "."
    )
    formula = f"y[{k}] = Σ w[{k}, j]·x[j]" + (f" + b[{k}]" if layer.bias else "")
    back = "Every weight gets dy times its input; each input gets dy times its weight, summed over all units."
    dy = at(passed.dy, index)
    gradient = UnitGradient(dy, back, f"dw[{k}, j] = dy[{k}]·x[j]", _largest_share(dy, x), dw)
    return _sum(passed, index, sentence, formula, w, x, gradient)


def conv(passed: Passed, index: Index, before: Shape) -> Unit:
    """Inputs are answered as the kernel sees them, with the padding's zeros."""
    layer, (k, i, j) = passed.layer, index
    assert isinstance(layer, Conv2d)
    win = layer.windows(*passed.x.shape[1:3])
    w = passed.p.w[k]  # (C/groups, kh, kw)
    group = k // (layer.filters // layer.groups)
    channels = slice(group * len(w), (group + 1) * len(w))
    x = win.look(win.pad(passed.x))[0, 0, channels, :, :, i, j, 0]  # (C/groups, kh, kw)
    area = f"{win.kh}×{win.kw} pixels" + (f" of {len(w)} maps" if len(w) > 1 else "")
    sentence = f"The filter looks at {area} and adds up w·x" + (", and the bias b. " if layer.bias else ". ")
    sentence += f"The same {w.size:,} weights are used at all {win.oh * win.ow} places of this map."
    formula = f"y[{k}, {i}, {j}] = Σ w[{k}, c, u, v]·x[c, {_sees(i, win.sh, win.dh, win.top, 'u')}, "
    formula += _sees(j, win.sw, win.dw, win.left, "v") + "]" + (f" + b[{k}]" if layer.bias else "")
    dy = at(passed.dy, index)
    back = "Every weight gets dy·x from every place of the map, added up; what follows is this place's largest share."
    gradient = UnitGradient(dy, back, f"dw[{k}] = Σ dy[{k}, i, j]·x(i, j)", _largest_share(dy, x), passed.g.w[k])
    return _sum(passed, index, sentence, formula, w, x, gradient)


def _sum(passed: Passed, index: Index, sentence: str, formula: str, w: Array, x: Array, gradient: UnitGradient) -> Unit:
    """w·x added up, and the bias where there is one."""
    value = at(passed.y, index)
    bias = float(passed.p.b[index[0], 0]) if "b" in passed.p.names else None
    words = f"{products(w, x)}{plus(bias) if bias is not None else ''} = {brief(value)}"
    if bias is not None:
        gradient.numbers["db"] = float(passed.g.b[index[0], 0])
    return Unit(index, sentence, formula, words, value, gradient, w, x, bias)


def _largest_share(dy: float, x: Array) -> str:
    """dy·x for the input that gives the most."""
    most = float(x.flat[np.abs(x).argmax()])
    return f"{inside(dy)}·{inside(most)} = {brief(dy * most)}"


def _sees(at: int, stride: int, dilation: int, before: int, letter: str) -> str:
    """The input row or column that kernel place u or v looks at: 3 + u, or 5 + 2u."""
    start = at * stride - before
    step = letter if dilation == 1 else f"{dilation}{letter}"
    return step if start == 0 else f"{step} − {-start}" if start < 0 else f"{start} + {step}"


WORKERS: dict[str, Worker] = {"Dense": dense, "Conv2d": conv}
