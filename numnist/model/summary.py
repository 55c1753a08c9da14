"""A network as a table: each layer's shapes, parameters and multiply-adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numnist.nn.base import Plan, Shape

HEADS = ("", "layer", "shape of one sample", "parameters", "multiply-adds")


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
    table = [HEADS, *cells(plan)]
    widths = [max(map(len, column)) for column in zip(*table)]
    lines = ["  ".join(f"{c:{a}{w}}" for c, a, w in zip(row, "><<>>", widths)).rstrip() for row in table]
    return "\n".join([*lines, totals(plan, dtype)])


def cells(plan: Plan) -> list[tuple[str, ...]]:
    """The table's rows as text, below `HEADS`."""
    return [
        (
            row.place, row.layer, f"{row.in_shape} -> {row.out_shape}",
            f"{row.parameters:,}" if row.parameters else "", macs(row.macs),
        )
        for row in rows(plan)
    ]  # fmt: skip


def totals(plan: Plan, dtype: Any) -> str:
    """19,210 parameters, 1.23 MMAC a picture, 0.08 MB as float32"""
    running = sum(param.size for _, param in plan.walk() if param.momentum is not None)
    total = f"{plan.size:,} parameters" + (f" ({running:,} of them running statistics)" if running else "")
    megabytes = plan.size * np.dtype(dtype).itemsize / 1e6
    return f"{total}, {macs(plan.total_macs) or '0 MAC'} a picture, {megabytes:.2f} MB as {np.dtype(dtype)}"
