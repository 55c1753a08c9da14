"""Quotations of the library's own source, read from its files when asked for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import numnist

ROOT = Path(numnist.__file__).parent.parent


@dataclass(frozen=True)
class Quote:
    """Lines of a file without their common indentation.   first: the number of the first line"""

    file: str
    first: int
    lines: tuple[str, ...]


def quote(thing: Callable[..., Any] | type[Any], start: str = "", stop: str = "") -> Quote:
    """The source of a function or class, or its lines from the first that contains `start` to the next that contains
    `stop`.

    Raises LookupError if no line contains them, so that a quotation never silently becomes another one.
    """
    lines, first = inspect.getsourcelines(thing)
    begin = _find(lines, start, 0) if start else 0
    end = _find(lines, stop, begin) + 1 if stop else len(lines)
    text = dedent("".join(lines[begin:end])).rstrip("\n").split("\n")
    return Quote(file_of(thing), first + begin, tuple(text))


def file_of(thing: Callable[..., Any] | type[Any]) -> str:
    """The file in which it is written, as in numnist/nn/dense.py."""
    return Path(inspect.getfile(inspect.unwrap(thing))).resolve().relative_to(ROOT.resolve()).as_posix()


def _find(lines: list[str], text: str, begin: int) -> int:
    for i, line in enumerate(lines[begin:], begin):
        if text in line:
            return i
    raise LookupError(f"no line holds {text!r} in the source that is quoted.")
