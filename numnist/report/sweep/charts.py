"""The charts of a sweep, as SVG: accuracy against each field, parallel coordinates, and all learning curves.

What stands for a trial has its number as data-trial, by which sweep.js finds it in all charts.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from itertools import pairwise

from numnist.report.page.charts import BOTTOM, HIGH, LEFT, RIGHT, TOP, WIDE, line, svg, text, whole_ticks
from numnist.report.page.markup import Markup, tag
from numnist.report.sweep.accuracy import AccuracyAxis
from numnist.report.sweep.axes import Axis
from numnist.report.sweep.trials import QUANTITIES, Trial
from numnist.support.format import value_text

BROAD, TALL = 860, 300  # of the parallel coordinates
BEST = 3  # curves that stand out
LONGEST = 14  # letters of a label
LETTER, LINE = 7.0, 13.0  # how wide and high the letters of labels are, at most on the average


def field_chart(
    name: str, logarithmic: bool, trials: Sequence[Trial], accuracies: AccuracyAxis, quantity: str
) -> Markup:
    """Accuracy against one field: dots for complete trials, rings for pruned and crosses for failed ones.

    accuracies: an axis for those of all trials, the same in every such chart;  quantity: what the accuracy is
    """
    known = [trial for trial in trials if name in trial.choices]
    across = Axis.of((trial.choices[name] for trial in known), logarithmic)
    wide = WIDE - LEFT - RIGHT
    parts = _rows(accuracies, WIDE)
    for label, share in _apart(across.ticks, wide, lambda label: LETTER * (len(label) + 1)):
        parts.append(text(LEFT + share * wide, HIGH - BOTTOM + 18, label, "middle"))
    scale = " (logarithmic)" if across.logarithmic else ""
    parts.append(text(LEFT + wide / 2, HIGH - 4, name + scale, "middle"))
    for trial in sorted(known, key=lambda trial: trial.state == "complete"):
        value = trial.choices[name]
        x = round(LEFT + across.place(value) * wide, 1)
        title = tag("title", f"{trial.name}: {trial.outcome}, {value_text(value)}")
        if trial.accuracy is None:
            parts.append(_cross(x, HIGH - BOTTOM - 5, 4, title, data_trial=trial.number))
        else:
            kind = "dot" if trial.state == "complete" else "ring"
            y = _up(accuracies, trial.accuracy)
            parts.append(tag("circle", title, cx=x, cy=y, r=4.5, class_=kind, data_trial=trial.number))
    return svg(WIDE, HIGH, f"{QUANTITIES[quantity]} of {len(known)} trials against {name}{scale}", parts)


def parallel(
    names: Sequence[str], logarithmic: Container[str], trials: Sequence[Trial], accuracies: AccuracyAxis, quantity: str
) -> Markup:
    """A line for each trial through its value of every field to its accuracy; the best are bold.

    trials: at least one, each with all these fields and its accuracy;  accuracies: their axis
    """
    ends = sorted(((accuracies.place(t.accuracy), t) for t in trials if t.accuracy is not None), key=lambda end: end[0])
    axes = [Axis.of((trial.choices[name] for trial in trials), name in logarithmic) for name in names]
    left, right, top, bottom = 70, 70, 44, 14
    span = TALL - top - bottom
    places = [left + k * (BROAD - left - right) / len(names) for k in range(len(names) + 1)]

    def up(share: float) -> float:
        return round(TALL - bottom - share * span, 1)

    parts = [line(x, top, x, TALL - bottom, "grid") for x in places]
    for rank, (end, trial) in enumerate(ends):
        through = [up(axis.place(trial.choices[name])) for name, axis in zip(names, axes)] + [up(end)]
        points = " ".join(f"{round(x, 1)},{y}" for x, y in zip(places, through))
        kind = "trial best" if rank >= len(ends) - BEST else "trial"
        style = f"--share:{rank / max(1, len(ends) - 1):.2f}"  # by rank: accuracies crowd, and so would colours
        title = tag("title", trial.title)
        parts.append(tag("polyline", title, points=points, class_=kind, style=style, data_trial=trial.number))
    for k, (x, name) in enumerate(zip(places, [*names, QUANTITIES[quantity]])):
        anchor = "middle" if 0 < k < len(names) else "end" if k else "start"
        at = x if 0 < k < len(names) else BROAD - 4 if k else 4
        parts.append(text(at, 14 + 14 * (k % 2), name, anchor))
    for x, axis in zip(places, axes):
        parts += [text(x - 6, up(share) + 4, label, "end") for label, share in _apart(axis.ticks, span, lambda _: LINE)]
    parts += [text(places[-1] + 8, up(share) + 4, label, "start") for label, share in accuracies.ticks]
    if accuracies.perfect:
        y = up((1 + accuracies.top) / 2)
        parts.append(line(places[-1] - 16, y, BROAD - 16, y, "apart"))
    label = f"{len(ends)} complete trials as lines through {', '.join(names)} and {QUANTITIES[quantity].lower()}"
    return svg(BROAD, TALL, label, parts)


def learning_curves(trials: Sequence[Trial], accuracies: AccuracyAxis) -> Markup:
    """Validation accuracy by epoch of all trials, the best bold, with a dot, ring or cross where each ends.

    trials: at least one, each with a curve;  accuracies: the axis for these curves
    """
    shown = sorted(trials, key=lambda trial: (trial.state == "complete", trial.curve[-1]))
    epochs = max(len(trial.curve) for trial in shown)
    parts = _rows(accuracies, BROAD)

    def x(epoch: int) -> float:
        share = (epoch - 1) / (epochs - 1) if epochs > 1 else 0.5
        return round(LEFT + 10 + share * (BROAD - LEFT - RIGHT - 20), 1)

    parts += [text(x(epoch), HIGH - BOTTOM + 18, str(epoch), "middle") for epoch in whole_ticks(epochs)]
    parts.append(text(BROAD / 2, HIGH - 4, "epoch", "middle"))
    for rank, trial in enumerate(shown):
        points = [(x(epoch), _up(accuracies, value)) for epoch, value in enumerate(trial.curve, 1)]
        path = " ".join(f"{a},{b}" for a, b in points)
        title = tag("title", trial.title)
        drawn = {"class_": "curve best" if rank >= len(shown) - BEST else "curve", "data_trial": trial.number}
        parts.append(tag("g", title, tag("polyline", points=path), _end(trial.state, *points[-1]), **drawn))
    return svg(BROAD, HIGH, f"Validation accuracy by epoch of {len(shown)} trials", parts)


def _up(accuracies: AccuracyAxis, value: float) -> float:
    """The y of an accuracy."""
    return _height(accuracies.place(value))


def _height(share: float) -> float:
    return round(HIGH - BOTTOM - share * (HIGH - TOP - BOTTOM), 1)


def _rows(accuracies: AccuracyAxis, wide: float) -> list[Markup]:
    """A line across and a label for each tick; a dashed line between 100% and an axis that cannot reach it."""
    parts = []
    for label, share in accuracies.ticks:
        y = _height(share)
        parts += [line(LEFT, y, wide - RIGHT, y, "grid"), text(LEFT - 8, y + 4, label, "end")]
    if accuracies.perfect:
        y = _height((1 + accuracies.top) / 2)
        parts.append(line(LEFT, y, wide - RIGHT, y, "apart"))
    return parts


def _end(state: str, x: float, y: float) -> Markup:
    """How a learning curve ends: the marks are those of `field_chart`."""
    if state == "failed":
        return _cross(x, y, 3)
    return tag("circle", cx=x, cy=y, r=3, class_="dot" if state == "complete" else "ring")


def _cross(x: float, y: float, half: float, title: Markup | None = None, **attributes: int) -> Markup:
    path = f"M{x - half:g},{y - half:g}l{2 * half:g},{2 * half:g}m0,{-2 * half:g}l{-2 * half:g},{2 * half:g}"
    return tag("path", title, d=path, class_="failed", **attributes)


def _apart(
    ticks: Sequence[tuple[str, float]], room: float, size: Callable[[str], float]
) -> Sequence[tuple[str, float]]:
    """The labels of an axis: all, or every second, third ... one, such that none touch.

    ticks: (text, place), in order;  room: length of the axis;  size: of a label, along it
    """
    labels, every = [(_short(label), share) for label, share in ticks], 1
    while any(room * (b - a) < (size(one) + size(two)) / 2 for (one, a), (two, b) in pairwise(labels[::every])):
        every += 1
    return labels[::every]


def _short(label: str) -> str:
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
