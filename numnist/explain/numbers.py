"""Numbers as text: in formulas and sums as written by hand, and arrays as blocks side by side on a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import floor, log10
from typing import Any

import numpy as np

from numnist.naive.activations import PIECES
from numnist.nn.base import Array

TERMS = 4  # written out of a long sum
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def beside(arrays: Sequence[tuple[str, Array]], width: int) -> Iterator[str]:
    """Arrays as blocks of numbers side by side; a new row of blocks begins where the width ends."""
    row: list[list[str]] = []
    for block in (block for name, array in arrays for block in blocks(name, array)):
        if row and 2 + sum(len(b[0]) + 4 for b in row) + len(block[0]) > width:
            yield from _row(row)
            yield ""
            row = []
        row.append(block)
    if row:
        yield from _row(row)


def blocks(name: str, array: Array) -> Iterator[list[str]]:
    """An array as lines of equal length below its name; of images and kernels one block a matrix.

    (C, H, W, N) activations have the sample axis last; arrays named w or dw are weights, (K, C, kh, kw).
    """
    if array.ndim <= 2:
        yield _block(f"{name} {array.shape}" if array.ndim == 2 else name, array)
    elif array.ndim == 4 and name.rpartition(".")[2] in ("w", "dw"):
        for k, c in np.ndindex(array.shape[:2]):
            yield _block(f"{name}[{k}, {c}]", array[k, c])
    else:
        for *front, n in np.ndindex(*array.shape[:-3], array.shape[-1]):
            yield _block(name + brackets([*front, ":", ":", n]), array[*front, ..., n])


def _block(title: str, array: Array) -> list[str]:
    """A matrix whose numbers all have as many decimals as one of them needs: at most four, or three digits of the
    largest.
    """
    array = np.atleast_2d(array)
    largest = float(np.abs(array).max(initial=0))
    most = 4 if largest == 0 else max(4, 2 - floor(log10(largest)))
    decimals = max((len(number(value, most).partition(".")[2]) for value in array.flat), default=0)
    rows = [[f"{value:z.{decimals}f}" for value in row] for row in array]
    width = max((len(cell) for row in rows for cell in row), default=0)
    lines = [title, *("  ".join(cell.rjust(width) for cell in row) for row in rows)]
    return [line.ljust(max(map(len, lines))) for line in lines]


def _row(row: list[list[str]]) -> Iterator[str]:
    for k in range(max(map(len, row))):
        cells = (block[k] if k < len(block) else " " * len(block[0]) for block in row)
        yield ("  " + "    ".join(cells)).rstrip()


def number(value: float, most: int = 4) -> str:
    """At most so many decimals, without trailing zeros but one: 0.5, -1.0, 0.7311; an int without decimals."""
    if isinstance(value, int | np.integer):
        return str(int(value))
    text = f"{value + 0.0:.{most}f}".rstrip("0")
    text = text + "0" if text.endswith(".") else text
    return "0.0" if text == "-0.0" else text


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


def brackets(index: Sequence[Any]) -> str:
    """[1, 0, 2]"""
    return f"[{', '.join(map(str, index))}]"


def brief(value: float) -> str:
    """A number with three digits: 0.5, −12.3, 1.2×10⁻⁵."""
    text = f"{value + 0.0:.3g}"
    mantissa, e, exponent = text.partition("e")
    text = f"{mantissa}×10{str(int(exponent)).translate(SUPERSCRIPTS)}" if e else text
    return text.replace("-", "−")


def inside(value: float) -> str:
    """A number inside an expression: 0.5, (−12.3)."""
    return bracketed(brief(value))


def plus(value: float) -> str:
    """A number as the next term of a sum: + 0.5 or − 0.5."""
    return f" − {brief(-value)}" if value < 0 else f" + {brief(value)}"


def largest_products(a: Array, b: Array) -> str:
    """a·b + a·b + ..., the largest products first; of a long sum only TERMS, and the sum of the rest."""
    a, b = np.ravel(a).astype(np.float64), np.ravel(b).astype(np.float64)
    return _added(a * b, lambda k: f"{inside(a[k])}·{inside(b[k])}")


def largest_terms(values: Array) -> str:
    """a + b + ..., the largest first; of a long sum only TERMS, and the sum of the rest."""
    each = np.ravel(values).astype(np.float64)
    return _added(each, lambda k: inside(each[k]))


def _added(each: Array, word: Callable[[int], str]) -> str:
    order = np.argsort(-np.abs(each), kind="stable")
    count = len(order) if len(order) <= TERMS + 1 else TERMS
    words = [word(k) for k in order[:count]]
    if count < len(order):
        words.append(f"({len(order) - count} more: {brief(float(each[order[count:]].sum()))})")
    return " + ".join(words)
