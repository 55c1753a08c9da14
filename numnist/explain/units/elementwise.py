"""Units that come from one number of the layer's input: activations, normalisation, flatten, dropout, residual."""

from __future__ import annotations

from math import sqrt

import numpy as np

from numnist.explain.numbers import brackets, brief, inside, plus, with_numbers
from numnist.explain.units.unit import Unit, UnitGradient, UnitTrace
from numnist.naive import twin
from numnist.naive.activations import Activation
from numnist.nn.base import EVAL


def activation(at: UnitTrace) -> Unit:
    """In the words of the table of activations (numnist/naive/activations.py)."""
    table = twin(at.layer)
    assert isinstance(table, Activation)
    letters = table.letters(at.layer, at.x) | {"y": at.y}
    forward, slope = (_typeset(with_numbers(formula.text, letters, brief)) for formula in (table.y, table.slope))
    gradient = UnitGradient(
        at.dy, "dy times the slope of the function at x.", _typeset(table.gradient),
        f"{inside(at.dy)}·{slope} = {brief(at.dx)}", numbers={"dx": at.dx},
    )  # fmt: skip
    words = f"{forward} = {brief(at.y)}"
    return Unit(at.index, _typeset(table.sentence), _typeset(table.formula), words, at.y, gradient, numbers={"x": at.x})


def batch_norm(at: UnitTrace) -> Unit:
    p, g, eps = at.trace.p, at.trace.g, at.layer.eps
    w, b, mean, var, dw, db = (float(a[at.index[0], 0]) for a in (p.w, p.b, p.mean, p.var, g.w, g.b))
    dx = at.dy * (w / sqrt(var + eps))
    gradient = UnitGradient(
        at.dy, "In evaluation mode mean and variance are constants, so dy is only scaled.", "dx = dy·w / √(var + eps)",
        f"{inside(at.dy)}·{inside(w)} / √({brief(var)} + {brief(eps)}) = {brief(dx)}",
        numbers={"dx": dx, "dw": dw, "db": db},
    )  # fmt: skip
    sentence = "Mean and variance are the running statistics of this channel; w and b are learned."
    return _norm(at, sentence, {"w": w, "mean": mean, "var": var, "eps": eps, "b": b}, gradient)


def layer_norm(at: UnitTrace) -> Unit:
    p, g, x = at.trace.p, at.trace.g, at.trace.x[..., 0].astype(np.float64)
    mean = float(x.mean())
    var = float(((x - mean) ** 2).mean())
    gradient = UnitGradient(
        at.dy, "Every input changes mean and variance, so dx depends on the dy of all units.",
        "dx = (dx̂ − mean(dx̂) − x̂·mean(dx̂·x̂)) / √(var + eps),  with dx̂ = w·dy", f"dx = {brief(at.dx)}",
        numbers={"dx": at.dx, "dw": at.number(g.w), "db": at.number(g.b)},
    )  # fmt: skip
    sentence = f"Mean and variance are those of this picture's {x.size:,} numbers; w and b are learned."
    numbers = {"w": at.number(p.w), "mean": mean, "var": var, "eps": at.layer.eps, "b": at.number(p.b)}
    return _norm(at, sentence, numbers, gradient)


def _norm(at: UnitTrace, sentence: str, numbers: dict[str, float], gradient: UnitGradient) -> Unit:
    w, mean, var, eps, b = numbers.values()
    words = f"{inside(w)}·({brief(at.x)}{plus(-mean)}) / √({brief(var)} + {brief(eps)}){plus(b)} = {brief(at.y)}"
    return Unit(
        at.index, sentence, "y = w·(x − mean) / √(var + eps) + b", words, at.y, gradient,
        bias=b, numbers={"x": at.x} | numbers,
    )  # fmt: skip


def flatten(at: UnitTrace) -> Unit:
    k, source = at.index[0], tuple(map(int, np.unravel_index(at.index[0], at.trace.x.shape[:-1])))
    gradient = UnitGradient(
        at.dy, "dy goes back to where the number came from.", f"dx{brackets(source)} = dy[{k}]", brief(at.dy)
    )
    sentence = "The same number, in a column instead of a picture: channel by channel, row by row."
    return Unit(at.index, sentence, f"y[{k}] = x{brackets(source)}", brief(at.y), at.y, gradient, numbers={"x": at.y})


def dropout(at: UnitTrace) -> Unit:
    rate = at.layer.rate
    sentence = (
        f"In evaluation mode the number stays. In training it becomes 0 with probability {rate:g} and is divided by "
        f"{1 - rate:g} otherwise."
    )
    gradient = UnitGradient(
        at.dy, "In evaluation mode dropout changes nothing.", "dx = dy", brief(at.dy), numbers={"dx": at.dy}
    )
    return Unit(at.index, sentence, "y = x", brief(at.y), at.y, gradient, numbers={"x": at.x})


def residual(at: UnitTrace) -> Unit:
    layer, p, x = at.layer, at.trace.p, at.trace.x[..., :1]
    body = at.number(layer.body.forward(p[0], x, EVAL)[0])
    path, after, back, slope = "x", "the input", "around it unchanged", ""
    if layer.shortcut is not None:
        x, _ = layer.shortcut.forward(p[1], x, EVAL)
        path, after, back, slope = "shortcut(x)", "that of the shortcut", "through the shortcut", "·∂shortcut/∂x"
    around = at.number(x)
    gradient = UnitGradient(
        at.dy, f"dy takes both paths: through the body, and {back}.", f"dx = dy·∂body/∂x + dy{slope}", brief(at.dy)
    )
    words = f"{brief(body)} + {inside(around)} = {brief(at.y)}"
    return Unit(
        at.index, f"The output of the body {layer.body!r} plus {after}.", f"y = body(x) + {path}", words, at.y,
        gradient, numbers={"body": body, path: around},
    )  # fmt: skip


def _typeset(text: str) -> str:
    """With real minus signs, as the page writes them."""
    return text.replace("-", "−")
