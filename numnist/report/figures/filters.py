"""The first layer's weights as small pictures, before, during and after training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from numnist.nn.base import Array
from numnist.report.figures.canvas import Canvas, kernel, length, signed
from numnist.report.figures.theme import Theme, rules

WIDE = 690.0  # of a row, in points
GAP, AGAIN = 5.0, 22.0  # between tiles, and between groups of units
LARGEST = 62.0


@rules()
def filters_figure(theme: Theme, weights: Mapping[str, Array], heading: tuple[str, str] | None = None) -> Any:
    """A column for each unit, a row for each moment, and a last row with the change from the first to the last.

    weights: by the moment's name, each (units, C, kh, kw).  All share one scale, with one colour for positive weights
    and another for negative ones; the change is scaled up to it.  Kernels of three channels are in colour around grey.
    """
    rows = {moment: w.astype(np.float64) for moment, w in weights.items()}
    names = list(rows)
    first, last = names[0], names[-1]
    scale = _scale(*rows.values())
    if first != last:
        change = rows[last] - rows[first]
        factor = scale / _scale(change)
        rows[f"change ×{factor:.2g}"] = change * factor
    units, _, kh, kw = rows[first].shape
    across = min(units, 16 if kw < 12 else 10)
    across = -(-units // -(-units // across))  # groups of nearly the same size
    tile = min(LARGEST, WIDE / across - GAP)
    high = tile * kh / kw
    left = 14 + max(length(moment, 9, bold=moment == last) for moment in rows)
    groups = [range(at, min(at + across, units)) for at in range(0, units, across)]
    group = len(rows) * (high + GAP) + AGAIN
    bottom = len(groups) * group - AGAIN + 16
    canvas = Canvas(theme, left + max(across * (tile + GAP) - GAP, 230), bottom + 12, heading)
    for g, some in enumerate(groups):
        for row, (moment, w) in enumerate(rows.items()):
            y = g * group + row * (high + GAP)
            canvas.write(
                left - 12, y + high / 2, moment, None if moment == last else theme.faint, bold=moment == last,
                align="right", valign="center_baseline",
            )  # fmt: skip
            for column, unit in enumerate(some):
                canvas.tile(kernel(theme, w[unit] / scale), left + column * (tile + GAP), y, tile, high)
    _key(canvas, left, bottom, scale)
    return canvas.figure


def _scale(*arrays: Array) -> float:
    """The 99.7th percentile of the weights' sizes: the few beyond it have the deepest colour too."""
    return float(np.percentile(np.abs(np.concatenate([a.ravel() for a in arrays])), 99.7)) or 1.0


def _key(canvas: Canvas, x: float, y: float, scale: float) -> None:
    """The colour scale."""
    theme, least = canvas.theme, f"−{scale:.2g}"
    start = x + 6 + length(least, 8)
    canvas.write(start - 6, y + 9, least, theme.faint, size=8, align="right")
    canvas.tile(signed(theme, np.linspace(-1, 1, 41)[None]), start, y, 123, 12)
    canvas.write(start + 129, y + 9, f"{scale:.2g}", theme.faint, size=8)
