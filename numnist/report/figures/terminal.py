"""Figures for the terminal, drawn with characters that every font has.

A picture has half as many lines as columns: with colours, each character is two pixels, one above the other (▀ in two
colours); without, one of five shades.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil

import numpy as np
from rich.console import Console
from rich.text import Text

from numnist.data.dataset import Split
from numnist.evaluation.metrics import Prediction
from numnist.experiment.history import Curve
from numnist.ink.pixels import resize
from numnist.nn.base import Array
from numnist.support.format import probability_percent

SHADES = " ░▒▓█"
WIDE = 20  # columns of a picture, a pixel each
GAP = "  "
LINES = 11  # of a chart
MARKS = "●○▲△■□◆◇"  # of its curves


def picture_lines(picture: Array, coloured: bool, wide: int = WIDE) -> list[Text]:
    """A picture (C, H, W), uint8 or 0..1, as lines of `wide` characters."""
    values = picture.astype(np.float64).mean(axis=0) / (255 if picture.dtype == np.uint8 else 1)  # (H, W)
    high = max(1, round(wide * values.shape[0] / values.shape[1] / 2))
    values = np.clip(resize(values, 2 * high, wide), 0, 1)
    if not coloured:
        levels = np.rint((values[::2] + values[1::2]) / 2 * (len(SHADES) - 1)).astype(int)
        return [Text("".join(SHADES[level] for level in row)) for row in levels]
    grey = np.rint(255 * values).astype(int)
    return [
        Text.assemble(*(("▀", f"rgb({a},{a},{a}) on rgb({b},{b},{b})") for a, b in zip(above, below)))
        for above, below in zip(grey[::2], grey[1::2])
    ]


def cards(console: Console, predictions: Sequence[Prediction]) -> None:
    """Pictures side by side with the predicted class, its probability, and the true class if that differs."""
    across = _across(console)
    for at in range(0, len(predictions), across):
        some = predictions[at : at + across]
        _side_by_side(console, [p.picture for p in some])
        lines = [f"{'✓' if p.correct else '✗'} {p.predicted} {probability_percent(p.probability)}" for p in some]
        truths = ["" if p.correct else f"  truth {p.label}" for p in some]
        for captions in (lines, truths, [f"  #{p.index}" for p in some]):
            console.print(Text(GAP.join(f"{caption[:WIDE]:<{WIDE}}" for caption in captions).rstrip()))
        console.print()


def examples(console: Console, split: Split, classes: Sequence[str]) -> None:
    """A row of pictures for each class, as many as fit."""
    for k, name in enumerate(classes):
        console.print(Text(name, "bold"))
        _side_by_side(console, split.x[split.labels == k][: _across(console)])
        console.print()


def chart(
    console: Console, curves: Mapping[str, Curve], title: str, percent: bool = False, unit: str = "epoch"
) -> None:
    """Curves over the epochs or steps, drawn with a mark at each place, and a legend."""
    values = [v for curve in curves.values() for v in curve.values]
    low, high = min(values), max(values)
    first = 0 if any(curve.lows for curve in curves.values()) else 1
    epochs = ceil(max(curve.epochs[-1] for curve in curves.values()))
    most = max(len(curve.values) for curve in curves.values())
    wide = min(max(24, 6 * epochs, most), console.width - 12, 72)
    grid = [[" "] * wide for _ in range(LINES)]
    marks = [MARKS[i % len(MARKS)] for i in range(len(curves))]
    for mark, curve in reversed(list(zip(marks, curves.values()))):  # the first is on top
        for epoch, value in zip(curve.epochs, curve.values):
            line = round((high - value) / (high - low or 1) * (LINES - 1))
            grid[line][round((epoch - first) * (wide - 1) / max(1, epochs - first))] = mark
    console.print(Text(title, "bold"))
    for i, row in enumerate(grid):
        value = high - (high - low) * i / (LINES - 1)
        label = "" if i % ((LINES - 1) // 2) else f"{100 * value:.2f}%" if percent else f"{value:.4g}"
        console.print(Text(f"{label:>9} │{''.join(row)}".rstrip()))
    console.print(Text(f"{'':9} └{'─' * wide}"))
    console.print(Text(f"{'':10} {first:<{wide - 1 - len(unit) - len(str(epochs))}}{unit} {epochs}"))
    console.print(Text("   ".join(f"{mark} {name}" for mark, name in zip(marks, curves))))
    console.print()


def _across(console: Console) -> int:
    """How many pictures fit side by side."""
    return max(1, (console.width + len(GAP)) // (WIDE + len(GAP)))


def _side_by_side(console: Console, pictures: Iterable[Array]) -> None:
    coloured = console.is_terminal and console.color_system in ("256", "truecolor")
    for lines in zip(*(picture_lines(picture, coloured) for picture in pictures)):
        console.print(Text(GAP).join(lines), soft_wrap=True)
