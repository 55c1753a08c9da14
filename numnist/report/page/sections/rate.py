"""The search for the learning rate, where the run began with one."""

from __future__ import annotations

from math import ceil, floor, log10

from numnist.report.page.charts import BOTTOM, HIGH, LEFT, RIGHT, TOP, WIDE, line, nice_ticks, svg, text
from numnist.report.page.contents import Contents
from numnist.report.page.markup import Markup, Section, count, details, figure, table, tag
from numnist.training.find_rate import BEFORE, RateCurve

ROWS = 40  # of the table
LABELS = 5  # below the chart, at most


def rate(contents: Contents) -> Section:
    """The loss at each rate, the rate that was found, and the one that the run was trained with."""
    curve = contents.rate
    if curve is None:
        return Section("rate", "Learning rate", ())
    ended = ", where the loss was four times its smallest" if curve.diverged else ""
    schedule = "" if curve.share == 1 else f", and by {curve.share:.2g}, the mean of the schedule"
    words = (
        f"Before the run {count(len(curve.rates), 'step')} with rates from {curve.rates[0]:.2g} to "
        f"{curve.rates[-1]:.2g}{ended}, on a copy of the network, suggested the rate of {curve.suggestion:.2g}: that "
        f"with the smallest mean loss, {curve.lowest:.2g}, divided by {BEFORE:g}{schedule}. The run was trained with "
        f"{contents.recipe.optimizer.learning_rate:g}. The same seed finds the same rate."
    )
    keys = tag(
        "p",
        tag("span", tag("i", class_="key plain"), "the loss of each step faintly, and its running mean"),
        tag("span", tag("i", class_="key rate"), "the rate of the run"),
        class_="key-line",
    )
    every = -(-len(curve.rates) // ROWS)
    rows = [
        (f"{rate:.3g}", f"{loss:.3g}", f"{mean:.3g}")
        for rate, loss, mean in list(zip(curve.rates, curve.losses, curve.smoothed))[::every]
    ]
    numbers = details("The numbers", table("Rates that were tried", ("rate", "loss", "running mean"), rows))
    chart = figure(rate_chart(curve, contents.recipe.optimizer.learning_rate), tag("h3", "Loss at each rate"))
    return Section("rate", "Learning rate", (tag("p", words), keys, tag("div", chart, class_="pair"), numbers))


def rate_chart(curve: RateCurve, used: float) -> Markup:
    """The loss by the rate, whose scale is logarithmic; what is far above the loss at the start is cut off."""
    top = max(curve.smoothed[0], min(2 * curve.smoothed[0], max(curve.smoothed)))
    low = min(curve.smoothed)
    ticks = nice_ticks(low, top if top > low else low + 1)
    ends = [log10(rate) for rate in (*curve.rates, used)]
    first, last = min(ends), max(ends)

    def place(rate: float, loss: float) -> tuple[float, float]:
        across = (log10(rate) - first) / (last - first)
        up = (min(ticks[-1], max(ticks[0], loss)) - ticks[0]) / (ticks[-1] - ticks[0])
        x, y = LEFT + 10 + across * (WIDE - LEFT - RIGHT - 20), TOP + (1 - up) * (HIGH - TOP - BOTTOM)
        return round(x, 1), round(y, 1)

    def path(losses: tuple[float, ...]) -> str:
        return " ".join("{},{}".format(*place(*point)) for point in zip(curve.rates, losses))

    parts = []
    for tick in ticks:
        y = place(curve.rates[0], tick)[1]
        parts += [line(LEFT, y, WIDE - RIGHT, y, "grid"), text(LEFT - 8, y + 4, f"{tick:g}", "end")]
    powers = range(ceil(first), floor(last) + 1)
    for power in powers[:: -(-len(powers) // LABELS)]:
        parts.append(text(place(10.0**power, ticks[0])[0], HIGH - BOTTOM + 18, f"{10.0**power:.0g}", "middle"))
    parts.append(text((LEFT + WIDE - RIGHT) / 2, HIGH - 4, "learning rate", "middle"))
    colour = "var(--series-1)"
    for losses, width, kind in ((curve.losses, 1, "batches"), (curve.smoothed, 2.5, None)):
        parts.append(
            tag("polyline", points=path(losses), fill="none", stroke=colour, stroke_width=width, class_=kind,
                stroke_linejoin="round")
        )  # fmt: skip
    x, low = place(used, ticks[0])
    parts.append(line(x, low, x, place(used, ticks[-1])[1], "rate"))
    label = (
        f"Loss at each learning rate: {curve.smoothed[0]:.3g} at {curve.rates[0]:.2g}, smallest at {curve.lowest:.2g}, "
        f"{curve.smoothed[-1]:.3g} at {curve.rates[-1]:.2g}; the run has {used:g}"
    )
    return svg(WIDE, HIGH, label, parts)
