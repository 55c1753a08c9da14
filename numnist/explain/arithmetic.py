"""Arithmetic: numbers and sums as one writes them by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from numnist.explain.matrices import number


def n(value: Any) -> str:
    """A number inside an expression: 0.5, 2, (-1)."""
    text = number(float(value)).removesuffix(".0")
    return f"({text})" if text.startswith("-") else text


def products(pairs: Iterable[tuple[Any, Any]]) -> tuple[str, float]:
    """a·b + c·d + ..., and what it comes to."""
    pairs = list(pairs)
    return " + ".join(f"{n(a)}·{n(b)}" for a, b in pairs), float(sum(a * b for a, b in pairs))


def listed(values: Sequence[Any]) -> str:
    """a + b + c"""
    return " + ".join(n(value) for value in values)
