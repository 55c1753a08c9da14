"""The report's charts, as SVG written by hand.

They take their colours and font from the page, are legible on a phone, and cost a hundredth of matplotlib's import.
Lengths are the drawing's own units: pixels on a wide screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil, floor, log10

from numnist.evaluation.calibration import Calibration
from numnist.evaluation.metrics import wilson_interval
from numnist.experiment.history import Curve
from numnist.report.page.markup import Markup, tag

WIDE, HIGH = 420, 250  # of a chart; the reliability diagram is higher
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 12, 38  # margins
MARKED = 40  # epochs; a longer curve has no marks


def line_chart(title: str, curves: Mapping[str, Curve], form: Callable[[float], str], logarithmic: bool) -> Markup:
    """Curves by name over the epochs: the batches faintly behind a running mean, rings where an epoch was measured.

    form: formats a value;  logarithmic: whether the scale is; values of 0 then lie on its lowest line, which says so.
    """
    shown = [value for curve in curves.values() for value in curve.values]
    first = 0 if any(curve.lows for curve in curves.values()) else 1
    last = ceil(max(curve.epochs[-1] for curve in curves.values()))
    ticks = log_ticks(shown) if logarithmic else nice_ticks(min(shown), max(shown))
    scale: Callable[[float], float] = log10 if logarithmic else float
    low, high = scale(ticks[0]), scale(ticks[-1])

    def place(epoch: float, value: float) -> tuple[float, float]:
        across = (epoch - first) / (last - first) if last > first else 0.5
        x = LEFT + 10 + across * (WIDE - LEFT - RIGHT - 20)
        share = (high - scale(min(ticks[-1], max(ticks[0], value)))) / (high - low)
        return round(x, 1), round(TOP + share * (HIGH - TOP - BOTTOM), 1)

    def path(points: Iterable[tuple[float, float]]) -> str:
        return " ".join("{},{}".format(*place(*point)) for point in points)

    parts: list[Markup] = []
    for tick in ticks:
        y = place(1, tick)[1]
        zero = logarithmic and tick == ticks[0] and min(shown) <= 0
        parts += [line(LEFT, y, WIDE - RIGHT, y, "grid"), text(LEFT - 8, y + 4, form(0 if zero else tick), "end")]
    for epoch in whole_ticks(last, first=first):
        parts.append(text(place(epoch, ticks[0])[0], HIGH - BOTTOM + 18, str(epoch), "middle"))
    parts.append(text((LEFT + WIDE - RIGHT) / 2, HIGH - 4, "epoch", "middle"))
    for series, (name, curve) in enumerate(curves.items(), 1):
        colour, points = f"var(--series-{series})", list(zip(curve.epochs, curve.values))
        if curve.lows:
            around = path([*zip(curve.epochs, curve.lows), *reversed(list(zip(curve.epochs, curve.highs)))])
            parts.append(tag("polygon", points=around, fill=colour, stroke=colour, class_="batches"))
        dashed = series == 1 and not curve.lows
        parts.append(
            tag("polyline", points=path(points), fill="none", stroke=colour, stroke_width=1.5 if series == 1 else 2.5,
                stroke_dasharray="5 3" if dashed else None, stroke_linejoin="round")
        )  # fmt: skip
        for at, value in points if len(points) <= MARKED and not curve.lows else ():
            x, y = place(at, value)
            label = tag("title", f"{name}, epoch {at}: {form(value)}")
            parts.append(tag("circle", label, cx=x, cy=y, r=4, fill="var(--background)", stroke=colour, stroke_width=2))
    ends = ", ".join(f"{name} from {form(c.values[0])} to {form(c.values[-1])}" for name, c in curves.items())
    return svg(WIDE, HIGH, f"{title} by epoch: {ends}", parts)


def reliability(calibration: Calibration) -> Markup:
    """Accuracy by confidence in bins, with 95% intervals; below, the number of predictions in each bin."""
    square, strip = 300, 56  # heights of the chart and of the counts below it
    side = WIDE - LEFT - RIGHT
    below = TOP + square + 14

    def at(x: float, y: float) -> tuple[float, float]:
        return round(LEFT + x * side, 1), round(TOP + (1 - y) * square, 1)

    parts: list[Markup] = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        x, y = at(share, share)
        parts += [line(LEFT, y, WIDE - RIGHT, y, "grid"), text(LEFT - 8, y + 4, f"{share:.0%}", "end")]
        anchor = "end" if share == 1 else "middle"
        parts.append(text(x, below + strip + 18, f"{share:.0%}", anchor))
    parts.append(line(*at(0, 0), *at(1, 1), "ideal"))
    deepest = log10(1 + max(b.count for b in calibration.bins))
    for b in calibration.bins:
        if b.accuracy is None or b.confidence is None:
            continue
        x, y = at(b.low, b.accuracy)
        width = side / len(calibration.bins) - 2
        label = f"confidence {b.low:.0%} to {b.high:.0%}: {b.count:,} predictions, {b.accuracy:.1%} of them correct"
        parts.append(rect(x + 1, y, width, TOP + square - y, "bar", label))
        low, high = wilson_interval(round(b.accuracy * b.count), b.count)
        x, y = at(b.confidence, b.accuracy)
        parts.append(line(x, at(0, low)[1], x, at(0, high)[1], "whisker"))
        parts.append(tag("circle", tag("title", label), cx=x, cy=y, r=4, class_="dot"))
        tall = strip * log10(1 + b.count) / deepest
        parts.append(rect(at(b.low, 0)[0] + 1, below + strip - tall, width, tall, "count", label))
    parts.append(text(LEFT - 8, below + strip - 2, "count", "end"))
    parts.append(text(LEFT + side / 2, below + strip + 36, "confidence", "middle"))
    error = f"expected calibration error {calibration.expected_error:.2%}"
    return svg(WIDE, below + strip + 42, f"Reliability of {calibration.count:,} predictions; {error}", parts)


def volume(shape: Sequence[int], tallest: int, longest: int) -> Markup:
    """An activation's shape: channels (C, H, W) as sheets one behind the other, numbers (n,) as a column.

    tallest: the largest height or width of all (C, H, W) in the network;  longest: the largest n.
    """
    size, base = 84, 76  # of the drawing, and the y on which all stand
    if len(shape) == 1:
        tall = 14 + 52 * log10(1 + shape[0]) / log10(1 + longest)
        return svg(24, size, "", [rect(6, base - tall, 12, tall, "sheet")])
    C, H, W = shape
    behind = min(6, round(log10(C) * 4))
    tall, wide = 8 + 44 * H / tallest, 8 + 44 * min(1.0, W / tallest)
    sheets = [rect(1 + 3 * k, base - tall - 3 * k, wide, tall, "sheet") for k in reversed(range(behind + 1))]
    return svg(round(wide + 3 * behind + 2), size, "", sheets)


def nice_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from at or below low to at or above high: at most `most` steps."""
    if low == high:
        low, high = low - (abs(low) * 0.02 or 1.0), high + (abs(high) * 0.02 or 1.0)
    span = high - low
    size = 10 ** floor(log10(span / (most - 1)))
    for step in (size, 2 * size, 5 * size, 10 * size, 20 * size):
        first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
        if last - first <= most:
            break
    return [round(k * step, 12) for k in range(first, last + 1)]


