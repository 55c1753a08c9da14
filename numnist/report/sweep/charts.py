"""The charts of a sweep, as SVG: accuracy against each field, parallel coordinates, and all learning curves.

`quantity` is the accuracy by which settings are ranked, the name of a trial's figure.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

from numnist.experiment.sweeps.record import OBJECTIVE, WITHOUT_VALIDATION
from numnist.report.page.charts import BOTTOM, HIGH, LEFT, RIGHT, TOP, WIDE, line, nice_ticks, svg, text, whole_ticks
from numnist.report.page.markup import Markup, tag
from numnist.report.sweep.axes import Axis
from numnist.support.format import percent, value_text

QUANTITIES = {OBJECTIVE: "Validation accuracy", WITHOUT_VALIDATION: "Test accuracy"}
BROAD, TALL = 860, 300  # of the parallel coordinates
BEST = 3  # curves that stand out
LONGEST = 14  # letters of a label
Trial = Mapping[str, Any]


def field_chart(name: str, logarithmic: bool, trials: Sequence[Trial], quantity: str) -> Markup:
    """Accuracy against one field: dots for complete trials, rings for pruned and crosses for failed ones."""
    known = [trial for trial in trials if name in trial["choices"]]
    across = Axis.of((trial["choices"][name] for trial in known), logarithmic)
    ticks = nice_ticks(*_ends([trial[quantity] for trial in known if trial[quantity] is not None] or [0.0, 1.0]))
    up = _upward(ticks)
    wide = WIDE - LEFT - RIGHT
    parts = _rows(ticks, up, WIDE)
    for label, share in across.ticks:
        parts.append(text(LEFT + share * wide, HIGH - BOTTOM + 18, _short(label), "middle"))
    scale = " (logarithmic)" if across.logarithmic else ""
    parts.append(text(LEFT + wide / 2, HIGH - 4, name + scale, "middle"))
    for trial in sorted(known, key=lambda trial: trial["state"] == "complete"):
        value = trial["choices"][name]
        x = round(LEFT + across.place(value) * wide, 1)
        title = tag("title", f"{_outcome(trial, quantity)}, {name} {value_text(value)}")
        if trial[quantity] is None:
            y = HIGH - BOTTOM - 5
            parts.append(tag("path", title, d=f"M{x - 4},{y - 4}l8,8m0,-8l-8,8", class_="failed"))
        else:
            kind = "dot" if trial["state"] == "complete" else "ring"
            parts.append(tag("circle", title, cx=x, cy=up(trial[quantity]), r=4.5, class_=kind))
    return svg(WIDE, HIGH, f"{QUANTITIES[quantity]} of {len(known)} trials against {name}{scale}", parts)


def parallel(names: Sequence[str], logarithmic: Container[str], trials: Sequence[Trial], quantity: str) -> Markup:
    """A line for each trial through its value of every field to its accuracy; the best are bold.

    trials: at least one, each with all these fields and its accuracy.
    """
    shown = sorted(trials, key=lambda trial: trial[quantity])
    axes = [Axis.of((trial["choices"][name] for trial in shown), name in logarithmic) for name in names]
    worst, best = shown[0][quantity], shown[-1][quantity]
    ticks = nice_ticks(worst, best)
    left, right, top, bottom = 70, 70, 44, 14
    span = TALL - top - bottom
    places = [left + k * (BROAD - left - right) / len(names) for k in range(len(names) + 1)]

    def up(share: float) -> float:
        return round(TALL - bottom - share * span, 1)

    def end(accuracy: float) -> float:
        return up((accuracy - ticks[0]) / (ticks[-1] - ticks[0]))

    parts = [line(x, top, x, TALL - bottom, "grid") for x in places]
    for rank, trial in enumerate(shown):
        share = (trial[quantity] - worst) / (best - worst) if best > worst else 1.0
        through = [up(axis.place(trial["choices"][name])) for name, axis in zip(names, axes)] + [end(trial[quantity])]
        points = " ".join(f"{round(x, 1)},{y}" for x, y in zip(places, through))
        kind = "trial best" if rank >= len(shown) - BEST else "trial"
        title = tag("title", _title(trial, quantity))
        parts.append(tag("polyline", title, points=points, class_=kind, style=f"--share:{share:.2f}"))
    for k, (x, name) in enumerate(zip(places, [*names, QUANTITIES[quantity]])):
        anchor = "middle" if 0 < k < len(names) else "end" if k else "start"
        at = x if 0 < k < len(names) else BROAD - 4 if k else 4
        parts.append(text(at, 14 + 14 * (k % 2), name, anchor))
    for x, axis in zip(places, axes):
        parts += [text(x - 6, up(share) + 4, _short(label), "end") for label, share in axis.ticks]
    parts += [text(places[-1] + 8, end(tick) + 4, _percent(tick), "start") for tick in ticks]
    label = f"{len(shown)} complete trials as lines through {', '.join(names)} and {QUANTITIES[quantity].lower()}"
    return svg(BROAD, TALL, label, parts)


def learning_curves(trials: Sequence[Trial]) -> Markup:
    """Validation accuracy by epoch of all trials; the best are bold, and pruned ones end with a ring.

    trials: at least one, each with the validation accuracy of every epoch.
    """
    curves = [(trial, [epoch[OBJECTIVE] for epoch in trial["history"]]) for trial in trials]
    curves.sort(key=lambda each: (each[0]["state"] == "complete", each[1][-1]))
    ticks = nice_ticks(*_ends([value for _, curve in curves for value in curve]))
    up = _upward(ticks)
    epochs = max(len(curve) for _, curve in curves)
    parts = _rows(ticks, up, BROAD)

    def x(epoch: int) -> float:
        share = (epoch - 1) / (epochs - 1) if epochs > 1 else 0.5
        return round(LEFT + 10 + share * (BROAD - LEFT - RIGHT - 20), 1)

    parts += [text(x(epoch), HIGH - BOTTOM + 18, str(epoch), "middle") for epoch in whole_ticks(epochs)]
    parts.append(text(BROAD / 2, HIGH - 4, "epoch", "middle"))
    for rank, (trial, curve) in enumerate(curves):
        points = [(x(epoch), up(value)) for epoch, value in enumerate(curve, 1)]
        best = rank >= len(curves) - BEST
        path = " ".join(f"{a},{b}" for a, b in points)
        title = tag("title", _title(trial, OBJECTIVE))
        parts.append(tag("polyline", title, points=path, class_="curve best" if best else "curve"))
        if trial["state"] == "pruned" or len(points) == 1:
            parts.append(tag("circle", title, cx=points[-1][0], cy=points[-1][1], r=3, class_="ring"))
    return svg(BROAD, HIGH, f"Validation accuracy by epoch of {len(curves)} trials", parts)


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _upward(ticks: Sequence[float]) -> Callable[[float], float]:
    """Where an accuracy stands on a chart with these ticks."""
    low, high = ticks[0], ticks[-1]
    return lambda value: round(TOP + (high - value) / (high - low) * (HIGH - TOP - BOTTOM), 1)


def _rows(ticks: Sequence[float], up: Callable[[float], float], wide: float) -> list[Markup]:
    rows = (
        [line(LEFT, up(t), wide - RIGHT, up(t), "grid"), text(LEFT - 8, up(t) + 4, _percent(t), "end")] for t in ticks
    )
    return [part for row in rows for part in row]


def _outcome(trial: Trial, quantity: str) -> str:
    return f"{trial['name']}: {percent(trial[quantity], missing=trial['state'])}"


def _title(trial: Trial, quantity: str) -> str:
    choices = ", ".join(f"{name} {value_text(value)}" for name, value in trial["choices"].items())
    return f"{_outcome(trial, quantity)} ({choices})"


def _percent(share: float) -> str:
    return f"{100 * share:g}%"


def _short(label: str) -> str:
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
