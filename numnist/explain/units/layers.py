"""Units of each layer: sentence, formula, formula in numbers, and gradient."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np

from numnist.explain.numbers import brackets, brief, inside, largest_products, largest_terms, plus, with_numbers
from numnist.explain.units.unit import Unit, UnitExplainer, UnitGradient, UnitTrace
from numnist.explain.words import Said, Words
from numnist.naive import twin
from numnist.naive.activations import Activation
from numnist.nn.base import EVAL, Array


def dense(at: UnitTrace) -> Unit:
    """Weights and inputs have the shape of the image that was flattened."""
    trace, bias, k = at.trace, at.layer.bias, at.index[0]
    w, x, dw = (a.reshape(at.image) for a in (trace.p.w[k], trace.x[:, 0], trace.g.w[k]))
    said = Words("unit.dense", "Each of the {count} inputs x times its weight w, summed.", count=w.size)
    if bias:
        said = Words("unit.dense.bias", "Each of the {count} inputs x times its weight w, summed, plus the bias b.")
        said = said.put(count=w.size)
    formula = f"y[{k}] = Σ w[{k}, j]·x[j]" + (f" + b[{k}]" if bias else "")
    back = Words(
        "unit.dense.back",
        "Every weight gets dy times its input; each input gets dy times its weight, summed over all units.",
    )
    gradient = UnitGradient(at.dy, back, f"dw[{k}, j] = dy[{k}]·x[j]", _largest_term(at.dy, x), dw)
    return _weighted_sum(at, said, formula, w, x, gradient)


def conv(at: UnitTrace) -> Unit:
    """Inputs are the pixels under the kernel, with the zeros of the padding."""
    layer, trace, (k, i, j) = at.layer, at.trace, at.index
    win = layer.windows(*trace.x.shape[1:3])
    w = trace.p.w[k]  # (C/groups, kh, kw)
    group = k // (layer.filters // layer.groups)
    channels = slice(group * len(w), (group + 1) * len(w))
    x = win.look(win.pad(trace.x))[0, 0, channels, :, :, i, j, 0]  # (C/groups, kh, kw)
    area = Words("unit.conv.pixels", "{height}×{width} pixels", height=win.kh, width=win.kw)
    if len(w) > 1:
        area = Words("unit.conv.maps", "{pixels} of {maps} maps", pixels=area, maps=len(w))
    said = [
        Words("unit.conv.bias", "The filter sums w·x over {area} and adds the bias b.", area=area)
        if layer.bias
        else Words("unit.conv", "The filter sums w·x over {area}.", area=area),
        Words("unit.conv.shared", "All {places} places of this map share these {count} weights.").put(
            places=win.oh * win.ow, count=w.size
        ),
    ]
    channel = _input_index(channels.start, 1, 1, 0, "c")
    row, column = _input_index(i, win.sh, win.dh, win.top, "u"), _input_index(j, win.sw, win.dw, win.left, "v")
    formula = f"y[{k}, {i}, {j}] = Σ w[{k}, c, u, v]·x[{channel}, {row}, {column}]"
    formula += f" + b[{k}]" if layer.bias else ""
    back = Words(
        "unit.conv.back",
        "Every weight gets dy·x from every place of the map, summed; below is the largest term from this place.",
    )
    gradient = UnitGradient(at.dy, back, f"dw[{k}] = Σ dy[{k}, i, j]·x(i, j)", _largest_term(at.dy, x), trace.g.w[k])
    return _weighted_sum(at, said, formula, w, x, gradient)


def _weighted_sum(at: UnitTrace, said: Said, formula: str, w: Array, x: Array, gradient: UnitGradient) -> Unit:
    """Σ w·x, plus the bias if there is one."""
    p, g, k, bias = at.trace.p, at.trace.g, at.index[0], None
    if at.layer.bias:
        bias = float(p.b[k, 0])
        gradient.numbers["db"] = float(g.b[k, 0])
    words = f"{largest_products(w, x)}{plus(bias) if bias is not None else ''} = {brief(at.y)}"
    return Unit(at.index, said, formula, words, at.y, gradient, w, x, bias)


def _largest_term(dy: float, x: Array) -> str:
    """dy·x for the largest input."""
    most = float(x.flat[np.abs(x).argmax()])
    return f"{inside(dy)}·{inside(most)} = {brief(dy * most)}"


def _input_index(at: int, stride: int, dilation: int, padding: int, letter: str) -> str:
    """The input channel, row or column for c, u or v: 3 + u, or 5 + 2u."""
    start = at * stride - padding
    step = letter if dilation == 1 else f"{dilation}{letter}"
    return step if start == 0 else f"{step} − {-start}" if start < 0 else f"{start} + {step}"


def max_pool(at: UnitTrace) -> Unit:
    x, top, left = _window(at)
    i, j = divmod(int(x.argmax()), x.shape[1])
    largest, y = f"x[{at.index[0]}, {top + i}, {left + j}]", brackets(at.index)
    shown = ", ".join(map(brief, x.flat)) if x.size <= 9 else f"{', '.join(map(brief, x.flat[:8]))}, …"
    back = Words("unit.max.back", "dy goes to the largest pixel, {pixel}, and to no other.", pixel=largest)
    said = Words("unit.max", "The largest of a window of {height}×{width} pixels: {pixel}.", pixel=largest)
    return Unit(
        at.index, said.put(height=x.shape[0], width=x.shape[1]),
        f"y{y} = max x over the window", f"max({shown}) = {brief(at.y)}", at.y,
        UnitGradient(at.dy, back, f"d{largest} ← dy{y}", brief(at.dy)), inputs=x,
    )  # fmt: skip


def average_pool(at: UnitTrace) -> Unit:
    (x, _, _), (H, W) = _window(at), at.trace.x.shape[1:3]
    counts = at.layer.counts(at.layer.windows(H, W), H, W)  # (oh, ow, 1), or one number for all
    count = np.broadcast_to(counts[..., 0], at.trace.y.shape[1:3])[at.index[1:]]
    said = Words("unit.mean", "The mean of a window of {height}×{width} pixels.", height=x.shape[0], width=x.shape[1])
    return _mean(at, x, float(count), said)


def global_average(at: UnitTrace) -> Unit:
    x = at.trace.x[at.index[0], :, :, 0]
    said = Words("unit.mean.all", "The mean of all {count} pixels of map {map}.", count=x.size, map=at.index[0])
    return _mean(at, x, float(x.size), said)


def _mean(at: UnitTrace, x: Array, count: float, said: Words) -> Unit:
    gradient = UnitGradient(
        at.dy, Words("unit.mean.back", "Each of these pixels gets the same share of dy, 1/{count:g}.", count=count),
        "dx = dy / n",
        f"{inside(at.dy)} / {count:g} = {brief(at.dy / count)}", numbers={"dx": at.dy / count},
    )  # fmt: skip
    words, formula = f"({largest_terms(x)}) / {count:g} = {brief(at.y)}", f"y{brackets(at.index)} = Σ x / n"
    return Unit(at.index, said, formula, words, at.y, gradient, inputs=x, numbers={"n": count})


def _window(at: UnitTrace) -> tuple[Array, int, int]:
    """The pixels of a pooling unit's window (rows, columns), without padding, and its top left corner."""
    (k, i, j), (H, W) = at.index, at.trace.x.shape[1:3]
    win = at.layer.windows(H, W)
    top, left = i * win.sh - win.top, j * win.sw - win.left
    rows, columns = slice(max(top, 0), min(top + win.kh, H)), slice(max(left, 0), min(left + win.kw, W))
    return at.trace.x[k, rows, columns, 0], rows.start, columns.start