def decade_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Powers of ten that enclose low and high, both above 0; 2 and 5 times these too, if that makes at most `most`."""
    first, last = floor(log10(low)), ceil(log10(high))
    for factors in ((1, 2, 5), (1,)):
        every = [float(f"{factor}e{power}") for power in range(first, last + 1) for factor in factors]
        start = max(k for k, tick in enumerate(every) if tick <= low)
        ticks = every[start : 1 + min(k for k, tick in enumerate(every) if tick >= high)]
        if len(ticks) <= most:
            break
    return ticks


def log_ticks(values: Sequence[float]) -> list[float]:
    """Ticks of a logarithmic scale; where there are zeros it has one more, for them, below the smallest other value."""
    above = [value for value in values if value > 0]
    low = min(above) / 2 if len(above) < len(values) else min(above)
    return decade_ticks(low, max(above))


def whole_ticks(epochs: int, most: int = 8, first: int = 1) -> list[int]:
    """Epochs to label: the first, the last, and round ones between that do not overlap them."""
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10**9) if epochs / s <= most)
    between = [each for each in range(step, epochs, step) if each - first >= step / 2 and epochs - each >= step / 2]
    return sorted({first, *between, epochs})


def svg(wide: float, high: float, label: str, parts: Sequence[Markup]) -> Markup:
    attributes = {"role": "img", "aria_label": label, "class_": "chart"} if label else {"aria_hidden": "true"}
    return tag("svg", *parts, viewBox=f"0 0 {wide} {high}", width=wide, height=high, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def rect(x: float, y: float, width: float, height: float, kind: str, title: str | None = None) -> Markup:
    sizes = {"x": round(x, 1), "y": round(y, 1), "width": round(width, 1), "height": round(height, 1)}
    return tag("rect", None if title is None else tag("title", title), **sizes, class_=kind)


def text(x: float, y: float, text: str, anchor: str) -> Markup:
    return tag("text", text, x=round(x, 1), y=round(y, 1), text_anchor=anchor)
