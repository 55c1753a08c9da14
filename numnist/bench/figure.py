"""Figure: the times of all peers relative to numnist's, a row a network."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numnist.bench.ratios import ANSWERING, TRAINING, advantage
from numnist.bench.rounds import spread
from numnist.bench.side import KINDS, OURS
from numnist.support.errors import UsageError
from numnist.support.files import atomic_writer

Record = Mapping[str, Any]
# Okabe and Ito's colours, which people with any kind of colour vision tell apart; shapes say it a second time.
ORANGE, YELLOW, BLUE, GREEN, PINK, BLACK = "#D55E00", "#E69F00", "#0072B2", "#009E73", "#CC79A7", "#000000"
MARKS = {  # colour, shape, filled
    OURS: (BLACK, "o", True),
    "pytorch": (ORANGE, "o", True),
    "pytorch, freed pages kept": (ORANGE, "o", False),
    "tensorflow": (YELLOW, "s", True),
    "jax": (BLUE, "^", True),
    "scikit-learn": (GREEN, "D", True),
    "onnxruntime": (PINK, "v", True),
}
GREY, PALE = "#555555", "#f2f2f2"
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
FORMATS = (".png", ".svg", ".pdf")
WIDTH, LINE, MARGINS, DPI = 9.0, 0.17, 1.7, 160  # inches, of which LINE is a side's height; dots an inch


def draw(record: Record, path: Path) -> None:
    """Write the figure, in the format that the file's name says.  Raises UsageError without matplotlib."""
    check(path)
    from matplotlib.figure import Figure  # not pyplot, which would keep it and open windows

    networks = record["networks"]
    lines = {name: places(network) for name, network in networks.items()}
    figure = Figure((WIDTH, MARGINS + LINE * sum(len(p) + 1 for p in lines.values())), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    titles = ("One training step", f"Reading {record['answered']:,} pictures")
    for panel, what, title in zip(panels, (TRAINING, ANSWERING), titles):
        panel.set_title(title, fontsize=11)
        top, middles = 0.0, []
        for i, (name, network) in enumerate(networks.items()):
            height = len(lines[name]) + 1
            panel.axhspan(top, top + height, color=PALE if i % 2 == 0 else "white", linewidth=0)
            for line, side in enumerate(lines[name]):
                dot(panel, network, what, side, top + line + 1)
            middles.append(top + height / 2)
            top += height
        finish(panel, top)
    panels[0].set_yticks(middles, list(networks), fontsize=11)
    shown = {label: mark for panel in panels for mark, label in zip(*panel.get_legend_handles_labels())}
    names = [name for name in KINDS if name in shown]
    figure.legend(
        [shown[name] for name in names], names, loc="outside lower center", ncols=4, frameon=False, fontsize=9
    )
    with atomic_writer(path) as file:
        figure.savefig(file, format=path.suffix[1:], dpi=DPI)


def check(path: Path) -> None:
    """Raise UsageError for what could not be drawn, before anybody waits for the figures."""
    if path.suffix not in FORMATS:
        raise UsageError(f"--figure {path}: the name must end in one of {', '.join(FORMATS)}.")
    if find_spec("matplotlib") is None:
        raise UsageError("--figure needs matplotlib, which is not installed: pip install 'numnist[bench]'.")


def places(network: Record) -> list[str]:
    """The sides that have a line in a network's band, from top to bottom."""
    return [name for name in KINDS if name in network[TRAINING] or name in network[ANSWERING]]


def dot(panel: Any, network: Record, what: str, side: str, y: float) -> None:
    """One side's median ratio to numnist as a dot, a line from its lowest to its highest, and its milliseconds."""
    ratio = advantage(network, what, side)
    if ratio is None:
        return
    colour, shape, filled = MARKS[side]
    face = colour if filled else "white"
    panel.plot([ratio.lowest, ratio.highest], [y, y], color=colour, linewidth=1.5, solid_capstyle="butt")
    panel.plot(
        [ratio.median], [y], shape, color=colour, markerfacecolor=face, markersize=5.5, linestyle="none", label=side
    )
    median = spread(network[what][side]).median
    left = ratio.median < 1  # away from the line in the middle
    panel.annotate(
        f"{median:.3g} ms", (ratio.lowest if left else ratio.highest, y), (-6 if left else 6, 0), color=GREY,
        textcoords="offset points", fontsize=7.5, verticalalignment="center",
        horizontalalignment="right" if left else "left",
    )  # fmt: skip


def finish(panel: Any, bottom: float) -> None:
    """Axes and grid of a panel."""
    panel.axvline(1, color=BLACK, linewidth=1, zorder=1)
    panel.set_xscale("log")
    left, right = panel.get_xlim()
    left, right = left / 1.6, right * 1.5  # room for milliseconds
    panel.set_xlim(left, right)
    panel.set_xticks([tick for tick in TICKS if left <= tick <= right])
    panel.set_xticks([], minor=True)
    panel.xaxis.set_major_formatter(lambda value, _: f"{value:g}×")
    panel.set_xlabel("its time ÷ numnist's (above 1× numnist is faster)", fontsize=9)
    panel.grid(axis="x", color="#cccccc", linewidth=0.6)
    panel.set_ylim(bottom, 0)
    panel.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
