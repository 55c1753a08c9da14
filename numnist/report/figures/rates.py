"""The loss at each learning rate of a search for one."""

from __future__ import annotations

from typing import Any

from numnist.report.figures.canvas import Canvas, length
from numnist.report.figures.theme import Theme, rules
from numnist.training.find_rate import RateCurve

LEFT, TOP, WIDE, HIGH = 44.0, 24.0, 480.0, 250.0  # of the panel, in points


@rules()
def rates_figure(theme: Theme, curve: RateCurve, heading: tuple[str, str] | None = None) -> Any:
    """The loss of each step faintly, its running mean, and a line at the suggested rate."""
    from matplotlib.ticker import FuncFormatter, NullLocator

    canvas = Canvas(theme, LEFT + WIDE + 16, TOP + HIGH + 52, heading)
    canvas.write(8, TOP - 10, "Training loss", size=10, bold=True)
    axes = canvas.panel(LEFT, TOP, WIDE, HIGH)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{rate:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    low, high = min(curve.smoothed), max(curve.smoothed[0], min(2 * curve.smoothed[0], max(curve.smoothed)))
    room = 0.05 * (high - low)
    axes.set_ylim(max(0.0, low - room), high + room)
    axes.plot(curve.rates, curve.losses, color=theme.accent, alpha=0.35, linewidth=0.9)
    axes.plot(curve.rates, curve.smoothed, color=theme.accent, linewidth=2)
    axes.axvline(curve.suggestion, color=theme.ink, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.annotate(
        f"suggested {curve.suggestion:.2g}", (curve.suggestion, high), xytext=(6, -4), textcoords="offset points",
        color=theme.ink, fontsize=9, verticalalignment="top",
    )  # fmt: skip
    text = "learning rate"
    canvas.write(LEFT + (WIDE - length(text, 9)) / 2, TOP + HIGH + 40, text, theme.faint)
    return canvas.figure
