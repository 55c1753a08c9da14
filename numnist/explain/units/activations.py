"""Bends: the units of activations, each a function of one number, and softmax, a function of all."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, pi, sqrt, tanh
from typing import Any, NamedTuple

import numpy as np

from numnist.explain.units.unit import Index, Unit, UnitGradient, Worker, at, brief, inside, plus, terms
from numnist.interpret.trace import Passed
from numnist.nn.base import Shape


class Bend(NamedTuple):
    """An activation in words.  forward and slope write y and dy/dx for a layer's options and numbers x, y."""

    sentence: str
    formula: str
    gradient: str
    forward: Callable[[Any, float, float], str]
    slope: Callable[[Any, float, float], str]


def _logistic(x: float) -> float:
    return 0.5 * (1 + tanh(0.5 * x))


def _gelu(x: float) -> float:
    return tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))


BENDS: dict[str, Bend] = {
    "ReLU": Bend(
        "What is above 0 passes, the rest becomes 0.", "y = max(x, 0)", "dx = dy where x > 0, else 0",
        lambda layer, x, y: f"max({brief(x)}, 0)", lambda layer, x, y: "1" if x > 0 else "0",
    ),
    "LeakyReLU": Bend(
        "What is above 0 passes, the rest becomes small.", "y = x where x > 0, else slope·x",
        "dx = dy where x > 0, else slope·dy",
        lambda layer, x, y: brief(x) if x > 0 else f"{brief(layer.slope)}·{inside(x)}",
        lambda layer, x, y: "1" if x > 0 else brief(layer.slope),
    ),
    "ELU": Bend(
        "What is above 0 passes, the rest bends towards −α.", "y = x where x > 0, else α·(eˣ − 1)",
        "dx = dy where x > 0, else dy·α·eˣ",
        lambda layer, x, y: brief(x) if x > 0 else f"{brief(layer.alpha)}·(exp({brief(x)}) − 1)",
        lambda layer, x, y: "1" if x > 0 else f"{brief(layer.alpha)}·exp({brief(x)})",
    ),
    "Sigmoid": Bend(
        "Any number becomes one from 0 to 1.", "y = 1 / (1 + e⁻ˣ)", "dx = dy·y·(1 − y)",
        lambda layer, x, y: f"1 / (1 + exp({brief(-x)}))", lambda layer, x, y: f"{brief(y)}·(1 − {brief(y)})",
    ),
    "Tanh": Bend(
        "Any number becomes one from −1 to 1.", "y = tanh(x)", "dx = dy·(1 − y²)",
        lambda layer, x, y: f"tanh({brief(x)})", lambda layer, x, y: f"(1 − {inside(y)}²)",
    ),
    "SiLU": Bend(
        "Each number times its own sigmoid: large ones pass, small ones become 0.",
        "y = x·s,  with s = 1 / (1 + e⁻ˣ)",
        "dx = dy·s·(1 + x·(1 − s))",
        lambda layer, x, y: f"{inside(x)}·{brief(_logistic(x))}",
        lambda layer, x, y: f"{brief(_logistic(x))}·(1 + {inside(x)}·(1 − {brief(_logistic(x))}))",
    ),
    "GELU": Bend(
        "Each number times about the share of a normal distribution that lies below it.",
        "y = x·(1 + t) / 2,  with t = tanh(√(2/π)·(x + 0.044715 x³))",
        "dx = dy·(1 + t + x·(1 − t²)·u′) / 2,  with u′ = √(2/π)·(1 + 0.134145 x²)",
        lambda layer, x, y: f"{inside(x)}·(1 + {inside(_gelu(x))}) / 2",
        lambda layer, x, y: f"(1 + {inside(_gelu(x))} + {inside(x)}·(1 − {inside(_gelu(x))}²)·"
        f"{brief(sqrt(2 / pi) * (1 + 3 * 0.044715 * x * x))}) / 2",
    ),
}  # fmt: skip


def bend(passed: Passed, index: Index, before: Shape) -> Unit:
    words = BENDS[type(passed.layer).__name__]
    x, y, dx, dy = (at(a, index) for a in (passed.x, passed.y, passed.dx, passed.dy))
    gradient = UnitGradient(
        dy,
        "dy times the slope of the function at x.",
        words.gradient,
        f"{inside(dy)}·{words.slope(passed.layer, x, y)} = {brief(dx)}",
        numbers={"dx": dx},
    )
    written = f"{words.forward(passed.layer, x, y)} = {brief(y)}"
    return Unit(index, words.sentence, words.formula, written, y, gradient, numbers={"x": x})


def softmax(passed: Passed, index: Index, before: Shape) -> Unit:
    k = index[0]
    arrays = (passed.x, passed.y, passed.dy)
    x, ys, dys = (np.moveaxis(a, 0, -1)[*index[1:], 0].astype(np.float64) for a in arrays)  # (classes,) each
    y, dx, dy = (at(a, index) for a in (passed.y, passed.dx, passed.dy))
    largest = float(x.max())  # taken off before exp, as the layer does, which changes nothing
    gradient = UnitGradient(
        dy,
        "Raising one probability lowers all others, so dx depends on the dy of all classes.",
        f"dx[{k}] = y[{k}]·(dy[{k}] − Σ dy·y)",
        f"{brief(y)}·({brief(dy)}{plus(-float(dys @ ys))}) = {brief(dx)}",
        numbers={"dx": dx},
    )
    words = f"{brief(exp(x[k] - largest))} / ({terms(np.exp(x - largest))}) = {brief(y)}"
    sentence = "Its share of all classes' eˣ, the largest x taken off first."
    return Unit(index, sentence, f"y[{k}] = exp(x[{k}]) / Σ exp(x)", words, y, gradient, inputs=x)


WORKERS: dict[str, Worker] = {**dict.fromkeys(BENDS, bend), "Softmax": softmax}
