"""What an exercise is: a function to complete, cases to check it by, and the mistakes that people make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

import numpy as np

from numnist.nn.base import Array

Arguments = dict[str, Any]  # arrays and numbers by the names of the function's parameters
Outputs = Mapping[str, Any]  # arrays and numbers by the names of what the function returns
TOLERANCE = 1e-9  # of the largest number: the same few products in another order, in float64, of numbers up to 1,000
SLOPE_TOLERANCE = 1e-6  # of the largest number: differences with h = 1e-5 have about nine digits


@dataclass(frozen=True, eq=False)
class Case:
    """Arguments on which the function is called, and in a few words what they try.

    The cases of an exercise begin with the simplest, and each tries one more thing, so that the first that fails says
    where to look.
    """

    what: str
    arguments: Arguments

    def values(self) -> SimpleNamespace:
        """The arguments as attributes."""
        return SimpleNamespace(**self.arguments)


@dataclass(frozen=True, eq=False)
class Mistake:
    """What a usual mistake makes of one output, and words that name its place without giving the solution.

    wrong: from the case's arguments, and what is right.
    """

    output: str
    wrong: Callable[[Any, Outputs], Any]
    words: str


@dataclass(frozen=True, eq=False)
class Exercise:
    """One function to complete.

    name: as in `numnist exercise dense-backward`, whose function is dense_backward;  outputs: what it returns;
    right: the outputs by numnist's own layer, loss or optimizer;  slopes: derivatives by differences, by the names of
    outputs, on the last case, which is a random one;  sizes: letters such as N, for "N times too large".
    """

    name: str
    title: str
    outputs: tuple[str, ...]
    cases: tuple[Case, ...]
    right: Callable[[Any], Outputs]
    mistakes: tuple[Mistake, ...]
    sizes: Callable[[Any], Mapping[str, int]]
    slopes: Callable[[Any], Outputs] | None = None

    @property
    def function(self) -> str:
        """The name of the function in the file."""
        return self.name.replace("-", "_")

    @property
    def template(self) -> str:
        """The file to complete."""
        return (files("numnist.exercises") / "templates" / f"{self.function}.txt").read_text("utf-8")


def equal(found: Any, right: Any, tolerance: float = TOLERANCE) -> bool:
    """Whether two arrays or numbers of one shape differ by rounding only."""
    found, right = np.asarray(found, float), np.asarray(right, float)
    return found.shape == right.shape and not unequal(found, right, tolerance).any()


def unequal(found: Array, right: Array, tolerance: float) -> Array:
    """Where they differ by more than rounding; NaN differs from everything."""
    scale = max(float(np.abs(right).max(initial=0)), 1e-3)
    with np.errstate(all="ignore"):  # of what a student computes
        return ~(np.abs(found - right) <= tolerance * scale)
