"""Units of normalisation layers, which bring numbers to zero mean and unit variance."""

from __future__ import annotations

from math import sqrt

import numpy as np

from numnist.explain.units.unit import Index, Unit, UnitExplainer, UnitGradient, at, brief, inside, plus
from numnist.interpret.trace import LayerTrace
from numnist.nn.base import Shape
from numnist.nn.norm import BatchNorm, LayerNorm

FORMULA = "y = w·(x − mean) / √(var + eps) + b"


def batch_norm(passed: LayerTrace, index: Index, image: Shape) -> Unit:
    layer, p, g = passed.layer, passed.p, passed.g
    assert isinstance(layer, BatchNorm)
    w, b, mean, var, dw, db = (float(a[index[0], 0]) for a in (p.w, p.b, p.mean, p.var, g.w, g.b))
    dy, factor = at(passed.dy, index), w / sqrt(var + layer.eps)
    gradient = UnitGradient(
        dy,
        "In evaluation mode mean and variance are constants, so dy is only scaled.",
        "dx = dy·w / √(var + eps)",
        f"{inside(dy)}·{inside(w)} / √({brief(var)} + {brief(layer.eps)}) = {brief(dy * factor)}",
        numbers={"dx": dy * factor, "dw": dw, "db": db},
    )
    sentence = "Mean and variance are the running statistics of this channel; w and b are learned."
    return _norm(passed, index, sentence, {"w": w, "mean": mean, "var": var, "eps": layer.eps, "b": b}, gradient)


def layer_norm(passed: LayerTrace, index: Index, image: Shape) -> Unit:
    layer, p, g = passed.layer, passed.p, passed.g
    assert isinstance(layer, LayerNorm)
    x = passed.x[..., 0].astype(np.float64)
    mean = float(x.mean())
    var = float(((x - mean) ** 2).mean())
    gradient = UnitGradient(
        at(passed.dy, index),
        "Every input changes mean and variance, so dx depends on the dy of all units.",
        "dx = (dx̂ − mean(dx̂) − x̂·mean(dx̂·x̂)) / √(var + eps),  with dx̂ = w·dy",
        f"dx = {brief(at(passed.dx, index))}",
        numbers={"dx": at(passed.dx, index), "dw": at(g.w, index), "db": at(g.b, index)},
    )
    sentence = f"Mean and variance are those of this picture's {x.size:,} numbers; w and b are learned."
    numbers = {"w": at(p.w, index), "mean": mean, "var": var, "eps": layer.eps, "b": at(p.b, index)}
    return _norm(passed, index, sentence, numbers, gradient)


def _norm(passed: LayerTrace, index: Index, sentence: str, numbers: dict[str, float], gradient: UnitGradient) -> Unit:
    value, x = at(passed.y, index), at(passed.x, index)
    words = f"{inside(numbers['w'])}·({brief(x)}{plus(-numbers['mean'])}) / √({brief(numbers['var'])} + "
    words += f"{brief(numbers['eps'])}){plus(numbers['b'])} = {brief(value)}"
    return Unit(index, sentence, FORMULA, words, value, gradient, bias=numbers["b"], numbers={"x": x} | numbers)


EXPLAINERS: dict[str, UnitExplainer] = {"BatchNorm": batch_norm, "LayerNorm": layer_norm}
