"""Units of pooling layers: the maximum or the mean of a window."""

from __future__ import annotations

from numnist.explain.units.unit import (
    Array,
    Index,
    Unit,
    UnitExplainer,
    UnitGradient,
    at,
    brackets,
    brief,
    inside,
    terms,
)
from numnist.interpret.trace import LayerTrace
from numnist.nn.base import Shape
from numnist.nn.pool import AvgPool2d, Pool2d


def max_pool(passed: LayerTrace, index: Index, image: Shape) -> Unit:
    x, (top, left) = _window(passed, index)
    value, dy = at(passed.y, index), at(passed.dy, index)
    i, j = divmod(int(x.argmax()), x.shape[1])
    largest = f"x[{index[0]}, {top + i}, {left + j}]"
    shown = ", ".join(map(brief, x.flat)) if x.size <= 9 else f"{', '.join(map(brief, x.flat[:8]))}, …"
    back = f"dy goes to the largest pixel, {largest}, and to no other."
    gradient = UnitGradient(dy, back, f"d{largest} ← dy{brackets(index)}", brief(dy))
    return Unit(
        index,
        f"The largest of a window of {x.shape[0]}×{x.shape[1]} pixels: {largest}.",
        f"y{brackets(index)} = max x over the window",
        f"max({shown}) = {brief(value)}",
        value,
        gradient,
        inputs=x,
    )


def average_pool(passed: LayerTrace, index: Index, image: Shape) -> Unit:
    layer, (x, _) = passed.layer, _window(passed, index)
    assert isinstance(layer, AvgPool2d)
    H, W = passed.x.shape[1:3]
    counts = layer.counts(layer.windows(H, W), H, W)  # (oh, ow, 1), or one number for all
    count = float(counts[min(index[1], len(counts) - 1), min(index[2], counts.shape[1] - 1), 0])
    return _mean(passed, index, x, count, f"The mean of a window of {x.shape[0]}×{x.shape[1]} pixels.")


def global_average(passed: LayerTrace, index: Index, image: Shape) -> Unit:
    x = passed.x[index[0], :, :, 0]
    return _mean(passed, index, x, float(x.size), f"The mean of all {x.size} pixels of map {index[0]}.")


def _mean(passed: LayerTrace, index: Index, x: Array, count: float, sentence: str) -> Unit:
    value, dy = at(passed.y, index), at(passed.dy, index)
    gradient = UnitGradient(
        dy, f"Each of these pixels gets the same share of dy, 1/{count:g}.", "dx = dy / n",
        f"{inside(dy)} / {count:g} = {brief(dy / count)}", numbers={"dx": dy / count},
    )  # fmt: skip
    words = f"({terms(x)}) / {count:g} = {brief(value)}"
    formula = f"y{brackets(index)} = Σ x / n"
    return Unit(index, sentence, formula, words, value, gradient, inputs=x, numbers={"n": count})


def _window(passed: LayerTrace, index: Index) -> tuple[Array, tuple[int, int]]:
    """The pixels of a pooling unit's window (rows, columns), without padding, and its top left corner."""
    layer, (k, i, j) = passed.layer, index
    assert isinstance(layer, Pool2d)
    H, W = passed.x.shape[1:3]
    win = layer.windows(H, W)
    top, left = i * win.sh - win.top, j * win.sw - win.left
    rows, columns = slice(max(top, 0), min(top + win.kh, H)), slice(max(left, 0), min(left + win.kw, W))
    return passed.x[k, rows, columns, 0], (rows.start, columns.start)


EXPLAINERS: dict[str, UnitExplainer] = {
    "MaxPool2d": max_pool,
    "AvgPool2d": average_pool,
    "GlobalAvgPool": global_average,
}
