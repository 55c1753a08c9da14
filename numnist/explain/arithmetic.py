"""Numbers, sums and formulas in numbers, as one writes them by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from numnist.explain.matrices import Array, number
from numnist.naive.activations import PIECES


def plain(value: Any) -> str:
    """A number with at most four decimals: 0.5, 2, -1."""
    return number(float(value)).removesuffix(".0")


def bracketed(text: str) -> str:
    """A number inside an expression: in brackets if it has a sign of its own."""
    return f"({text})" if text.startswith(("-", "−")) or "×" in text else text


def n(value: Any) -> str:
    """A number inside an expression: 0.5, 2, (-1)."""
    return bracketed(plain(value))


def products(a: Array, b: Array) -> str:
    """a·b + c·d + ... of two arrays of one shape."""
    return " + ".join(f"{n(x)}·{n(y)}" for x, y in zip(a.flat, b.flat))


def added(values: Array) -> str:
    """a + b + c"""
    return " + ".join(map(n, values.flat))


def with_numbers(formula: str, values: Mapping[str, float], write: Callable[[float], str] = plain) -> str:
    """A formula with numbers for its letters, and only the piece that applies to x: max(-2, 0), 0.1·(-2)."""
    above, where, below = formula.partition(PIECES)
    formula = below if where and values["x"] <= 0 else above
    formula = formula.replace("e⁻ˣ", "exp(-x)").replace("eˣ", "exp(x)")

    def put(found: re.Match[str]) -> str:
        letter = found[0].removeprefix("-")
        if letter not in values:
            return found[0]
        text = write(-values[letter] if found[0].startswith("-") else values[letter])
        alone = formula[: found.start()][-1:] in ("", "(") and formula[found.end() :][:1] in ("", ")", ",")
        return text if alone else bracketed(text)

    return re.sub(r"(?<=\()-[A-Za-z]\w*(?=\))|[A-Za-z]\w*", put, formula, flags=re.ASCII)
