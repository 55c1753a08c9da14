"""Units of layers that move numbers, switch them off or add them: flatten, dropout, residual."""

from __future__ import annotations

import numpy as np

from numnist.explain.units.unit import Index, Unit, UnitExplainer, UnitGradient, at, brackets, brief, inside
from numnist.interpret.trace import LayerTrace
from numnist.nn.base import EVAL, Shape
from numnist.nn.dropout import Dropout
from numnist.nn.residual import Residual


def flatten(passed: LayerTrace, index: Index, image: Shape) -> Unit:
    source = tuple(map(int, np.unravel_index(index[0], passed.x.shape[:-1])))
    value, dy = at(passed.y, index), at(passed.dy, index)
    gradient = UnitGradient(
        dy, "dy goes back to where the number came from.", f"dx{brackets(source)} = dy[{index[0]}]", brief(dy)
    )
    return Unit(
        index,
        "The same number, in a column instead of a picture: channel by channel, row by row.",
        f"y[{index[0]}] = x{brackets(source)}",
        brief(value),
        value,
        gradient,
        numbers={"x": at(passed.x, source)},
    )


def dropout(passed: LayerTrace, index: Index, image: Shape) -> Unit:
    layer = passed.layer
    assert isinstance(layer, Dropout)
    value, dy = at(passed.y, index), at(passed.dy, index)
    gradient = UnitGradient(dy, "In evaluation mode dropout changes nothing.", "dx = dy", brief(dy), numbers={"dx": dy})
    return Unit(
        index,
        f"In evaluation mode the number stays. In training it becomes 0 with probability {layer.rate:g} and is divided "
        f"by {1 - layer.rate:g} otherwise.",
        "y = x",
        brief(value),
        value,
        gradient,
        numbers={"x": at(passed.x, index)},
    )


def residual(passed: LayerTrace, index: Index, image: Shape) -> Unit:
    layer, x = passed.layer, passed.x[..., :1]
    assert isinstance(layer, Residual)
    value, dy = at(passed.y, index), at(passed.dy, index)
    body = at(layer.body.forward(passed.p[0], x, EVAL)[0], index)
    around = at(x if layer.shortcut is None else layer.shortcut.forward(passed.p[1], x, EVAL)[0], index)
    path = "x" if layer.shortcut is None else "shortcut(x)"
    gradient = UnitGradient(
        dy,
        "dy takes both paths: through the body, and "
        + ("around it unchanged." if layer.shortcut is None else "through the shortcut."),
        f"dx = dy·∂body/∂x + dy{'' if layer.shortcut is None else '·∂shortcut/∂x'}",
        brief(dy),
    )
    return Unit(
        index,
        f"The output of the body {layer.body!r} plus "
        + ("the input." if layer.shortcut is None else "that of the shortcut."),
        f"y = body(x) + {path}",
        f"{brief(body)} + {inside(around)} = {brief(value)}",
        value,
        gradient,
        numbers={"body": body, path: around},
    )


EXPLAINERS: dict[str, UnitExplainer] = {"Flatten": flatten, "Dropout": dropout, "Residual": residual}
