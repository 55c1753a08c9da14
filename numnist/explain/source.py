"""Quoting: lines of the library's own source, read where they stand when they are asked for."""

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
    """Lines of a file as they stand there, but for the indentation that all share.   first: the first's number."""

    file: str
    first: int
    lines: tuple[str, ...]


def quote(thing: Callable[..., Any] | type[Any], start: str = "", stop: str = "") -> Quote:
    """The source of a function or class, or of its lines from the first that holds `start` to the first from there
    that holds `stop`.

    Raises LookupError where no line holds them, so that a quotation can never silently be another one.
    """
    lines, first = inspect.getsourcelines(thing)
    begin = _find(lines, start, 0) if start else 0
    end = _find(lines, stop, begin) + 1 if stop else len(lines)
    text = dedent("".join(lines[begin:end])).rstrip("\n").split("\n")
    return Quote(file_of(thing), first + begin, tuple(text))


def file_of(thing: Callable[..., Any] | type[Any]) -> str:
    """Where it is written, from the folder that holds numnist: numnist/nn/dense.py."""
    return Path(inspect.getfile(inspect.unwrap(thing))).resolve().relative_to(ROOT.resolve()).as_posix()


def _find(lines: list[str], text: str, begin: int) -> int:
    for i, line in enumerate(lines[begin:], begin):
        if text in line:
            return i
    raise LookupError(f"no line holds {text!r} in the source that is quoted.")
