"""A network's architecture with its shapes: feature maps are stacks of sheets, feature vectors columns of cells.

An orange window is the receptive field of one place of a map in the stage before; a skip connection is an arc.
"""

from __future__ import annotations

from math import log2, sqrt
from typing import Any

from numnist.model.model import Model
from numnist.report.figures.canvas import Canvas, length, shortened
from numnist.report.figures.stages import Skip, Stage, stages
from numnist.report.figures.theme import Theme, rules

PICTURE, STACK, STEP = 104.0, 5.0, 40.0  # of the input, between two sheets, and between two stages, in points
COLUMN, THICK = 150.0, 15.0  # of the longest column of cells
CELLS = 24  # drawn of a column
NAMED = 12  # classes at most, for their names to be written beside their cells
LINE = 12.5  # of the small print below the stages


@rules()
def network_figure(theme: Theme, model: Model, heading: tuple[str, str] | None = None) -> Any:
    """From the picture on the left to the classes on the right."""
    found, skips = stages(model)
    classes = [shortened(name, 90, 8.5) for name in model.classes] if len(model.classes) <= NAMED else []
    widths = [_width(stage, found[0]) for stage in found]
    slots = [max(width, _label_width(stage)) for stage, width in zip(found, widths)]
    beside = 8 + max((length(name, 8.5) for name in classes), default=0)
    over = 30.0 if skips else 0.0
    high = max(_height(stage, found[0]) for stage in found)
    middle = over + 16 + high / 2
    total = sum(slots) + STEP * (len(found) - 1) + max(0.0, beside - (slots[-1] - widths[-1]) / 2)
    below = 12 + LINE * max(len(stage.lines) for stage in found)
    canvas = Canvas(theme, total, over + 16 + high + below, heading)
    x, lefts = 0.0, []
    for slot, width in zip(slots, widths):
        lefts.append(x + (slot - width) / 2)
        x += slot + STEP
    for i, stage in enumerate(found):
        if i:
            _connection(canvas, found, i, lefts, middle)
        _draw(canvas, stage, found[0], lefts[i], middle)
        _labels(canvas, stage, lefts[i] + widths[i] / 2, middle, high, _height(stage, found[0]))
    for k, name in enumerate(classes):
        cell = _height(found[-1], found[0]) / len(classes)
        y = middle + (k + 0.5 - len(classes) / 2) * cell
        canvas.write(lefts[-1] + widths[-1] + 8, y, name, size=min(8.5, cell), valign="center_baseline")
    for skip in skips:
        _arc(canvas, skip, [left + width / 2 for left, width in zip(lefts, widths)], middle - high / 2 - 14)
    return canvas.figure


def _side(stage: Stage, first: Stage) -> tuple[float, float]:
    """Width and height of a sheet.  They follow the square roots of the map's, so that small maps stay visible."""
    height, width = (max(10.0, PICTURE * sqrt(size / max(first.shape[1:]))) for size in stage.shape[1:])
    return width, height


def _sheets(stage: Stage) -> int:
    """How many sheets stand for the maps: 1 for one, and 1.4 more each time their number doubles."""
    return 1 + round(1.4 * log2(stage.shape[0]))


def _column(stage: Stage) -> float:
    """Height of a column of cells."""
    return min(COLUMN, 40 + 11.5 * log2(stage.shape[0] + 1))


def _height(stage: Stage, first: Stage) -> float:
    if len(stage.shape) == 1:
        return _column(stage)
    return _side(stage, first)[1] + STACK * (_sheets(stage) - 1)


def _width(stage: Stage, first: Stage) -> float:
    if len(stage.shape) == 1:
        return THICK
    return _side(stage, first)[0] + STACK * (_sheets(stage) - 1)


def _label_width(stage: Stage) -> float:
    name, *others = stage.lines
    return max(length(name, 9, bold=True), length(stage.size, 8.5), *(length(text, 8) for text in others))


def _draw(canvas: Canvas, stage: Stage, first: Stage, x: float, middle: float) -> None:
    """The stage itself, the front sheet at the bottom left."""
    theme, high = canvas.theme, _height(stage, first)
    edge: dict[str, Any] = {"edgecolor": theme.accent, "linewidth": 0.9}
    if len(stage.shape) == 1:
        cells = min(stage.shape[0], CELLS)
        top = middle - high / 2
        canvas.box(x, top, THICK, high, theme.background, **edge)
        canvas.box(x, top, THICK, high, theme.accent, alpha=0.14)
        for k in range(1, cells):
            y = top + k * high / cells
            canvas.line([x, x + THICK], [y, y], theme.accent, 0.5)
        return
    (width, side), count = _side(stage, first), _sheets(stage)
    for k in reversed(range(count)):
        place = (x + k * STACK, middle + high / 2 - side - k * STACK, width, side)
        canvas.box(*place, theme.background, **edge)
        canvas.box(*place, theme.accent, alpha=0.14)


def _front(stage: Stage, first: Stage, x: float, middle: float) -> tuple[float, float, float, float]:
    """Left, top, width and height of the sheet in front."""
    width, side = _side(stage, first)
    return x, middle + _height(stage, first) / 2 - side, width, side


def _connection(canvas: Canvas, found: list[Stage], i: int, lefts: list[float], middle: float) -> None:
    """The input of stage i: a window that narrows to one place of its map, or all of the stage before."""
    theme, stage, before, first = canvas.theme, found[i], found[i - 1], found[0]
    faint = {"zorder": 3}
    if stage.kernel is not None and len(before.shape) == 3:
        left, top, width, side = _front(before, first, lefts[i - 1], middle)
        kh, kw = (min(1.0, k / n) for k, n in zip(stage.kernel, before.shape[1:]))
        x, y = left + 0.62 * (width - kw * width), top + 0.3 * (side - kh * side)
        style = {"fill": False, "edgecolor": theme.bad, "linewidth": 1.2, "zorder": 3}
        canvas.box(x, y, kw * width, kh * side, "none", **style)
        to_left, to_top, to_width, to_side = _front(stage, first, lefts[i], middle)
        point = (to_left + 0.62 * to_width, to_top + 0.3 * to_side)
        for corner in (y, y + kh * side):
            canvas.line([x + kw * width, point[0]], [corner, point[1]], theme.bad, 0.8, **faint)
        return
    start = lefts[i - 1] + _width(before, first)
    high, after = (_height(each, first) / 2 for each in (before, stage))
    for sign in (-1, 1):
        edge = start if len(before.shape) == 1 or sign < 0 else start - STACK * (_sheets(before) - 1)
        canvas.line([edge, lefts[i]], [middle + sign * high, middle + sign * after], theme.faint, 0.8, **faint)


def _labels(canvas: Canvas, stage: Stage, x: float, middle: float, high: float, own: float) -> None:
    """The shape above the stage, everything else below."""
    faint = canvas.theme.faint
    canvas.write(x, middle - own / 2 - 7, stage.size, size=8.5, align="center")
    name, *others = stage.lines
    y = middle + high / 2 + 18
    canvas.write(x, y, name, size=9, bold=True, align="center")
    for line in others:
        y += LINE
        canvas.write(x, y, line, faint, size=8, align="center")


def _arc(canvas: Canvas, skip: Skip, centres: list[float], y: float) -> None:
    """A skip connection, over the stages."""
    colour, (start, end) = canvas.theme.good, (centres[skip.start], centres[skip.end])
    canvas.line([start, start, end, end], [y, y - 14, y - 14, y], colour, 1.4)
    canvas.line([end], [y], colour, marker="v", markersize=5)
    canvas.write((start + end) / 2, y - 18, skip.name, colour, size=8, align="center")
