"""Checks of arguments: each returns the value, or raises UsageError, saying what it must be."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable
from dataclasses import fields
from numbers import Integral
from typing import Any
from unicodedata import category

from numnist.support.errors import NumnistError, UsageError

DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # characters that turn the direction of others
LARGEST = sys.float_info.max  # a whole number may be larger, and has no float
Pair = int | tuple[int, int]  # one number for both directions, or (rows, columns)


def pair(value: Any, what: str, least: int = 1) -> tuple[int, int]:
    """3 or (3, 5) as (rows, columns), whole numbers of at least `least`."""
    both = value if isinstance(value, tuple) else (value, value)
    if len(both) != 2 or not all(_is_whole(v) and v >= least for v in both):
        raise UsageError(f"{what} is {value!r}, but must be a whole number of at least {least}, or two of them.")
    return int(both[0]), int(both[1])


def whole(value: Any, what: str, least: int | None = 1) -> int:
    """A whole number of at least `least`, or any with least=None."""
    if not _is_whole(value) or (least is not None and value < least):
        lowest = "" if least is None else f" of at least {least}"
        raise UsageError(f"{what} is {value!r}, but must be a whole number{lowest}.")
    return int(value)


def _is_whole(value: Any) -> bool:
    """Whether it is a whole number; NumPy's are."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def plain_numbers(thing: Any) -> None:
    """Make the whole numbers in the fields of a frozen dataclass Python's: NumPy's do not serialise."""
    for field in fields(thing):
        value = getattr(thing, field.name)
        if _is_whole(value):
            object.__setattr__(thing, field.name, int(value))
        elif isinstance(value, tuple):
            object.__setattr__(thing, field.name, tuple(int(v) if _is_whole(v) else v for v in value))


def within(value: Any, what: str, low: float, high: float = float("inf")) -> float:
    """A finite number in low..high, as a float."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= min(high, LARGEST):
        upper = "" if high == float("inf") else f" to {high}"
        raise UsageError(f"{what} is {value!r}, but must be a finite number from {low}{upper}.")
    return float(value)


def one_of(value: Any, what: str, known: Collection[str]) -> str:
    """One of some words."""
    if value not in known:
        raise UsageError(f"{what} is {value!r}, but must be {' or '.join(map(repr, known))}.")
    return str(value)


def positive(value: Any, what: str) -> float:
    """A finite number above 0, as a float."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= LARGEST:
        raise UsageError(f"{what} is {value!r}, but must be a number above 0.")
    return float(value)


def shown_as_written(names: Iterable[str], what: str, error: type[NumnistError] = UsageError) -> None:
    """Check that a terminal and a page show names as they are written: no control characters, no change of direction.

    Others could move the cursor, write in a title, or make one name look like another.
    """
    for name in names:
        for character in name:
            if category(character) in ("Cc", "Cs", "Zl", "Zp") or character in DIRECTIONS:
                raise error(f"{what} {name!a} has the control character U+{ord(character):04X}: rename it.")


def instance(value: Any, what: str, kind: type[Any]) -> None:
    """Check that the value is an instance of `kind`."""
    if not isinstance(value, kind):
        shown = repr(value)
        if len(shown) > 100:  # such as an array
            shown = f"of type {type(value).__name__}"
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise UsageError(f"{what} is {shown}, but must be {article} {kind.__name__}.")
