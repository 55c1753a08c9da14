"""The charts of a sweep, as SVG: accuracy against each field, parallel coordinates, and all learning curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numnist.report.page.charts import BOTTOM, HIGH, LEFT, RIGHT, TOP, WIDE, line, nice_ticks, svg, text, whole_ticks
from numnist.report.page.markup import Markup, tag
from numnist.report.sweep.axes import Axis, word
from numnist.support.format import percent

OBJECTIVE = "validation_accuracy"
BROAD, TALL = 860, 300  # of the parallel coordinates
BEST = 3  # curves that stand out
Trial = Mapping[str, Any]


def field_chart(name: str, trials: Sequence[Trial]) -> Markup:
    """Validation accuracy against one field: dots for complete trials, rings for pruned and crosses for failed ones."""
    known = [trial for trial in trials if name in trial["choices"]]
    across = Axis.of(trial["choices"][name] for trial in known)
    ticks, up = _accuracy_axis(known)
    wide = WIDE - LEFT - RIGHT
    parts = _rows(ticks, up, WIDE)
    for label, share in across.ticks:
        parts.append(text(LEFT + share * wide, HIGH - BOTTOM + 18, _short(label), "middle"))
    scale = " (logarithmic)" if across.logarithmic else ""
    parts.append(text(LEFT + wide / 2, HIGH - 4, name + scale, "middle"))
    for trial in sorted(known, key=lambda trial: trial["state"] == "complete"):
        x = round(LEFT + across.place(trial["choices"][name]) * wide, 1)
        title = tag("title", _title(trial))
        accuracy = trial[OBJECTIVE]
        if accuracy is None:
            y = HIGH - BOTTOM - 5
            parts.append(tag("path", title, d=f"M{x - 4},{y - 4}l8,8m0,-8l-8,8", class_="failed"))
        else:
            kind = "dot" if trial["state"] == "complete" else "ring"
            parts.append(tag("circle", title, cx=x, cy=up(accuracy), r=4.5, class_=kind))
    return svg(WIDE, HIGH, f"Validation accuracy of {len(known)} trials against {name}{scale}", parts)


def parallel(names: Sequence[str], trials: Sequence[Trial]) -> Markup:
    """A line for each complete trial through its value of every field to its accuracy; the best are bold."""
    shown = [
        t for t in trials if t["state"] == "complete" and t[OBJECTIVE] is not None and set(names) <= {*t["choices"]}
    ]
    shown.sort(key=lambda trial: trial[OBJECTIVE])
    axes = [Axis.of(trial["choices"][name] for trial in shown) for name in names]
    ticks, _ = _accuracy_axis(shown)
    left, right, top, bottom = 70, 70, 44, 14
    places = [left + k * (BROAD - left - right) / len(names) for k in range(len(names) + 1)]

    def at(axis: Axis, value: Any) -> float:
        return round(TALL - bottom - axis.place(value) * (TALL - top - bottom), 1)

    low, high = ticks[0], ticks[-1]
    span, last = TALL - top - bottom, places[-1]
    worst, best = shown[0][OBJECTIVE], shown[-1][OBJECTIVE]
    parts = [line(x, top, x, TALL - bottom, "grid") for x in places]
    for rank, trial in enumerate(shown):
        share = (trial[OBJECTIVE] - worst) / (best - worst) if best > worst else 1.0
        ends = [at(axis, trial["choices"][name]) for name, axis in zip(names, axes)]
        ends.append(round(TALL - bottom - (trial[OBJECTIVE] - low) / (high - low) * span, 1))
        points = " ".join(f"{round(x, 1)},{y}" for x, y in zip(places, ends))
        kind = "trial best" if rank >= len(shown) - BEST else "trial"
        title = tag("title", _title(trial))
        parts.append(tag("polyline", title, points=points, class_=kind, style=f"--share:{share:.2f}"))
    for k, (x, name) in enumerate(zip(places, [*names, "validation"])):
        parts.append(text(x if k else 4, 14 + 14 * (k % 2), name, "middle" if k else "start"))
    for x, axis in zip(places, axes):
        for label, share in axis.ticks:
            parts.append(text(x - 6, TALL - bottom - share * span + 4, _short(label), "end"))
    for tick in ticks:
        parts.append(text(last + 8, TALL - bottom - (tick - low) / (high - low) * span + 4, _percent(tick), "start"))
    label = f"{len(shown)} complete trials as lines through {', '.join(names)} and validation accuracy"
    return svg(BROAD, TALL, label, parts)


def learning_curves(trials: Sequence[Trial]) -> Markup:
    """Validation accuracy by epoch of all trials; the best are bold, and pruned ones end with a ring."""
    curves = [(trial, [epoch[OBJECTIVE] for epoch in trial["history"]]) for trial in trials]
    curves = [(trial, curve) for trial, curve in curves if curve and None not in curve]
    curves.sort(key=lambda each: (each[0]["state"] == "complete", each[1][-1]))
    ticks = nice_ticks(min(min(curve) for _, curve in curves), max(max(curve) for _, curve in curves))
    up = _scale(ticks)
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
        title = tag("title", _title(trial))
        parts.append(tag("polyline", title, points=path, class_="curve best" if best else "curve"))
        if trial["state"] == "pruned" or len(points) == 1:
            parts.append(tag("circle", title, cx=points[-1][0], cy=points[-1][1], r=3, class_="ring"))
    return svg(BROAD, HIGH, f"Validation accuracy by epoch of {len(curves)} trials", parts)


def _accuracy_axis(trials: Sequence[Trial]) -> tuple[list[float], Any]:
    """Ticks of the validation accuracies, and where one stands on a chart."""
    values = [trial[OBJECTIVE] for trial in trials if trial[OBJECTIVE] is not None] or [0.0, 1.0]
    ticks = nice_ticks(min(values), max(values))
    return ticks, _scale(ticks)


def _scale(ticks: Sequence[float]) -> Any:
    low, high = ticks[0], ticks[-1]
    return lambda value: round(TOP + (high - value) / (high - low) * (HIGH - TOP - BOTTOM), 1)


def _rows(ticks: Sequence[float], up: Any, wide: float) -> list[Markup]:
    rows = (
        [line(LEFT, up(t), wide - RIGHT, up(t), "grid"), text(LEFT - 8, up(t) + 4, _percent(t), "end")] for t in ticks
    )
    return [part for row in rows for part in row]


def _title(trial: Trial) -> str:
    choices = ", ".join(f"{name} {word(value)}" for name, value in trial["choices"].items())
    return f"{trial['name']}: {percent(trial[OBJECTIVE], missing=trial['state'])} ({choices})"


def _percent(share: float) -> str:
    return f"{100 * share:g}%"


def _short(label: str) -> str:
    return label if len(label) <= 14 else f"{label[:13]}…"
