"""Places: the units of layers that choose, average or move numbers: pooling, flattening, dropout, ways around."""

from __future__ import annotations

import numpy as np

from numnist.explain.units.unit import Array, Index, Unit, UnitGradient, Worker, at, brief, inside, terms
from numnist.interpret.trace import LayerTrace
from numnist.nn.base import EVAL, Shape
from numnist.nn.dropout import Dropout
from numnist.nn.pool import AvgPool2d, Pool2d
from numnist.nn.residual import Residual


def max_pool(passed: LayerTrace, index: Index, before: Shape) -> Unit:
    x, (top, left) = _window(passed, index)
    value, dy = at(passed.y, index), at(passed.dy, index)
    i, j = divmod(int(x.argmax()), x.shape[1])
    largest = f"x[{index[0]}, {top + i}, {left + j}]"
    shown = ", ".join(map(brief, x.flat)) if x.size <= 9 else f"{', '.join(map(brief, x.flat[:8]))}, …"
    back = f"dy goes to the pixel that was the largest, {largest}, and to no other."
    gradient = UnitGradient(dy, back, f"d{largest} ← dy{_brackets(index)}", brief(dy))
    return Unit(
        index,
        f"The largest of a window of {x.shape[0]}×{x.shape[1]} pixels; here it is {largest}.",
        f"y{_brackets(index)} = max x over the window",
        f"max({shown}) = {brief(value)}",
        value,
        gradient,
        inputs=x,
    )


def average_pool(passed: LayerTrace, index: Index, before: Shape) -> Unit:
    layer, (x, _) = passed.layer, _window(passed, index)
    assert isinstance(layer, AvgPool2d)
    H, W = passed.x.shape[1:3]
    counts = layer.counts(layer.windows(H, W), H, W)  # (oh, ow, 1), or one number for all
    count = float(counts[min(index[1], len(counts) - 1), min(index[2], counts.shape[1] - 1), 0])
    return _mean(passed, index, x, count, f"The mean of a window of {x.shape[0]}×{x.shape[1]} pixels.")


def global_average(passed: LayerTrace, index: Index, before: Shape) -> Unit:
    x = passed.x[index[0], :, :, 0]
    return _mean(passed, index, x, float(x.size), f"The mean of all {x.size} pixels of map {index[0]}.")


def _mean(passed: LayerTrace, index: Index, x: Array, count: float, sentence: str) -> Unit:
    value, dy = at(passed.y, index), at(passed.dy, index)
    gradient = UnitGradient(
        dy, f"Each of these pixels gets the same share of dy, one part in {count:g}.", "dx = dy / n",
        f"{inside(dy)} / {count:g} = {brief(dy / count)}", numbers={"dx": dy / count},
    )  # fmt: skip
    words = f"({terms(x)}) / {count:g} = {brief(value)}"
    formula = f"y{_brackets(index)} = Σ x / n"
    return Unit(index, sentence, formula, words, value, gradient, inputs=x, numbers={"n": count})


def flatten(passed: LayerTrace, index: Index, before: Shape) -> Unit:
    source = tuple(map(int, np.unravel_index(index[0], passed.x.shape[:-1])))
    value, dy = at(passed.y, index), at(passed.dy, index)
    gradient = UnitGradient(
        dy, "dy goes back to where the number came from.", f"dx{_brackets(source)} = dy[{index[0]}]", brief(dy)
    )
    return Unit(
        index,
        "The same number, in a column instead of a picture: channel by channel, row by row.",
        f"y[{index[0]}] = x{_brackets(source)}",
        brief(value),
        value,
        gradient,
        numbers={"x": at(passed.x, source)},
    )


def dropout(passed: LayerTrace, index: Index, before: Shape) -> Unit:
    layer = passed.layer
    assert isinstance(layer, Dropout)
    value, dy = at(passed.y, index), at(passed.dy, index)
    gradient = UnitGradient(dy, "In use the way back changes nothing either.", "dx = dy", brief(dy), numbers={"dx": dy})
    return Unit(
        index,
        f"In use the number stays. In training it is set to 0 with probability {layer.rate:g}, and else divided by "
        f"{1 - layer.rate:g}.",
        "y = x",
        brief(value),
        value,
        gradient,
        numbers={"x": at(passed.x, index)},
    )


def residual(passed: LayerTrace, index: Index, before: Shape) -> Unit:
    layer, x = passed.layer, passed.x[..., :1]
    assert isinstance(layer, Residual)
    value, dy = at(passed.y, index), at(passed.dy, index)
    body = at(layer.body.forward(passed.p[0], x, EVAL)[0], index)
    around = at(x if layer.shortcut is None else layer.shortcut.forward(passed.p[1], x, EVAL)[0], index)
    way = "x" if layer.shortcut is None else "shortcut(x)"
    gradient = UnitGradient(
        dy,
        "dy goes both ways: through the body, and around it"
        + (" as it is." if layer.shortcut is None else " through the shortcut."),
        f"dx = dy·∂body/∂x + dy{'' if layer.shortcut is None else '·∂shortcut/∂x'}",
        brief(dy),
    )
    return Unit(
        index,
        f"What the body {layer.body!r} makes, and what comes around it, added.",
        f"y = body(x) + {way}",
        f"{brief(body)} + {inside(around)} = {brief(value)}",
        value,
        gradient,
        numbers={"body": body, way: around},
    )


def _window(passed: LayerTrace, index: Index) -> tuple[Array, tuple[int, int]]:
    """What a pooling unit sees of the picture (rows, columns), without the padding, and where that begins."""
    layer, (k, i, j) = passed.layer, index
    assert isinstance(layer, Pool2d)
    H, W = passed.x.shape[1:3]
    win = layer.windows(H, W)
    top, left = i * win.sh - win.top, j * win.sw - win.left
    rows, columns = slice(max(top, 0), min(top + win.kh, H)), slice(max(left, 0), min(left + win.kw, W))
    return passed.x[k, rows, columns, 0], (rows.start, columns.start)


def _brackets(index: Index) -> str:
    return f"[{', '.join(map(str, index))}]"


WORKERS: dict[str, Worker] = {
    "MaxPool2d": max_pool, "AvgPool2d": average_pool, "GlobalAvgPool": global_average, "Flatten": flatten,
    "Dropout": dropout, "Residual": residual,
}  # fmt: skip
