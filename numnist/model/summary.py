"""A network as a table: each layer's shapes, parameters and multiply-adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numnist.nn.base import Plan, Shape


@dataclass(frozen=True)
class Row:
    """One layer: its place in the network, its constructor, its shapes without N, its parameters and multiply-adds."""

    place: str
    layer: str
    in_shape: Shape
    out_shape: Shape
    parameters: int
    macs: int


def rows(plan: Plan) -> list[Row]:
    """All layers that contain no others, in order."""
    return [
        Row(place, repr(leaf.layer), leaf.in_shape, leaf.out_shape, leaf.size, leaf.macs)
        for place, leaf in plan.leaves()
    ]


def macs(number: int) -> str:
    """Multiply-adds with three digits, as in 1.23 MMAC; empty for none."""
    for size, unit in ((10**9, "GMAC"), (10**6, "MMAC"), (10**3, "kMAC")):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number} MAC" if number else ""


def summary(plan: Plan, dtype: Any) -> str:
    """The table, and a last line with the totals.  dtype: of the parameters."""
    table = [("", "layer", "shape of one sample", "parameters", "multiply-adds")]
    for row in rows(plan):
        numbers = f"{row.parameters:,}" if row.parameters else "", macs(row.macs)
        table.append((row.place, row.layer, f"{row.in_shape} -> {row.out_shape}", *numbers))
    widths = [max(map(len, column)) for column in zip(*table)]
    lines = ["  ".join(f"{c:{a}{w}}" for c, a, w in zip(cells, "><<>>", widths)).rstrip() for cells in table]
    running = sum(param.size for _, param in plan.walk() if param.momentum is not None)
    total = f"{plan.size:,} parameters" + (f" ({running:,} of them running statistics)" if running else "")
    megabytes = plan.size * np.dtype(dtype).itemsize / 1e6
    return "\n".join(
        [*lines, f"{total}, {macs(plan.total_macs) or '0 MAC'} a picture, {megabytes:.2f} MB as {np.dtype(dtype)}"]
    )
