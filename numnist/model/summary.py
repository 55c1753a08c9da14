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
    head = ("", "layer", "shape of one sample", "parameters", "multiply-adds")
    cells = [
        (
            row.place,
            row.layer,
            f"{row.in_shape} -> {row.out_shape}",
            f"{row.parameters:,}" if row.parameters else "",
            macs(row.macs),
        )
        for row in rows(plan)
    ]
    widths = [max(len(row[i]) for row in [head, *cells]) for i in range(5)]
    lines = [
        f"{a:>{widths[0]}}  {b:<{widths[1]}}  {c:<{widths[2]}}  {d:>{widths[3]}}  {e:>{widths[4]}}".rstrip()
        for a, b, c, d, e in [head, *cells]
    ]
    running = sum(param.size for _, param in plan.walk() if param.momentum is not None)
    total = f"{plan.size:,} parameters" + (f" ({running:,} of them running statistics)" if running else "")
    megabytes = plan.size * np.dtype(dtype).itemsize / 1e6
    return "\n".join(
        [*lines, f"{total}, {macs(plan.total_macs) or '0 MAC'} a picture, {megabytes:.2f} MB as {np.dtype(dtype)}"]
    )
