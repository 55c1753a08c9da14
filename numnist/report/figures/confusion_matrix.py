"""Confusion: a table of which class was taken for which, shaded by how often."""

from __future__ import annotations

from typing import Any

import numpy as np

from numnist.evaluation.metrics import Evaluation
from numnist.report.figures.canvas import Canvas, length, opaque, shortened
from numnist.report.figures.theme import Theme, rules

SIDE, LARGEST, SMALLEST = 430.0, 38.0, 9.0  # of the table and of a cell, in points
NUMBERS = 17.0  # from this side of a cell on, its number is written in it
NAME = 100.0  # a class's name at most
RIGHT = 0.22  # how full the colour of the diagonal is


@rules()
def confusion_figure(theme: Theme, judged: Evaluation, heading: tuple[str, str] | None = None) -> Any:
    """Rows are the truth, columns what it was read as; mistakes are shaded by their number, up to the most frequent."""
    classes = [shortened(name, NAME, 9) for name in judged.per_class]
    counts, n = judged.confusion, len(classes)
    cell = float(np.clip(SIDE / n, SMALLEST, LARGEST))
    size = min(9.0, 0.85 * cell)
    name = max(length(c, size) for c in classes)
    upright = name <= cell - 4  # column names that fit their columns
    left, top = name + 32, (30 if upright else 24 + 0.75 * name)
    right = 10 + length("99.99%", 8.5)
    canvas = Canvas(theme, left + n * cell + right, top + n * cell, heading)
    wrong = counts - np.diag(np.diag(counts))
    most = max(1, int(wrong.max()))
    for i, share in enumerate(judged.per_class.values()):
        y = top + i * cell
        middle = y + cell / 2
        canvas.write(left - 8, middle, classes[i], size=size, align="right", valign="center_baseline")
        x = left + (i + 0.5) * cell
        if upright:
            canvas.write(x, top - 8, classes[i], size=size, align="center")
        else:
            canvas.write(x - size / 3, top - 7, classes[i], size=size, rotation=45, rotation_mode="anchor")
        for j in range(n if cell >= NUMBERS else 0):
            _cell(canvas, left + j * cell, y, cell, int(counts[i, j]), i == j, most)
        if cell >= NUMBERS and share is not None:
            canvas.write(
                left + n * cell + right, middle, f"{100 * share:.2f}%", theme.faint,
                size=8.5, align="right", valign="center_baseline",
            )  # fmt: skip
    if cell < NUMBERS:
        place = (left, top, n * cell, n * cell)
        canvas.box(*place, theme.panel)
        canvas.image(opaque(_shade(wrong, most), theme.bad), *place)
        canvas.image(opaque(RIGHT * np.eye(n), theme.accent), *place)
    canvas.write(8, top + n * cell / 2, "truth", theme.faint, rotation=90, align="center", valign="center")
    canvas.write(left + n * cell / 2, 6, "read as", theme.faint, align="center")
    if cell >= NUMBERS:
        canvas.write(left + n * cell + right, top - 8, "right", theme.faint, size=8.5, align="right")
    return canvas.figure


def _shade(counts: Any, most: int) -> Any:
    """How full a colour so many mistakes have; never so full that ink on it could not be read."""
    return np.where(counts > 0, 0.12 + 0.5 * (counts / most) ** 0.7, 0.0)


def _cell(canvas: Canvas, x: float, y: float, side: float, count: int, right: bool, most: int) -> None:
    """One number on its shade."""
    theme, place = canvas.theme, (x + 1, y + 1, side - 2, side - 2)
    canvas.box(*place, theme.panel)
    if not count:
        return
    alpha = RIGHT if right else float(_shade(count, most))
    canvas.box(*place, theme.accent if right else theme.bad, alpha=alpha)
    text = f"{count:,}"
    bold = right or count > most / 2
    size = min(9.0, (side - 4) / length(text, 1.0, bold))
    canvas.write(x + side / 2, y + side / 2, text, size=size, bold=bold, align="center", valign="center_baseline")
