"""Every layer's output for one picture, from the picture down to the probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from numnist.interpret.trace import LayerOutput
from numnist.model.model import Model
from numnist.nn import Flatten
from numnist.nn.base import Array
from numnist.report.figures.canvas import Canvas, brief, length, picture, shortened, signed
from numnist.report.figures.theme import Theme, rules
from numnist.support.format import probability_percent

LABEL, WIDE = 160.0, 600.0  # of a layer's name and of its output, in points
GAP, BETWEEN = 4.0, 20.0  # between maps, and between layers
INPUT, LARGEST = 84.0, 56.0  # of the picture, and of a map at most
MAPS = 32  # shown of a layer
TOP = 10  # most probable classes
NAMED = 12  # logits, whose cells are wide enough for their classes' names
CELL = 46.0  # of such a logit, at most
PASSING = 12.0  # the height of a layer's line that returns what it is given


@rules()
def activations_figure(
    theme: Theme,
    x: Array,
    outputs: Sequence[LayerOutput],
    model: Model,
    heading: tuple[str, str] | None = None,
) -> Any:
    """The picture x (C, H, W), each layer's output for it, and the probabilities of the model's classes.

    outputs: as `trace` returns them for this one picture.  Feature maps are drawn as pictures, vectors as strips of
    cells; one colour is positive, the other negative, the deepest of either the layer's largest absolute value.  A
    layer that returns the numbers it is given, such as Flatten or Dropout, has a line of text instead of a row.
    """
    probs, classes = model.probabilities(outputs[-1].output.T.astype(np.float64))[:, 0], model.classes
    order = np.argsort(-probs, kind="stable")[:TOP] if len(classes) > TOP else np.arange(len(classes))
    changes = _changes(x, outputs)
    layouts = [_layout(step.shape) for step in outputs]
    heights = [
        max(34.0, top + height) if changed else PASSING  # at least that of a label
        for (*_, (_, _, top, _, height)), changed in zip(layouts, changes)
    ]
    logits = 13.0 if len(classes) <= NAMED else 0.0
    high = INPUT + BETWEEN + sum(heights) + BETWEEN * len(outputs) + logits + 15 * (len(order) + model.background)
    canvas = Canvas(theme, LABEL + WIDE, high, heading)
    _label(canvas, 0, "input", "×".join(map(str, x.shape)), "")
    canvas.tile(picture(theme, x), LABEL, 0, INPUT * x.shape[2] / x.shape[1], INPUT)
    y = INPUT + BETWEEN
    for step, places, height, changed in zip(outputs, layouts, heights, changes):
        values = step.output[0].astype(np.float64)
        shape = "×".join(map(str, step.shape))
        if not changed:
            canvas.write(0, y + 9, shortened(f"{step.place} {brief(step.layer)}", LABEL - 10, 9, bold=True), bold=True)
            canvas.write(LABEL, y + 9, _passed(step), canvas.theme.faint, size=8)
            y += height + BETWEEN
            continue
        if len(step.shape) == 3 and len(values) > MAPS:
            shape += f", {MAPS} shown"
        _label(canvas, y, f"{step.place} {brief(step.layer)}", shape, f"{values.min():.2g} to {values.max():.2g}")
        values /= np.abs(values).max() or 1.0
        for part, left, top, width, high in places:
            canvas.tile(signed(theme, values[part]), LABEL + left, y + top, width, high)
        y += height + BETWEEN
    if logits:
        _name_cells(canvas, y - BETWEEN - heights[-1], layouts[-1], classes)
        y += logits
    shown, names = probs[order], [classes[k] for k in order]
    if model.background:
        shown, names = np.append(shown, 1 - probs.sum()), [*names, "none of these"]
    _probabilities(canvas, y, shown, names)
    return canvas.figure


def _changes(x: Array, outputs: Sequence[LayerOutput]) -> list[bool]:
    """Whether each layer returns other numbers than it is given, and not only in another shape."""
    given = [None, *(step.output.ravel() for step in outputs)]
    return [before is None or not np.array_equal(before, step.output.ravel()) for before, step in zip(given, outputs)]


def _passed(step: LayerOutput) -> str:
    """What is said of a layer that returns the numbers it is given."""
    shape = "×".join(map(str, step.shape))
    return f"the same numbers in a row: {shape}" if isinstance(step.layer, Flatten) else f"the same {shape} numbers"


def _name_cells(canvas: Canvas, y: float, places: Sequence[tuple[Any, float, float, float, float]],
                classes: Sequence[str]) -> None:  # fmt: skip
    """The classes below the cells of the logits."""
    [(_, left, top, width, height)] = places
    cell = width / len(classes)
    for k, name in enumerate(classes):
        x = LABEL + left + (k + 0.5) * cell
        canvas.write(x, y + top + height + 11, shortened(name, cell - 2, 8), size=8, align="center")


def _label(canvas: Canvas, y: float, name: str, shape: str, span: str) -> None:
    canvas.write(0, y + 9, shortened(name, LABEL - 10, 9, bold=True), bold=True)
    canvas.write(0, y + 21, shape, canvas.theme.faint, size=8)
    canvas.write(0, y + 32, span, canvas.theme.faint, size=8)


def _layout(shape: tuple[int, ...]) -> list[tuple[Any, float, float, float, float]]:
    """Each map, or each row of cells: its index in the output, its left, top (beside the label), width and height."""
    if len(shape) == 3:
        count = min(shape[0], MAPS)
        across = count if count <= 10 else 12 if count <= 24 else 16
        width = min(LARGEST, (WIDE + GAP) / across - GAP)
        height = width * shape[1] / shape[2]
        return [(i, i % across * (width + GAP), i // across * (height + GAP), width, height) for i in range(count)]
    count = shape[0]
    across = min(count, 64 if count <= 64 else 128 if count <= 1024 else 200)
    width = min(CELL if count <= NAMED else 18.0, WIDE / across)
    height = 18.0 if count <= 128 else 9.0 if count <= 1024 else width
    rows = ((np.s_[None, i : i + across], min(across, count - i)) for i in range(0, count, across))
    return [(part, 0.0, row * height, cells * width, height) for row, (part, cells) in enumerate(rows)]


def _probabilities(canvas: Canvas, y: float, probs: Array, classes: Sequence[str]) -> None:
    theme = canvas.theme
    names = [shortened(name, 120, 9) for name in classes]
    start = LABEL + 10 + max(length(name, 9, bold=True) for name in names)
    full = LABEL + WIDE - 60 - start
    _label(canvas, y, "probability", "", "")
    for i, (p, name) in enumerate(zip(probs, names)):
        line, best = y + 15 * i + 6, p == probs.max()
        canvas.write(start - 10, line, name, bold=best, align="right", valign="center_baseline")
        canvas.box(start, line - 4, full, 8, theme.panel)
        canvas.box(start, line - 4, full * p, 8, theme.accent, alpha=1.0 if best else 0.45)
        share = probability_percent(float(p))
        canvas.write(start + full + 60, line, share, bold=best, align="right", valign="center_baseline")
