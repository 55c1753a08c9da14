"""Units of activations: each is a function of one number, and softmax of all numbers of a sample."""

from __future__ import annotations

from math import exp

import numpy as np

from numnist.explain.arithmetic import with_numbers
from numnist.explain.units.unit import Index, Unit, UnitGradient, at, brief, inside, plus, terms
from numnist.interpret.trace import LayerTrace
from numnist.naive import twin
from numnist.naive.activations import Activation
from numnist.nn.base import Shape


def activation(passed: LayerTrace, index: Index, image: Shape) -> Unit:
    """In the words of the table of activations (numnist/naive/activations.py)."""
    table = twin(passed.layer)
    assert isinstance(table, Activation)
    x, y, dx, dy = (at(a, index) for a in (passed.x, passed.y, passed.dx, passed.dy))
    letters = table.letters(passed.layer, x) | {"y": y}
    forward, slope = (with_numbers(formula.text, letters, brief) for formula in (table.y, table.slope))
    gradient = UnitGradient(
        dy,
        "dy times the slope of the function at x.",
        _typeset(table.gradient),
        f"{inside(dy)}·{_typeset(slope)} = {brief(dx)}",
        numbers={"dx": dx},
    )
    written = f"{_typeset(forward)} = {brief(y)}"
    return Unit(index, _typeset(table.sentence), _typeset(table.formula), written, y, gradient, numbers={"x": x})


def softmax(passed: LayerTrace, index: Index, image: Shape) -> Unit:
    k = index[0]
    arrays = (passed.x, passed.y, passed.dy)
    x, ys, dys = (np.moveaxis(a, 0, -1)[*index[1:], 0].astype(np.float64) for a in arrays)  # (classes,) each
    y, dx, dy = (at(a, index) for a in (passed.y, passed.dx, passed.dy))
    largest = float(x.max())  # subtracted before exp, as the layer does, which changes nothing
    gradient = UnitGradient(
        dy,
        "Raising one probability lowers all others, so dx depends on the dy of all classes.",
        f"dx[{k}] = y[{k}]·(dy[{k}] − Σ dy·y)",
        f"{brief(y)}·({brief(dy)}{plus(-float(dys @ ys))}) = {brief(dx)}",
        numbers={"dx": dx},
    )
    written = f"{brief(exp(x[k] - largest))} / ({terms(np.exp(x - largest))}) = {brief(y)}"
    sentence = "Its share of the sum of all classes' eˣ; the largest x is subtracted first."
    return Unit(index, sentence, f"y[{k}] = exp(x[{k}]) / Σ exp(x)", written, y, gradient, inputs=x)


def _typeset(text: str) -> str:
    """With real minus signs, as the page writes them."""
    return text.replace("-", "−")
