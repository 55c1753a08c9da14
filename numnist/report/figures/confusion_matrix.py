"""The confusion matrix, shaded by how often each class was predicted as each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from numnist.evaluation.metrics import Evaluation
from numnist.report.figures.canvas import Canvas, length, opaque, shortened
from numnist.report.figures.theme import Theme, rules
from numnist.support.format import percent

SIDE, LARGEST, SMALLEST = 430.0, 38.0, 9.0  # of the table and of a cell, in points
NUMBERS = 17.0  # the side of a cell from which on its number is written in it
NAME = 100.0  # a class's name at most
DIAGONAL = 0.22  # the opacity of correct predictions


@rules()
def confusion_figure(theme: Theme, evaluation: Evaluation, heading: tuple[str, str] | None = None) -> Any:
    """Rows are true classes, columns predicted ones; mistakes are shaded relative to the most frequent."""
    classes = [shortened(name, NAME, 9) for name in evaluation.per_class]
    counts, n = evaluation.confusion, len(classes)
    cell = float(np.clip(SIDE / n, SMALLEST, LARGEST))
    size = min(9.0, 0.85 * cell)
    name = max(length(c, size) for c in classes)
    upright = name <= cell - 4  # column names that fit their columns
    left, top = name + 32, (30 if upright else 24 + 0.75 * name)
    end, numbered = left + n * cell + 10 + length("99.99%", 8.5), cell >= NUMBERS
    canvas = Canvas(theme, end, top + n * cell, heading)
    wrong = counts - np.diag(np.diag(counts))
    most = max(1, int(wrong.max()))
    for i, metrics in enumerate(evaluation.per_class.values()):
        y = top + i * cell
        middle = y + cell / 2
        canvas.write(left - 8, middle, classes[i], size=size, align="right", valign="center_baseline")
        x = left + (i + 0.5) * cell
        if upright:
            canvas.write(x, top - 8, classes[i], size=size, align="center")
        else:
            canvas.write(x - size / 3, top - 7, classes[i], size=size, rotation=45, rotation_mode="anchor")
        for j in range(n if numbered else 0):
            _cell(canvas, left + j * cell, y, cell, int(counts[i, j]), i == j, most)
        if numbered and metrics.recall is not None:
            share = percent(metrics.recall)
            canvas.write(end, middle, share, theme.faint, size=8.5, align="right", valign="center_baseline")
    if numbered:
        canvas.write(end, top - 8, "recall", theme.faint, size=8.5, align="right")
    else:
        place = (left, top, n * cell, n * cell)
        canvas.tile(opaque(_shade(wrong, most), theme.bad), *place)
        canvas.image(opaque(DIAGONAL * np.eye(n), theme.accent), *place)
    canvas.write(8, top + n * cell / 2, "true", theme.faint, rotation=90, align="center", valign="center")
    canvas.write(left + n * cell / 2, 6, "predicted", theme.faint, align="center")
    return canvas.figure


def _shade(counts: Any, most: int) -> Any:
    """The opacity of so many mistakes, low enough for text on it to be legible."""
    return np.where(counts > 0, 0.12 + 0.5 * (counts / most) ** 0.7, 0.0)


def _cell(canvas: Canvas, x: float, y: float, side: float, count: int, correct: bool, most: int) -> None:
    """One number on its shade."""
    theme, place = canvas.theme, (x + 1, y + 1, side - 2, side - 2)
    canvas.box(*place, theme.panel)
    if not count:
        return
    alpha = DIAGONAL if correct else float(_shade(count, most))
    canvas.box(*place, theme.accent if correct else theme.bad, alpha=alpha)
    text = f"{count:,}"
    bold = correct or count > most / 2
    size = min(9.0, (side - 4) / length(text, 1.0, bold))
    canvas.write(x + side / 2, y + side / 2, text, size=size, bold=bold, align="center", valign="center_baseline")
