"""Activations: what every layer makes of one picture, from the picture down to the probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.interpret.trace import Traced
from numnist.nn.activations import softmax
from numnist.report.figures.sheet import Sheet, brief, length, picture, shortened, signed
from numnist.report.figures.theme import Theme, rules
from numnist.support.format import probability_percent

Array = NDArray[Any]
LABEL, WIDE = 160.0, 600.0  # of a layer's name and of its output, in points
GAP, BETWEEN = 4.0, 20.0  # between maps, and between layers
INPUT, LARGEST = 84.0, 56.0  # of the picture, and of a map at most
MAPS = 32  # shown of a layer
TOP = 10  # classes


@rules()
def activations_figure(
    theme: Theme, x: Array, traced: Sequence[Traced], classes: Sequence[str], heading: tuple[str, str] | None = None
) -> Any:
    """The picture x (C, H, W), each layer's output for it, and the classes' probabilities.

    traced: as `trace` answers for this one picture.  A convolution's maps are pictures, a dense layer's units a strip
    of cells; one colour is more than 0, the other less, the fullest of either the layer's largest value.
    """
    probs = softmax(traced[-1].output.T.astype(np.float64))[:, 0]
    order = np.argsort(-probs, kind="stable")[:TOP] if len(classes) > TOP else np.arange(len(classes))
    heights = [_height(step.shape) for step in traced]
    high = INPUT + BETWEEN + sum(heights) + BETWEEN * len(traced) + 15 * len(order)
    sheet = Sheet(theme, LABEL + WIDE, high, heading)
    place = (LABEL, 0, INPUT * x.shape[2] / x.shape[1], INPUT)
    _label(sheet, 0, "picture", "×".join(map(str, x.shape)), "")
    sheet.box(*place, theme.panel)
    sheet.paint(picture(theme, x), *place)
    y = INPUT + BETWEEN
    for step, height in zip(traced, heights):
        values = step.output[0].astype(np.float64)
        shape = "×".join(map(str, step.shape))
        if len(step.shape) == 3 and len(values) > MAPS:
            shape += f", {MAPS} shown"
        _label(sheet, y, f"{step.place} {brief(step.layer)}", shape, f"{values.min():.2g} to {values.max():.2g}")
        values /= np.abs(values).max() or 1.0
        (_maps if len(step.shape) == 3 else _strip)(sheet, y, values)
        y += height + BETWEEN
    _probabilities(sheet, y, probs[order], [classes[k] for k in order])
    return sheet.figure


def _label(sheet: Sheet, y: float, name: str, shape: str, span: str) -> None:
    sheet.write(0, y + 9, shortened(name, LABEL - 10, 9, bold=True), bold=True)
    sheet.write(0, y + 21, shape, sheet.theme.faint, size=8)
    sheet.write(0, y + 32, span, sheet.theme.faint, size=8)


def _layout(shape: tuple[int, ...]) -> tuple[int, int, float, float]:
    """How many maps or cells are in a row and how many rows there are, and the width and height of each."""
    if len(shape) == 3:
        count = min(shape[0], MAPS)
        across = count if count <= 10 else 12 if count <= 24 else 16
        width = min(LARGEST, (WIDE + GAP) / across - GAP)
        return across, -(-count // across), width, width * shape[1] / shape[2]
    count = shape[0]
    across = min(count, 64 if count <= 64 else 128 if count <= 1024 else 200)
    width = min(18.0, WIDE / across)
    return across, -(-count // across), width, 18.0 if count <= 128 else 9.0 if count <= 1024 else width


def _height(shape: tuple[int, ...]) -> float:
    """Of a layer, its label included."""
    _, rows, _, height = _layout(shape)
    return max(34.0, rows * (height + GAP) - GAP if len(shape) == 3 else rows * height)


def _maps(sheet: Sheet, y: float, values: Array) -> None:
    across, _, width, height = _layout(values.shape)
    for i, one in enumerate(values[:MAPS]):
        place = (LABEL + i % across * (width + GAP), y + i // across * (height + GAP), width, height)
        sheet.box(*place, sheet.theme.panel)
        sheet.paint(signed(sheet.theme, one), *place)


def _strip(sheet: Sheet, y: float, values: Array) -> None:
    across, rows, width, height = _layout(values.shape)
    for row in range(rows):
        some = values[row * across : (row + 1) * across]
        place = (LABEL, y + row * height, len(some) * width, height)
        sheet.box(*place, sheet.theme.panel)
        sheet.paint(signed(sheet.theme, some[None]), *place)


def _probabilities(sheet: Sheet, y: float, probs: Array, classes: Sequence[str]) -> None:
    theme = sheet.theme
    names = [shortened(name, 120, 9) for name in classes]
    start = LABEL + 10 + max(length(name, 9, bold=True) for name in names)
    full = LABEL + WIDE - 60 - start
    _label(sheet, y, "probability", "", "")
    for i, (p, name) in enumerate(zip(probs, names)):
        line, best = y + 15 * i + 6, p == probs.max()
        sheet.write(start - 10, line, name, bold=best, align="right", valign="center_baseline")
        sheet.box(start, line - 4, full, 8, theme.panel)
        sheet.box(start, line - 4, full * p, 8, theme.accent, alpha=1.0 if best else 0.45)
        sheet.write(
            start + full + 60, line, probability_percent(float(p)), bold=best, align="right", valign="center_baseline"
        )
