"""Loss and accuracy over the batches and epochs of one or several runs, and their final accuracies."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import ceil
from typing import Any

import numpy as np

from numnist.experiment.history import Curve, History, TrainingCurves
from numnist.lessons import Curves
from numnist.report.figures.canvas import Canvas, length, shortened
from numnist.report.figures.theme import FONT, Theme, rules

LEFT, TOP, WIDE, HIGH, BETWEEN = 44.0, 24.0, 310.0, 230.0, 64.0  # of the first panel, and to the next, in points
BAR = 150.0  # the whole range of accuracies
REACHED = "Final accuracy"
LABEL = 170.0  # of a curve's name, at most
LINE = 12.0  # between two such labels
MARKS = "so^Dv<P*"  # a shape for each colour, so that colour is never the only difference
FEW = 3  # runs, whose batches are drawn behind their running means: those of more would hide each other
LOG = 10.0  # the ratio of losses or errors from which the axis is logarithmic
LEAST = 1e-4  # the smallest error on a logarithmic axis, which cannot show 0
TICKS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999)


@rules()
def history_figure(
    theme: Theme, histories: Sequence[TrainingCurves], names: Sequence[str], heading: tuple[str, str] | None = None
) -> Any:
    """Loss on the left, accuracy on the right: the batches faintly, their running mean, and rings for validation."""
    single = len(histories) == 1
    own = ["training", "validation", "all training pictures"][: 3 if single and histories[0].learnt() else 2]
    ends = own if single else [shortened(name, LABEL, 9) for name in names]
    canvas = Canvas(theme, LEFT + 2 * WIDE + BETWEEN + 24 + max(length(end, 9) for end in ends), HIGH + 58, heading)
    for k, quantity in enumerate(("loss", "accuracy")):
        x = LEFT + k * (WIDE + BETWEEN)
        axes = canvas.panel(x, TOP, WIDE, HIGH)
        tips: dict[int, Curve] = {}  # of each style: one style a run, or two for a single run
        drawn: list[Curve] = []
        for i, history in enumerate(histories):
            found = [history.training(quantity), history.validation(quantity)]
            if single and quantity == "accuracy":
                found.append(history.learnt())
            for j, curve in enumerate(found):
                style = j if single else i
                if curve:
                    _curve(theme, axes, curve, style, rings=j > 0, faint=len(histories) <= FEW)
                    tips[style] = curve
                    drawn.append(curve)
        scale = _scale(theme, axes, drawn, percent=k == 1)
        _title(canvas, x - LEFT + 8 * k, quantity.capitalize(), scale)
    _names(canvas, axes, x + WIDE + 14, [(curve, ends[style], style) for style, curve in tips.items()])
    if not single:
        _key(canvas, LEFT + WIDE)
    return canvas.figure


@rules()
def panels_figure(theme: Theme, panels: Sequence[Curves], heading: tuple[str, str] | None = None) -> Any:
    """A panel for the curves of each, two in a row, every curve with its name behind it."""
    labels = max(length(name, 9) for panel in panels for name in panel.curves)
    wide, high = LEFT + WIDE + 24 + labels + 24, TOP + HIGH + 48
    columns = min(2, len(panels))
    canvas = Canvas(theme, columns * wide - 24, -(-len(panels) // columns) * high - 12, heading)
    for k, panel in enumerate(panels):
        x, y = k % columns * wide, k // columns * high
        axes, curves = canvas.panel(x + LEFT, y + TOP, WIDE, HIGH), list(panel.curves.values())
        for i, curve in enumerate(curves):
            _curve(theme, axes, curve, i, rings=not curve.lows, faint=len(curves) <= FEW)
        scale = _scale(theme, axes, curves, panel.percent, panel.unit)
        what = "" if panel.percent or panel.title == "Loss" else "training loss"
        _title(canvas, x, panel.title, ", ".join(filter(None, (what, scale))), y)
        _names(canvas, axes, x + LEFT + WIDE + 14, [(c, n, i) for i, (n, c) in enumerate(panel.curves.items())], y)
    return canvas.figure


@rules()
def comparison_figure(
    theme: Theme, histories: Sequence[History], labels: Sequence[str], heading: tuple[str, str] | None = None
) -> Any:
    """Training loss on the left; on the right the final accuracies, best first."""
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
    curves = [history.training("loss") for history in histories]
    for i, curve in enumerate(curves):
        _curve(theme, axes, curve, i, faint=len(curves) <= FEW)
    _title(canvas, 0, "Training loss", _scale(theme, axes, curves, percent=False))
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


def _curve(theme: Theme, axes: Any, curve: Curve, style: int, rings: bool = False, faint: bool = True) -> None:
    """One curve.   rings: at its points, as for validation;  faint: draw the batches behind a running mean."""
    colour, mark = _style(theme, style)
    if curve.lows:
        if faint:
            axes.fill_between(curve.epochs, curve.lows, curve.highs, color=colour, alpha=0.22, linewidth=0.6)
        axes.plot(curve.epochs, curve.values, color=colour, linewidth=1.4, solid_joinstyle="round", clip_on=False)
        return
    axes.plot(
        curve.epochs, curve.values, color=colour, linewidth=2.2 if rings else 1.4, clip_on=False, zorder=3,
        linestyle="-" if rings else (0, (3, 2)), solid_capstyle="round", solid_joinstyle="round",
        marker=mark if len(curve.values) <= 30 else None, markersize=5.5, markerfacecolor=theme.background,
        markeredgewidth=1.5,
    )  # fmt: skip


def _scale(theme: Theme, axes: Any, curves: Sequence[Curve], percent: bool, unit: str = "epoch") -> str:
    """Format the axes: epochs or steps, losses or percent.  Returns a remark if the scale is logarithmic, else "".

    The values decide the range; batches beyond it are cut off.
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

    epochs = ceil(max(curve.epochs[-1] for curve in curves))
    first = 0 if any(curve.lows for curve in curves) else 1
    axes.set_xlim((first, epochs) if epochs > first else (0.5, 1.5))
    axes.xaxis.set_major_locator(MaxNLocator(min(8, epochs), integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    axes.set_xlabel(unit, color=theme.faint, fontsize=9, fontfamily=FONT, labelpad=4)
    values = [value for curve in curves for value in curve.values]
    lows = [1 - v for v in values] if percent else values
    least = max(LEAST, min((low for low in lows if low > 0), default=LEAST) / 2)  # stands for no error at all
    logarithmic = min(lows) >= 0 and max(lows) / max(least, min(lows)) > LOG
    low, high = min(values), max(values)
    if logarithmic and percent:

        def nines(accuracy: Any) -> Any:  # 0.9 -> 1, 0.99 -> 2, 0.999 -> 3
            return -np.log10(np.maximum(1 - np.asarray(accuracy), least))

        perfect = 1 - least
        axes.set_yscale("function", functions=(nines, lambda n: 1 - 10.0 ** -np.asarray(n)))
        ticks = [t for t in TICKS if low <= t <= high and (high < 1 or t < perfect - least)]
        axes.yaxis.set_major_locator(FixedLocator(ticks + [perfect] * (high == 1)))
        low, high = nines(low), nines(high)
        axes.set_ylim(1 - 10 ** (0.05 * (high - low) - low), 1 - 10 ** -(high + 0.05 * (high - low)))
    elif logarithmic:
        axes.set_yscale("log")
        low = max(low, least)
        axes.set_ylim(low * (low / high) ** 0.05, high * (high / low) ** 0.05)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    else:
        room = 0.05 * (high - low) or 0.05 * abs(high) or 0.05
        axes.set_ylim(low - room, high + room)
    axes.yaxis.set_minor_locator(NullLocator())

    def form(value: float, _: object) -> str:
        if not percent:
            return f"{value:g}"
        return f"{100 * (1 if logarithmic and value >= 1 - least else value):.5g}%"

    axes.yaxis.set_major_formatter(FuncFormatter(form))
    return "" if not logarithmic else "logarithmic in the errors" if percent else "logarithmic"


def _title(canvas: Canvas, x: float, what: str, scale: str, top: float = 0) -> None:
    canvas.write(x, top + 10, what, size=10, bold=True)
    canvas.write(x + 8 + length(what, 10, bold=True), top + 10, scale, canvas.theme.faint, size=8.5)


def _names(canvas: Canvas, axes: Any, x: float, tips: list[tuple[Curve, str, int]], top: float = 0) -> None:
    """Mark and name at each curve's end (with its style), moved apart where they would overlap."""
    shares = axes.transScale + axes.transLimits  # from values to shares of the panel
    heights = (top + TOP + HIGH * (1 - shares.transform((1, curve.values[-1]))[1]) for curve, _, _ in tips)
    wanted = sorted(zip(heights, tips), key=lambda each: each[0])
    ys = list(accumulate((y for y, _ in wanted), lambda above, y: max(y, above + LINE)))
    for i, (y, (_, (curve, name, style))) in enumerate(zip(ys, wanted), 1):
        y = min(y, top + TOP + HIGH - (len(ys) - i) * LINE)  # below the panel: back up
        if curve.lows:  # as it is drawn
            canvas.line([x - 5, x + 5], [y, y], _style(canvas.theme, style)[0], 1.4)
        else:
            _mark(canvas, x, y, style, markerfacecolor=canvas.theme.background, markeredgewidth=1.5)
        canvas.write(x + 10, y, name, valign="center_baseline")


def _mark(canvas: Canvas, x: float, y: float, style: int, **options: Any) -> None:
    colour, mark = _style(canvas.theme, style)
    canvas.line([x], [y], colour, marker=mark, markersize=5.5, zorder=3, **options)


def _style(theme: Theme, i: int) -> tuple[str, str]:
    """Colour and mark of the i-th run; colours repeat with other marks."""
    round_, place = divmod(i, len(theme.series))
    return theme.series[place], MARKS[(place + round_) % len(MARKS)]


def _key(canvas: Canvas, right: float) -> None:
    """Which line is which: plain training, with rings validation."""
    faint = canvas.theme.faint
    for x, text in ((right - 138, "training"), (right - 66, "validation")):
        rings = text == "validation"
        ring = {"marker": "o", "markersize": 5, "markerfacecolor": canvas.theme.background} if rings else {}
        canvas.line([x - 20, x - 12.5, x - 5], [7] * 3, faint, 2.2 if rings else 1.4, markevery=[1], **ring)
        canvas.write(x, 10, text, faint, size=8.5)
