"""Pictures: examples of each class, and cards that say what a model made of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from numnist.data.dataset import Split
from numnist.report.answers import Answer
from numnist.report.figures.canvas import Canvas, length, picture, shortened
from numnist.report.figures.theme import Theme, rules

CLASSES = 40  # rows of a grid; more would make no figure
NAME, TILE, GAP = 110.0, 40.0, 5.0  # in a grid of examples: of a class's name at most, and of pictures, in points
CARD, BETWEEN = 80.0, 12.0  # of a card's picture, and between cards


@rules()
def examples(
    theme: Theme, split: Split, classes: Sequence[str], heading: tuple[str, str] | None = None, each: int = 12
) -> Any:
    """A row for each class with its first pictures in the split, and how many it has."""
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
        found = np.flatnonzero(split.labels == k)[:each]
        for j, i in enumerate(found):
            x = label + j * (TILE + GAP)
            canvas.box(x, y, TILE, TILE, theme.panel)
            canvas.image(picture(theme, split.x[i]), x, y, TILE, TILE)
        canvas.write(end, middle, f"{counts[k]:,}", theme.faint, size=8.5, align="right", valign="center")
    return canvas.figure


@rules()
def cards(theme: Theme, answers: Sequence[Answer], heading: tuple[str, str] | None = None, columns: int = 8) -> Any:
    """A card for each picture: what it was taken for, how sure the model was, and the truth where that is another.

    Right and wrong differ in a tick or cross, a frame and a line of text, and only then in colour.
    """
    columns = min(columns, len(answers))
    any_wrong = not all(a.right for a in answers)
    high = CARD + (47 if any_wrong else 33)
    rows = -(-len(answers) // columns)
    canvas = Canvas(theme, columns * (CARD + BETWEEN) - BETWEEN, rows * (high + BETWEEN) - BETWEEN, heading)
    for place, a in enumerate(answers):
        row, column = divmod(place, columns)
        _card(canvas, a, column * (CARD + BETWEEN), row * (high + BETWEEN))
    return canvas.figure


def _card(canvas: Canvas, a: Answer, x: float, y: float) -> None:
    theme = canvas.theme
    colour = theme.good if a.right else theme.bad
    frame: dict[str, Any] = {} if a.right else {"edgecolor": colour, "linewidth": 1.6}
    canvas.box(x, y, CARD, CARD, theme.panel, **frame)
    canvas.image(picture(theme, a.picture), x, y, CARD, CARD)
    canvas.box(x, y + CARD + 5, CARD, 3, theme.grid)
    canvas.box(x, y + CARD + 5, CARD * a.probability, 3, colour)
    line = y + CARD + 20
    canvas.write(x, line, "✓" if a.right else "✗", colour, size=10, bold=True)
    canvas.write(x + 13, line, shortened(a.answer, CARD - 13, 9.5, bold=True), colour, size=9.5, bold=True)
    canvas.write(x, line + 13, percent(a.probability), size=8)
    canvas.write(x + CARD, line + 13, f"#{a.index}", theme.faint, size=7, align="right")
    if not a.right:
        canvas.write(x, line + 26, "truth", theme.faint, size=8)
        canvas.write(x + 25, line + 26, shortened(a.label, CARD - 25, 8, bold=True), size=8, bold=True)


def percent(share: float) -> str:
    """A probability that is never rounded to certainty: 99.97%, 100% only where it is."""
    digits = 1 if share < 0.9995 else 2 if share < 0.99995 else 3
    return "100%" if share == 1 else f"{100 * min(share, 0.99999):.{digits}f}%"
