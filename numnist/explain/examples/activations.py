"""Examples of activations: functions of one number and their derivatives, worked out for two numbers each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import cosh, exp, pi, sqrt, tanh

from numnist.explain.arithmetic import n
from numnist.explain.examples.example import By, Example, Hand, Worked
from numnist.nn import ELU, GELU, Layer, LeakyReLU, ReLU, Sigmoid, SiLU, Tanh
from numnist.nn.activations import sigmoid

X = ((1, -0.5), (-2, 0.5), (3, -1.5))
DY = ((1, 0.5), (2, -1), (-0.5, 2))
PLUS, MINUS = (0, 0), (1, 0)  # where x is 1, and where it is -2

Said = tuple[str, float]  # an expression and what it comes to
Function = Callable[[float], Said]


def y_at(at: tuple[int, int], f: Function, e: Worked) -> Hand:
    return Hand("y", at, *f(float(e.x[at])))


def dx_at(at: tuple[int, int], slope: Function, e: Worked) -> Hand:
    words, value = slope(float(e.x[at]))
    return Hand("dx", at, f"{n(e.dy[at])}·{words}", float(e.dy[at]) * value)


def both(f: Function, slope: Function) -> tuple[By, ...]:
    """y and dx by hand for a positive and for a negative x."""
    return tuple(partial(make, at, g) for make, g in ((y_at, f), (dx_at, slope)) for at in (PLUS, MINUS))


def bend(layer: Layer, gradient: str, f: Function, slope: Function, **more: object) -> Example:
    return Example(layer, X, DY, (gradient,), both(f, slope), **more)  # type: ignore[arg-type]


def logistic(x: float) -> float:
    return 1 / (1 + exp(-x))


def gelu(x: float) -> Said:
    words = f"{n(x)}·(1 + tanh(0.7979·({n(x)} + 0.0447·{n(x)}³))) / 2"
    return words, x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2


def gelu_slope(x: float) -> Said:
    u, du = sqrt(2 / pi) * (x + 0.044715 * x**3), sqrt(2 / pi) * (1 + 3 * 0.044715 * x * x)
    words = f"(1 + {n(tanh(u))} + {n(x)}·(1 - {n(tanh(u))}²)·{n(du)}) / 2"
    return words, (1 + tanh(u) + x / cosh(u) ** 2 * du) / 2


def silu_slope(x: float) -> Said:
    s = logistic(x)
    return f"{n(s)}·(1 + {n(x)}·(1 - {n(s)}))", s * (1 + x * (1 - s))


BENDS: dict[str, Example] = {
    "ReLU": bend(
        ReLU(), "dx = dy where x > 0, else 0",
        lambda x: (f"max({n(x)}, 0)", max(x, 0.0)), lambda x: ("1", 1.0) if x > 0 else ("0", 0.0),
        paper="Nair & Hinton 2010, Rectified linear units improve restricted Boltzmann machines",
    ),
    "LeakyReLU": bend(
        LeakyReLU(0.1), "dx = dy where x > 0, else slope·dy",
        lambda x: (n(x), x) if x > 0 else (f"0.1·{n(x)}", 0.1 * x), lambda x: ("1", 1.0) if x > 0 else ("0.1", 0.1),
        paper="Maas, Hannun & Ng 2013, Rectifier nonlinearities improve neural network acoustic models",
    ),
    "ELU": bend(
        ELU(), "dx = dy where x > 0, else dy·α·eˣ",
        lambda x: (n(x), x) if x > 0 else (f"e^{n(x)} - 1", exp(x) - 1),
        lambda x: ("1", 1.0) if x > 0 else (f"e^{n(x)}", exp(x)),
        paper="Clevert, Unterthiner & Hochreiter 2015, arxiv.org/abs/1511.07289",
    ),
    "GELU": bend(
        GELU(), "dx = dy·(1 + t + x·(1 - t²)·du) / 2,  with u = √(2/π)·(x + 0.044715 x³), t = tanh(u)",
        gelu, gelu_slope,
        paper="Hendrycks & Gimpel 2016, arxiv.org/abs/1606.08415",
    ),
    "SiLU": bend(
        SiLU(), "dx = dy·s·(1 + x·(1 - s)),  with s = sigmoid(x)",
        lambda x: (f"{n(x)} / (1 + e^{n(-x)})", x * logistic(x)), silu_slope,
        paper="Elfwing, Uchibe & Doya 2017, arxiv.org/abs/1702.03118", helpers=(sigmoid,),
    ),
    "Sigmoid": bend(
        Sigmoid(), "dx = dy·y·(1 - y)",
        lambda x: (f"1 / (1 + e^{n(-x)})", logistic(x)),
        lambda x: (f"{n(logistic(x))}·(1 - {n(logistic(x))})", logistic(x) * (1 - logistic(x))),
        helpers=(sigmoid,),
        note="The slope is at most 1/4, at x = 0: through many sigmoids gradients vanish.",
    ),
    "Tanh": bend(
        Tanh(), "dx = dy·(1 - y²)",
        lambda x: (f"tanh({x:g})", tanh(x)), lambda x: (f"(1 - {n(tanh(x))}²)", 1 - tanh(x) ** 2),
        paper="LeCun et al. 1998, Efficient BackProp, section 4.4",
    ),
}  # fmt: skip
