"""Pictures: examples of each class, and cards that say what a model made of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from numnist.data.dataset import Split
from numnist.report.answers import Answer
from numnist.report.figures.sheet import Sheet, length, picture, shortened
from numnist.report.figures.theme import Theme, rules
from numnist.support.format import probability_percent

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
    sheet = Sheet(theme, end, len(shown) * (TILE + GAP) - GAP, heading)
    for k, name in enumerate(shown):
        y = k * (TILE + GAP)
        middle = y + TILE / 2
        sheet.write(label - 14, middle, name, size=10, bold=True, align="right", valign="center")
        found = np.flatnonzero(split.labels == k)[:each]
        for j, i in enumerate(found):
            x = label + j * (TILE + GAP)
            sheet.box(x, y, TILE, TILE, theme.panel)
            sheet.paint(picture(theme, split.x[i]), x, y, TILE, TILE)
        sheet.write(end, middle, f"{counts[k]:,}", theme.faint, size=8.5, align="right", valign="center")
    return sheet.figure


@rules()
def cards(theme: Theme, answers: Sequence[Answer], heading: tuple[str, str] | None = None, columns: int = 8) -> Any:
    """A card for each picture: what it was taken for, how sure the model was, and the truth where that is another.

    Right and wrong differ in a tick or cross, a frame and a line of text, and only then in colour.
    """
    columns = min(columns, len(answers))
    any_wrong = not all(a.right for a in answers)
    high = CARD + (47 if any_wrong else 33)
    rows = -(-len(answers) // columns)
    sheet = Sheet(theme, columns * (CARD + BETWEEN) - BETWEEN, rows * (high + BETWEEN) - BETWEEN, heading)
    for place, a in enumerate(answers):
        row, column = divmod(place, columns)
        _card(sheet, a, column * (CARD + BETWEEN), row * (high + BETWEEN))
    return sheet.figure


def _card(sheet: Sheet, a: Answer, x: float, y: float) -> None:
    theme = sheet.theme
    colour = theme.good if a.right else theme.bad
    frame: dict[str, Any] = {} if a.right else {"edgecolor": colour, "linewidth": 1.6}
    sheet.box(x, y, CARD, CARD, theme.panel, **frame)
    sheet.paint(picture(theme, a.picture), x, y, CARD, CARD)
    sheet.box(x, y + CARD + 5, CARD, 3, theme.grid)
    sheet.box(x, y + CARD + 5, CARD * a.probability, 3, colour)
    line = y + CARD + 20
    sheet.write(x, line, "✓" if a.right else "✗", colour, size=10, bold=True)
    sheet.write(x + 13, line, shortened(a.answer, CARD - 13, 9.5, bold=True), colour, size=9.5, bold=True)
    sheet.write(x, line + 13, probability_percent(a.probability), size=8)
    sheet.write(x + CARD, line + 13, f"#{a.index}", theme.faint, size=7, align="right")
    if not a.right:
        sheet.write(x, line + 26, "truth", theme.faint, size=8)
        sheet.write(x + 25, line + 26, shortened(a.label, CARD - 25, 8, bold=True), size=8, bold=True)
