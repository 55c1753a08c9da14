"""What was found, as a page for a terminal."""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from numnist.exercises.catalog import EXERCISES
from numnist.exercises.exercise import Case
from numnist.exercises.process import Checked
from numnist.explain.document import Arrays, Heading, Lines, Part

LARGEST = 40  # numbers of an array that a page shows: those that can be followed by hand


def page(path: Path, checked: list[Checked]) -> Iterator[Part]:
    """Each exercise with its cases; those that went wrong are shown with their numbers."""
    for each in checked:
        yield Heading(f"{each.exercise or 'not imported'}: {path}")
        for finding in each.findings:
            if finding.ok:
                yield Lines((f"ok     {finding.what}",), below=True)
                continue
            yield Lines((f"WRONG  {finding.what}",), below=True)
            yield Lines(tuple(f"       {part}" for part in finding.text.split("  ")), below=True)
            if finding.line is not None:
                line = linecache.getline(str(path.resolve()), finding.line).strip()
                yield Lines((f"       line {finding.line}: {line}",), below=True)
        wrong = [finding.case for finding in each.findings if not finding.ok and finding.case is not None]
        for number in dict.fromkeys(wrong):
            yield from _numbers(EXERCISES[each.exercise].cases[number])
        if each.ok:
            yield Lines(("All is right.",))


def _numbers(case: Case) -> Iterator[Part]:
    """The arguments of a case, if they are few enough to follow."""
    arrays = {name: value for name, value in case.arguments.items() if isinstance(value, np.ndarray)}
    others = {name: value for name, value in case.arguments.items() if name not in arrays}
    if any(array.size > LARGEST for array in arrays.values()):
        return
    label = f"The numbers of “{case.what}”"
    yield Arrays(tuple(arrays.items()), label)
    if others:
        yield Lines((", ".join(f"{name} = {value:g}" for name, value in others.items()),), below=True)