def activation(at: UnitTrace) -> Unit:
    """In the words of the table of activations (numnist/naive/activations.py)."""
    table = twin(at.layer)
    assert isinstance(table, Activation)
    letters = table.letters(at.layer, at.x) | {"y": at.y}
    forward, slope = (_typeset(with_numbers(formula.text, letters, brief)) for formula in (table.y, table.slope))
    gradient = UnitGradient(
        at.dy, Words("unit.activation.back", "dy times the slope of the function at x."), _typeset(table.gradient),
        f"{inside(at.dy)}·{slope} = {brief(at.dx)}", numbers={"dx": at.dx},
    )  # fmt: skip
    words = f"{forward} = {brief(at.y)}"
    sentence = _typeset(table.sentence).replace("{", "{{").replace("}", "}}")
    said = Words(f"unit.activation.{type(at.layer).__name__}", sentence)
    return Unit(at.index, said, _typeset(table.formula), words, at.y, gradient, numbers={"x": at.x})


def _typeset(text: str) -> str:
    """With real minus signs, as the page writes them."""
    return text.replace("-", "−")


def softmax(at: UnitTrace) -> Unit:
    k, arrays = at.index[0], (at.trace.x, at.trace.y, at.trace.dy)
    x, y, dy = (np.moveaxis(a, 0, -1)[*at.index[1:], 0].astype(np.float64) for a in arrays)  # (classes,) each
    largest = float(x.max())  # subtracted before exp, as the layer does, which changes nothing
    gradient = UnitGradient(
        at.dy,
        Words(
            "unit.softmax.back", "Raising one probability lowers all others, so dx depends on the dy of all classes."
        ),
        f"dx[{k}] = y[{k}]·(dy[{k}] − Σ dy·y)",
        f"{brief(at.y)}·({brief(at.dy)}{plus(-float(dy @ y))}) = {brief(at.dx)}", numbers={"dx": at.dx},
    )  # fmt: skip
    words = f"{brief(exp(x[k] - largest))} / ({largest_terms(np.exp(x - largest))}) = {brief(at.y)}"
    said = Words("unit.softmax", "Its share of the sum of all classes' eˣ; the largest x is subtracted first.")
    return Unit(at.index, said, f"y[{k}] = exp(x[{k}]) / Σ exp(x)", words, at.y, gradient, inputs=x)


