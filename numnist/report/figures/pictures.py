"""Pictures: examples of each class, and cards with a model's predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from numnist.data.dataset import Split
from numnist.evaluation.metrics import Prediction
from numnist.report.figures.canvas import Canvas, length, picture, shortened
from numnist.report.figures.theme import Theme, rules
from numnist.support.format import probability_percent

CLASSES = 40  # rows of a grid; more would not fit a figure
NAME, TILE, GAP = 110.0, 40.0, 5.0  # in a grid of examples: of a class's name at most, and of pictures, in points
CARD, BETWEEN = 80.0, 12.0  # of a card's picture, and between cards


@rules()
def examples(
    theme: Theme, split: Split, classes: Sequence[str], heading: tuple[str, str] | None = None, each: int = 12
) -> Any:
    """A row for each class: its first pictures in the split, and their number."""
    shown = [shortened(name, NAME, 10, bold=True) for name in classes[:CLASSES]]
    counts = np.bincount(split.labels, minlength=len(classes))
    label = 14 + max(length(name, 10, bold=True) for name in shown)
    number = 14 + max(length(f"{n:,}", 8.5) for n in counts)
    end = label + each * (TILE + GAP) - GAP + number
    if heading and len(shown) < len(classes):
        heading = heading[0], f"{heading[1]}, of which the first {CLASSES} are shown"
    canvas = Canvas(theme, end, len(shown) * (TILE + GAP) - GAP, heading)
    for k, name in enumerate(shown):
        y = k * (TILE + GAP)
        middle = y + TILE / 2
        canvas.write(label - 14, middle, name, size=10, bold=True, align="right", valign="center")
        for j, i in enumerate(np.flatnonzero(split.labels == k)[:each]):
            canvas.tile(picture(theme, split.x[i]), label + j * (TILE + GAP), y, TILE, TILE)
        canvas.write(end, middle, f"{counts[k]:,}", theme.faint, size=8.5, align="right", valign="center")
    return canvas.figure


@rules()
def cards(
    theme: Theme, predictions: Sequence[Prediction], heading: tuple[str, str] | None = None, columns: int = 8
) -> Any:
    """A card for each picture: the predicted class, its probability, and the true class if that differs.

    Correct and wrong differ by a tick or cross, a frame and a line of text, not by colour alone.
    """
    columns = min(columns, max(1, len(predictions)))
    any_wrong = not all(p.correct for p in predictions)
    high = CARD + (47 if any_wrong else 33)
    rows = -(-len(predictions) // columns)
    canvas = Canvas(theme, columns * (CARD + BETWEEN) - BETWEEN, max(0.0, rows * (high + BETWEEN) - BETWEEN), heading)
    for place, prediction in enumerate(predictions):
        row, column = divmod(place, columns)
        _card(canvas, prediction, column * (CARD + BETWEEN), row * (high + BETWEEN))
    return canvas.figure


def _card(canvas: Canvas, p: Prediction, x: float, y: float) -> None:
    theme = canvas.theme
    colour = theme.good if p.correct else theme.bad
    frame: dict[str, Any] = {} if p.correct else {"edgecolor": colour, "linewidth": 1.6}
    canvas.box(x, y, CARD, CARD, theme.panel, **frame)
    canvas.image(picture(theme, p.picture), x, y, CARD, CARD)
    canvas.box(x, y + CARD + 5, CARD, 3, theme.grid)
    canvas.box(x, y + CARD + 5, CARD * p.probability, 3, colour)
    line = y + CARD + 20
    canvas.write(x, line, "✓" if p.correct else "✗", colour, size=10, bold=True)
    canvas.write(x + 13, line, shortened(p.predicted, CARD - 13, 9.5, bold=True), colour, size=9.5, bold=True)
    canvas.write(x, line + 13, probability_percent(p.probability), size=8)
    canvas.write(x + CARD, line + 13, f"#{p.index}", theme.faint, size=7, align="right")
    if not p.correct:
        canvas.write(x, line + 26, "truth", theme.faint, size=8)
        canvas.write(x + 25, line + 26, shortened(p.label, CARD - 25, 8, bold=True), size=8, bold=True)
