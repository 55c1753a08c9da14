"""A figure of the times of all peers relative to numnist's, with a band for each network and number of threads."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numnist.bench.peers import CONTENDERS, OURS
from numnist.bench.rounds import spread
from numnist.bench.tables import EPOCH, INFERENCE, TRAINING, Record, advantage, runs
from numnist.support.errors import UsageError
from numnist.support.extras import install
from numnist.support.files import atomic_writer

# Okabe and Ito's colours, which work with any kind of colour vision; shapes tell backends apart too.
ORANGE, YELLOW, BLUE, GREEN, PINK, BLACK = "#D55E00", "#E69F00", "#0072B2", "#009E73", "#CC79A7", "#000000"
MARKS = {  # colour, shape, filled
    OURS: (BLACK, "o", True),
    "pytorch": (ORANGE, "o", True),
    "pytorch, freed pages kept": (ORANGE, "o", False),
    "pytorch, torch.compile": (ORANGE, "P", True),
    "tensorflow": (YELLOW, "s", True),
    "jax": (BLUE, "^", True),
    "scikit-learn": (GREEN, "D", True),
    "onnxruntime": (PINK, "v", True),
}
GREY, PALE = "#555555", "#f2f2f2"
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
FORMATS = (".png", ".svg", ".pdf")
WIDTH, LINE, MARGINS, DPI = 4.5, 0.17, 1.7, 160  # inches, WIDTH of a panel, LINE for each backend; dots per inch


def draw(record: Record, path: Path) -> None:
    """Write the figure in the format of the file's suffix.  Raises UsageError without matplotlib."""
    check(path)
    from matplotlib.figure import Figure  # not pyplot, which keeps figures and opens windows

    bands = dict(band for name, network in record["networks"].items() for band in runs(name, network))
    lines = {  # the backends in each band, from top to bottom
        name: [backend for backend in CONTENDERS if backend in run[TRAINING] or backend in run[INFERENCE]]
        for name, run in bands.items()
    }
    titles = {TRAINING: "One training step", INFERENCE: f"Inference on {record['answered']:,} pictures"}
    if record["epoch_pictures"]:
        titles[EPOCH] = f"From start to first epoch ({record['epoch_pictures']:,} pictures)"
    height = MARGINS + LINE * sum(len(p) + 1 for p in lines.values())
    figure = Figure((WIDTH * len(titles), height), layout="constrained")
    panels = figure.subplots(1, len(titles), sharey=True)
    for panel, (what, title) in zip(panels, titles.items()):
        panel.set_title(title, fontsize=11)
        top, middles = 0.0, []
        for i, (name, run) in enumerate(bands.items()):
            height = len(lines[name]) + 1
            panel.axhspan(top, top + height, color=PALE if i % 2 == 0 else "white", linewidth=0)
            for line, backend in enumerate(lines[name]):
                dot(panel, run, what, backend, top + line + 1)
            middles.append(top + height / 2)
            top += height
        finish(panel, top)
    panels[0].set_yticks(middles, [name.replace(", ", "\n") for name in bands], fontsize=11)
    shown = {label: mark for panel in panels for mark, label in zip(*panel.get_legend_handles_labels())}
    names = [name for name in CONTENDERS if name in shown]
    figure.legend(
        [shown[name] for name in names], names, loc="outside lower center", ncols=4, frameon=False, fontsize=9
    )
    with atomic_writer(path) as file:
        figure.savefig(file, format=path.suffix[1:], dpi=DPI)


def check(path: Path) -> None:
    """Raise UsageError if the figure cannot be drawn, before anything is measured."""
    if path.suffix not in FORMATS:
        raise UsageError(f"--figure {path}: the name must end in one of {', '.join(FORMATS)}.")
    if find_spec("matplotlib") is None:
        raise UsageError(f"--figure needs matplotlib, which is not installed: {install('figures')} brings it.")


def dot(panel: Any, run: Record, what: str, backend: str, y: float) -> None:
    """A backend's median ratio to numnist as a dot, a line from its lowest to its highest, and its time."""
    ratio = advantage(run, what, backend)
    if ratio is None:
        return
    colour, shape, filled = MARKS[backend]
    face = colour if filled else "white"
    panel.plot([ratio.lowest, ratio.highest], [y, y], color=colour, linewidth=1.5, solid_capstyle="butt")
    panel.plot(
        [ratio.median], [y], shape, color=colour, markerfacecolor=face, markersize=5.5, linestyle="none", label=backend
    )
    median, unit = spread(run[what][backend]).median, "s" if what == EPOCH else "ms"
    left = ratio.median < 1  # the text goes away from the line in the middle
    panel.annotate(
        f"{median:.3g} {unit}", (ratio.lowest if left else ratio.highest, y), (-6 if left else 6, 0), color=GREY,
        textcoords="offset points", fontsize=7.5, verticalalignment="center",
        horizontalalignment="right" if left else "left",
    )  # fmt: skip


def finish(panel: Any, bottom: float) -> None:
    """Set axes and grid of a panel."""
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
    panel.spines[["top", "right", "left"]].set_visible(False)