def batch_norm(at: UnitTrace) -> Unit:
    p, g, eps = at.trace.p, at.trace.g, at.layer.eps
    w, b, mean, var, dw, db = (float(a[at.index[0], 0]) for a in (p.w, p.b, p.mean, p.var, g.w, g.b))
    dx = at.dy * (w / sqrt(var + eps))
    gradient = UnitGradient(
        at.dy,
        Words("unit.batch_norm.back", "In evaluation mode mean and variance are constants, so dy is only scaled."),
        "dx = dy·w / √(var + eps)",
        f"{inside(at.dy)}·{inside(w)} / √({brief(var)} + {brief(eps)}) = {brief(dx)}",
        numbers={"dx": dx, "dw": dw, "db": db},
    )  # fmt: skip
    said = Words(
        "unit.batch_norm", "Mean and variance are the running statistics of this channel; w and b are learned."
    )
    return _norm(at, said, {"w": w, "mean": mean, "var": var, "eps": eps, "b": b}, gradient)


def layer_norm(at: UnitTrace) -> Unit:
    p, g, x = at.trace.p, at.trace.g, at.trace.x[..., 0].astype(np.float64)
    mean = float(x.mean())
    var = float(((x - mean) ** 2).mean())
    gradient = UnitGradient(
        at.dy,
        Words("unit.layer_norm.back", "Every input changes mean and variance, so dx depends on the dy of all units."),
        "dx = (dx̂ − mean(dx̂) − x̂·mean(dx̂·x̂)) / √(var + eps),  with dx̂ = w·dy", f"dx = {brief(at.dx)}",
        numbers={"dx": at.dx, "dw": at.number(g.w), "db": at.number(g.b)},
    )  # fmt: skip
    said = Words(
        "unit.layer_norm", "Mean and variance are those of this picture's {count} numbers; w and b are learned."
    ).put(count=x.size)
    numbers = {"w": at.number(p.w), "mean": mean, "var": var, "eps": at.layer.eps, "b": at.number(p.b)}
    return _norm(at, said, numbers, gradient)


