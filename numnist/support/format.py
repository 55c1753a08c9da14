"""Durations and shares as text for people."""

from __future__ import annotations

from typing import Any


def duration(seconds: float, fine: bool = False) -> str:
    """45 s, 3 min 05 s, 2 h 10 min.  fine: below 100 seconds 40 ms and 4.2 s."""
    if fine and seconds < 1:
        return f"{1e3 * seconds:.0f} ms"
    if fine and seconds < 100:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    if whole < 5400:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def measured_time(seconds: float) -> str:
    """A measurement, with three digits, in one unit: 12.3 µs, 4.56 ms, 7.89 s, 12 min, 3.4 h, 5.6 days."""
    for unit, size in (("days", 86400.0), ("h", 3600.0), ("min", 120.0), ("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / (60 if unit == 'min' else size):.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def percent(share: float | None, digits: int = 2, missing: str = "–") -> str:
    """99.24%, or `missing` for None."""
    return missing if share is None else f"{100 * share:.{digits}f}%"


def probability_percent(probability: float) -> str:
    """A probability that is never rounded to certainty: 99.97%, and 100% only where it is exactly 1."""
    digits = 1 if probability < 0.9995 else 2 if probability < 0.99995 else 3
    return "100%" if probability == 1 else f"{100 * min(probability, 0.99999):.{digits}f}%"


def value_text(value: Any) -> str:
    """A setting's value in a table: numbers with four digits."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
