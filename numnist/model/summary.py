"""Summary: a model as a table that prints well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from numnist.nn.base import Shape

if TYPE_CHECKING:
    from numnist.model.model import Model


@dataclass(frozen=True)
class Row:
    """One layer: its place in the network, its source, shapes, numbers of parameters and multiply-adds."""

    place: str
    layer: str
    in_shape: Shape
    out_shape: Shape
    parameters: int
    macs: int


def rows(model: Model) -> list[Row]:
    """All layers that hold no others, in order."""
    return [
        Row(place, repr(plan.layer), plan.in_shape, plan.out_shape, plan.size, plan.macs)
        for place, plan in model.plan.leaves()
    ]


def macs(number: int) -> str:
    """Multiply-adds with three digits, as 1.23 MMAC; nothing for none."""
    for size, unit in ((10**9, "GMAC"), (10**6, "MMAC"), (10**3, "kMAC")):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number} MAC" if number else ""


def summary(model: Model) -> str:
    """The table, and a last line with the sums."""
    head = ("", "layer", "shape of one sample", "parameters", "multiply-adds")
    cells = [
        (
            row.place,
            row.layer,
            f"{row.in_shape} -> {row.out_shape}",
            f"{row.parameters:,}" if row.parameters else "",
            macs(row.macs),
        )
        for row in rows(model)
    ]
    widths = [max(len(row[i]) for row in [head, *cells]) for i in range(5)]
    lines = [
        f"{a:>{widths[0]}}  {b:<{widths[1]}}  {c:<{widths[2]}}  {d:>{widths[3]}}  {e:>{widths[4]}}".rstrip()
        for a, b, c, d, e in [head, *cells]
    ]
    running = model.plan.size - model.trained
    total = f"{model.plan.size:,} parameters" + (f" ({running:,} of them running statistics)" if running else "")
    size = f"{model.theta.nbytes / 1e6:.2f} MB as {model.dtype}"
    return "\n".join([*lines, f"{total}, {macs(model.plan.total_macs) or '0 MAC'} a picture, {size}"])