def _norm(at: UnitTrace, said: Words, numbers: dict[str, float], gradient: UnitGradient) -> Unit:
    w, mean, var, eps, b = numbers.values()
    words = f"{inside(w)}·({brief(at.x)}{plus(-mean)}) / √({brief(var)} + {brief(eps)}){plus(b)} = {brief(at.y)}"
    return Unit(
        at.index, said, "y = w·(x − mean) / √(var + eps) + b", words, at.y, gradient,
        bias=b, numbers={"x": at.x} | numbers,
    )  # fmt: skip


def flatten(at: UnitTrace) -> Unit:
    k, source = at.index[0], tuple(map(int, np.unravel_index(at.index[0], at.trace.x.shape[:-1])))
    gradient = UnitGradient(
        at.dy,
        Words("unit.flatten.back", "dy goes back to where the number came from."),
        f"dx{brackets(source)} = dy[{k}]",
        brief(at.dy),
    )
    said = Words("unit.flatten", "The same number, in a column instead of a picture: channel by channel, row by row.")
    return Unit(at.index, said, f"y[{k}] = x{brackets(source)}", brief(at.y), at.y, gradient, numbers={"x": at.y})


def dropout(at: UnitTrace) -> Unit:
    rate = at.layer.rate
    said = Words(
        "unit.dropout",
        "In evaluation mode the number stays. In training it becomes 0 with probability {rate:g} and is divided by "
        "{rest:g} otherwise.",
    ).put(rate=rate, rest=1 - rate)
    gradient = UnitGradient(
        at.dy,
        Words("unit.dropout.back", "In evaluation mode dropout changes nothing."),
        "dx = dy",
        brief(at.dy),
        numbers={"dx": at.dy},
    )
    return Unit(at.index, said, "y = x", brief(at.y), at.y, gradient, numbers={"x": at.x})


def residual(at: UnitTrace) -> Unit:
    layer, p, x = at.layer, at.trace.p, at.trace.x[..., :1]
    body = at.number(layer.body.forward(p[0], x, EVAL)[0])
    path, slope = "x", ""
    said = Words("unit.residual", "The output of the body {body} plus the input.", body=repr(layer.body))
    back = Words("unit.residual.back", "dy takes both paths: through the body, and around it unchanged.")
    if layer.shortcut is not None:
        x, _ = layer.shortcut.forward(p[1], x, EVAL)
        path, slope = "shortcut(x)", "·∂shortcut/∂x"
        said = Words("unit.residual.shortcut", "The output of the body {body} plus that of the shortcut.")
        said = said.put(body=repr(layer.body))
        back = Words("unit.residual.shortcut.back", "dy takes both paths: through the body, and through the shortcut.")
    around = at.number(x)
    gradient = UnitGradient(at.dy, back, f"dx = dy·∂body/∂x + dy{slope}", brief(at.dy))
    words = f"{brief(body)} + {inside(around)} = {brief(at.y)}"
    return Unit(
        at.index, said, f"y = body(x) + {path}", words, at.y,
        gradient, numbers={"body": body, path: around},
    )  # fmt: skip


EXPLAINERS: dict[str, UnitExplainer] = {  # of all layers but activations, which `activation` explains
    "Dense": dense,
    "Conv2d": conv,
    "MaxPool2d": max_pool,
    "AvgPool2d": average_pool,
    "GlobalAvgPool": global_average,
    "Softmax": softmax,
    "BatchNorm": batch_norm,
    "LayerNorm": layer_norm,
    "Flatten": flatten,
    "Dropout": dropout,
    "Residual": residual,
}
