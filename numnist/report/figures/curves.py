"""Loss and accuracy over the epochs of one or several runs, and their final accuracies."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from numnist.experiment.history import History
from numnist.report.figures.canvas import Canvas, length, shortened
from numnist.report.figures.theme import FONT, Theme, rules

LEFT, TOP, WIDE, HIGH, BETWEEN = 44.0, 24.0, 310.0, 230.0, 64.0  # of the first panel, and to the next, in points
BAR = 150.0  # the whole range of accuracies
REACHED = "Final accuracy"
LABEL = 170.0  # of a curve's name, at most
LINE = 12.0  # between two such labels
MARKS = "os^Dv<P*"  # a shape for each colour, so that colour is never the only difference
LOG = 20.0  # the ratio of losses or errors from which the axis is logarithmic
LEAST = 1e-4  # the smallest error on a logarithmic axis, which cannot show 0
TICKS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999)


@rules()
def history_figure(
    theme: Theme, histories: Sequence[History], names: Sequence[str], heading: tuple[str, str] | None = None
) -> Any:
    """Loss on the left, accuracy on the right; training dashed, validation solid."""
    single = len(histories) == 1
    ends = ["training", "validation"] if single else [shortened(name, LABEL, 9) for name in names]
    canvas = Canvas(theme, LEFT + 2 * WIDE + BETWEEN + 24 + max(length(end, 9) for end in ends), HIGH + 58, heading)
    for k, prefix in enumerate(("loss", "accuracy")):
        x = LEFT + k * (WIDE + BETWEEN)
        axes = canvas.panel(x, TOP, WIDE, HIGH)
        tips: dict[int, float] = {}  # the last value of each style: one style a run, or two for a single run
        drawn: list[float] = []
        for i, history in enumerate(histories):
            for j, quantity in enumerate((prefix, f"validation_{prefix}")):
                curve, style = history.curve(quantity), j if single else i
                if curve:
                    _curve(theme, axes, curve, style, dashed=j == 0)
                    tips[style] = curve[-1]
                    drawn += curve
        scale = _scale(theme, axes, drawn, percent=k == 1)
        _title(canvas, x - LEFT + 8 * k, prefix.capitalize(), scale)
    _names(canvas, axes, x + WIDE + 14, [(value, ends[style], style) for style, value in tips.items()])
    if not single:
        _key(canvas, LEFT + WIDE)
    return canvas.figure


@rules()
def comparison_figure(
    theme: Theme, histories: Sequence[History], labels: Sequence[str], heading: tuple[str, str] | None = None
) -> Any:
    """Training loss over the epochs on the left; on the right the final accuracies, best first."""
    texts = [shortened(label, LABEL + 40, 9) for label in labels]
    x = LEFT + WIDE + 40
    bars = x + 24 + max(length(text, 9) for text in texts)
    reached = [history.reached() for history in histories]
    values = [each["accuracy"] for each in reached]
    spans = [each["confidence_interval"] or (each["accuracy"],) * 2 for each in reached]
    which = " or ".join(sorted({each["pictures"] for each in reached})) + " pictures"
    if any(each["confidence_interval"] for each in reached):
        which += ", with its 95% interval"
    end = max(bars + BAR + 52, x + 8 + length(REACHED, 10, bold=True) + length(which, 8.5))
    canvas = Canvas(theme, end, HIGH + 58, heading)
    axes = canvas.panel(LEFT, TOP, WIDE, HIGH)
    for i, history in enumerate(histories):
        _curve(theme, axes, history.curve("loss"), i)
    losses = [value for history in histories for value in history.curve("loss")]
    _title(canvas, 0, "Training loss", _scale(theme, axes, losses, percent=False))
    _title(canvas, x, REACHED, which)
    low, high = min(start for start, _ in spans), max(stop for _, stop in spans)
    spread = high - low or 1.0
    step = min(40.0, HIGH / len(histories))
    for row, i in enumerate(sorted(range(len(histories)), key=lambda i: -values[i])):
        y, (colour, _) = TOP + (row + 0.5) * step, _style(theme, i)
        at, start, stop = (bars + BAR * (share - low) / spread for share in (values[i], *spans[i]))
        canvas.line([bars, bars + BAR], [y, y], theme.grid, 0.8)
        canvas.line([start, stop], [y, y], colour, 2.4)
        _mark(canvas, x + 5, y, i)
        _mark(canvas, at, y, i)
        canvas.write(x + 16, y, texts[i], valign="center_baseline")
        canvas.write(end, y, f"{100 * values[i]:.2f}%", bold=row == 0, align="right", valign="center_baseline")
    return canvas.figure


def _curve(theme: Theme, axes: Any, values: Sequence[float], style: int, dashed: bool = False) -> None:
    """One curve from epoch 1, with marks if there are few epochs: a single point has no line."""
    colour, mark = _style(theme, style)
    axes.plot(
        range(1, len(values) + 1), values, color=colour, linewidth=1.4 if dashed else 2.2, clip_on=False,
        linestyle=(0, (3, 2)) if dashed else "-", solid_capstyle="round", solid_joinstyle="round",
        marker=mark if len(values) <= 30 else None, markersize=4.5 if dashed else 5.5,
        markerfacecolor="none" if dashed else colour,
    )  # fmt: skip


def _scale(theme: Theme, axes: Any, values: Sequence[float], percent: bool) -> str:
    """Format the axes: whole epochs, losses or percent.  Returns a remark if the scale is logarithmic, else ""."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

    epochs = max(len(line.get_xdata()) for line in axes.lines)
    axes.set_xlim((1, epochs) if epochs > 1 else (0.5, 1.5))
    axes.xaxis.set_major_locator(MaxNLocator(min(8, epochs), integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    axes.set_xlabel("epoch", color=theme.faint, fontsize=9, fontfamily=FONT, labelpad=4)
    lows = [max(1 - v, LEAST) if percent else v for v in values]
    logarithmic = min(lows) > 0 and max(lows) / min(lows) > LOG
    if logarithmic and percent:
        axes.set_yscale("function", functions=(_nines, lambda nines: 1 - 10.0 ** -np.asarray(nines)))
        axes.yaxis.set_major_locator(FixedLocator([t for t in TICKS if min(values) <= t <= max(values)]))
        low, high = _nines(min(values)), _nines(max(values))
        axes.set_ylim(1 - 10 ** (0.05 * (high - low) - low), 1 - 10 ** -(high + 0.05 * (high - low)))
    elif logarithmic:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.5g}%" if percent else f"{v:g}"))
    return "" if not logarithmic else "logarithmic in the errors" if percent else "logarithmic"


def _nines(accuracy: Any) -> Any:
    """0.9 -> 1, 0.99 -> 2, 0.999 -> 3"""
    return -np.log10(np.maximum(1 - np.asarray(accuracy), LEAST))


def _title(canvas: Canvas, x: float, what: str, scale: str) -> None:
    canvas.write(x, 10, what, size=10, bold=True)
    canvas.write(x + 8 + length(what, 10, bold=True), 10, scale, canvas.theme.faint, size=8.5)


def _names(canvas: Canvas, axes: Any, x: float, tips: list[tuple[float, str, int]]) -> None:
    """Mark and name at each curve's end (its value, name and style), moved apart where they would overlap."""
    shares = axes.transScale + axes.transLimits  # from values to shares of the panel
    wanted = sorted((TOP + HIGH * (1 - shares.transform((1, value))[1]), *others) for value, *others in tips)
    ys = list(accumulate((y for y, _, _ in wanted), lambda above, y: max(y, above + LINE)))
    for i, (y, (_, name, style)) in enumerate(zip(ys, wanted), 1):
        y = min(y, TOP + HIGH - (len(ys) - i) * LINE)  # below the panel: back up
        _mark(canvas, x, y, style)
        canvas.write(x + 10, y, name, valign="center_baseline")


def _mark(canvas: Canvas, x: float, y: float, style: int) -> None:
    colour, mark = _style(canvas.theme, style)
    canvas.line([x], [y], colour, marker=mark, markersize=5.5, zorder=3)


def _style(theme: Theme, i: int) -> tuple[str, str]:
    """Colour and mark of the i-th run; colours repeat with other marks."""
    round_, place = divmod(i, len(theme.series))
    return theme.series[place], MARKS[(place + round_) % len(MARKS)]


def _key(canvas: Canvas, right: float) -> None:
    """Which line is which: dashed training, solid validation."""
    faint = canvas.theme.faint
    for x, text, style in ((right - 138, "training", (0, (3, 2))), (right - 66, "validation", "-")):
        canvas.line([x - 20, x - 5], [7, 7], faint, 1.4 if text == "training" else 2.2, linestyle=style)
        canvas.write(x, 10, text, faint, size=8.5)
