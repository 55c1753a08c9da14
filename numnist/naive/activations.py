"""Activations, naive: each is a function of one number and its derivative, as formulas and as code.

This is the one table of activations.  The loops below, `numnist explain` and the page all read it, so that a new
activation needs one entry here.  The tests evaluate every formula and compare it with the function beside it.
Softmax mixes the numbers of a sample, so it has loops of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from math import cosh, exp, pi, sqrt, tanh
from typing import Any, NamedTuple

import numpy as np

from numnist.naive.twins import NAIVE, Gradients, Loops
from numnist.nn import EVAL, Mode, Softmax, Views
from numnist.nn.base import Array

PIECES = " where x > 0, else "  # between the two pieces of a formula such as ReLU's


class Formula(NamedTuple):
    """A formula, and the function that computes it from the layer (for its fields) and one number x."""

    text: str
    f: Callable[[Any, float], float]


@dataclass(frozen=True)
class Activation:
    """The twin of an activation: y = f(x) and dx = dy·f'(x), number by number.

    y, slope: f and f';  where: what their formulas abbreviate;  sentence: what it does;  paper: its source.
    The formulas' letters are x, y, those in `where` and the layer's fields.
    """

    y: Formula
    slope: Formula
    sentence: str
    where: dict[str, Formula] = field(default_factory=dict)
    paper: str = ""
    note: str = ""

    @property
    def formula(self) -> str:
        return f"y = {self.y.text}{self._with(self.y.text)}"

    @property
    def gradient(self) -> str:
        pieces = self.slope.text.split(PIECES)  # one, or that of x > 0 and the other
        times_dy = ({"1": "dy", "0": "0"}.get(piece, f"dy·{piece}") for piece in pieces)
        return f"dx = {PIECES.join(times_dy)}{self._with(self.slope.text)}"

    def letters(self, layer: Any, x: float) -> dict[str, float]:
        """The value of every letter that may stand in a formula."""
        abbreviated = {letter: formula.f(layer, x) for letter, formula in self.where.items()}
        return {"x": x, "y": self.y.f(layer, x)} | {f.name: getattr(layer, f.name) for f in fields(layer)} | abbreviated

    def _with(self, text: str) -> str:
        """What the text abbreviates: ",  with s = 1 / (1 + e⁻ˣ)"."""
        used = [
            f"{letter} = {formula.text}"
            for letter, formula in self.where.items()
            if letter in re.findall("[a-z]+", text)
        ]
        return f",  with {', '.join(used)}" if used else ""

    def forward(self, layer: Any, p: Views, x: Array, mode: Mode = EVAL) -> Array:
        y = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            y[i] = self.y.f(layer, float(x[i]))
        return y

    def backward(self, layer: Any, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
        dx = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            dx[i] = self.slope.f(layer, float(x[i])) * dy[i]
        return dx, {}


def logistic(_: Any, x: float) -> float:
    return 1 / (1 + exp(-x))


def gelu_t(_: Any, x: float) -> float:
    return tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))


def gelu_u(_: Any, x: float) -> float:
    return sqrt(2 / pi) * (1 + 3 * 0.044715 * x**2)


ACTIVATIONS: dict[str, Activation] = {
    "ReLU": Activation(
        Formula("max(x, 0)", lambda _, x: max(x, 0.0)),
        Formula("1 where x > 0, else 0", lambda _, x: 1.0 if x > 0 else 0.0),
        "Positive numbers pass, negative ones become 0.",
        paper="Nair & Hinton 2010, Rectified linear units improve restricted Boltzmann machines",
    ),
    "LeakyReLU": Activation(
        Formula("x where x > 0, else slope·x", lambda a, x: x if x > 0 else a.slope * x),
        Formula("1 where x > 0, else slope", lambda a, x: 1.0 if x > 0 else a.slope),
        "Positive numbers pass, negative ones are scaled down.",
        paper="Maas, Hannun & Ng 2013, Rectifier nonlinearities improve neural network acoustic models",
    ),
    "ELU": Activation(
        Formula("x where x > 0, else alpha·(eˣ - 1)", lambda a, x: x if x > 0 else a.alpha * (exp(x) - 1)),
        Formula("1 where x > 0, else alpha·eˣ", lambda a, x: 1.0 if x > 0 else a.alpha * exp(x)),
        "Positive numbers pass, negative ones saturate at -alpha.",
        paper="Clevert, Unterthiner & Hochreiter 2015, arxiv.org/abs/1511.07289",
    ),
    "GELU": Activation(
        Formula("x·(1 + t) / 2", lambda _, x: x * (1 + gelu_t(_, x)) / 2),
        Formula(
            "(1 + t + x·(1 - t²)·u) / 2",
            lambda _, x: (1 + gelu_t(_, x) + x * (1 - gelu_t(_, x) ** 2) * gelu_u(_, x)) / 2,
        ),
        "Each number times the share of a normal distribution that lies below it, approximately.",
        {
            "t": Formula("tanh(√(2/π)·(x + 0.044715·x³))", gelu_t),
            "u": Formula("√(2/π)·(1 + 0.134145·x²)", gelu_u),
        },
        paper="Hendrycks & Gimpel 2016, arxiv.org/abs/1606.08415",
    ),
    "SiLU": Activation(
        Formula("x·s", lambda _, x: x * logistic(_, x)),
        Formula("s·(1 + x·(1 - s))", lambda _, x: logistic(_, x) * (1 + x * (1 - logistic(_, x)))),
        "Each number times its own sigmoid: large ones pass, very negative ones become 0.",
        {"s": Formula("1 / (1 + e⁻ˣ)", logistic)},
        paper="Elfwing, Uchibe & Doya 2017, arxiv.org/abs/1702.03118",
    ),
    "Sigmoid": Activation(
        Formula("1 / (1 + e⁻ˣ)", logistic),
        Formula("y·(1 - y)", lambda _, x: logistic(_, x) * (1 - logistic(_, x))),
        "Any number becomes one between 0 and 1.",
        note="The slope is at most 1/4, at x = 0: through many sigmoids gradients vanish.",
    ),
    "Tanh": Activation(
        Formula("tanh(x)", lambda _, x: tanh(x)),
        Formula("(1 - y²)", lambda _, x: 1 / cosh(x) ** 2),
        "Any number becomes one between -1 and 1.",
        paper="LeCun et al. 1998, Efficient BackProp, section 4.4",
    ),
}


def softmax_forward(layer: Softmax, p: Views, x: Array, mode: Mode = EVAL) -> Array:
    """y_i = eˣⁱ / Σ_j eˣʲ for every sample, and for every pixel, alone.   (features, ..., N) -> (features, ..., N)"""
    y = np.zeros_like(x)
    for at in np.ndindex(x.shape[1:]):
        for i in range(x.shape[0]):
            y[i, *at] = exp(x[i, *at]) / sum(exp(x[j, *at]) for j in range(x.shape[0]))
    return y


def softmax_backward(layer: Softmax, p: Views, x: Array, dy: Array, mode: Mode = EVAL) -> tuple[Array, Gradients]:
    """∂y_i/∂x_j = y_i (1 - y_i) for i = j, else -y_i y_j."""
    y, dx = softmax_forward(layer, p, x), np.zeros_like(x)
    for at in np.ndindex(x.shape[1:]):
        for i in range(x.shape[0]):
            for j in range(x.shape[0]):
                dx[j, *at] += dy[i, *at] * y[i, *at] * ((i == j) - y[j, *at])
    return dx, {}


NAIVE |= ACTIVATIONS
NAIVE["Softmax"] = Loops(softmax_forward, softmax_backward)
