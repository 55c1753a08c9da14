"""Examples of initializers: weights of a small layer from the random numbers that they are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from numnist.explain.checks import ROUNDING, Check
from numnist.explain.examples.layer_example import ByHand
from numnist.explain.numbers import n, products
from numnist.nn.base import Array
from numnist.nn.initializers import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Initializer,
    LeCunNormal,
    Normal,
    Ones,
    Orthogonal,
    Zeros,
)

SHAPE, FAN_IN, FAN_OUT = (3, 4), 4, 3  # of Dense(3) on 4 features
MANY = (200, 200)  # weights to measure the spread of
SPREAD = 0.018  # five standard errors, each 1 / √(2·40,000)
DRAWN: dict[str, Callable[[np.random.Generator], Array]] = {
    "z": lambda rng: rng.standard_normal(SHAPE),
    "u": lambda rng: rng.uniform(-1, 1, SHAPE),
}


@dataclass(frozen=True)
class InitializerExample:
    """w = factor·z or factor·u.   letter: z, u, or neither;  words, factor: the factor, written and computed"""

    initializer: Initializer
    letter: str = ""
    words: str = ""
    factor: float = 0.0

    def run(self) -> tuple[dict[str, Array], tuple[ByHand, ...], tuple[Check, ...]]:
        """The arrays, some of them by hand, and the checks."""
        w = self.initializer(np.random.default_rng(0), SHAPE, FAN_IN, FAN_OUT)
        if not self.letter:
            return (
                {"w": w},
                (ByHand("w", (0, 0), n(self.factor), self.factor),),
                (_same(w, np.full(SHAPE, self.factor)),),
            )
        drawn = DRAWN[self.letter](np.random.default_rng(0))
        by_hand = tuple(
            ByHand("w", at, f"{self.words}·{n(drawn[at])}", self.factor * float(drawn[at])) for at in ((0, 0), (1, 2))
        )
        return {self.letter: drawn, "w": w}, by_hand, (_same(w, self.factor * drawn), self._spread())

    def _spread(self) -> Check:
        """The standard deviation of many weights, against that of the formula."""
        w = self.initializer(np.random.default_rng(1), MANY, FAN_IN, FAN_OUT)
        expected = self.factor * (1 if self.letter == "z" else sqrt(1 / 3))
        off = abs(float(w.std()) / expected - 1)
        return Check(f"{w.size:,} weights: relative difference of their standard deviation", off, SPREAD)


class OrthogonalExample:
    """Rows that are orthonormal, times gain."""

    initializer = Orthogonal(2.0)

    def run(self) -> tuple[dict[str, Array], tuple[ByHand, ...], tuple[Check, ...]]:
        w = self.initializer(np.random.default_rng(0), SHAPE, FAN_IN, FAN_OUT)
        product = w @ w.T
        by_hand = tuple(
            ByHand("w wᵀ", at, products(w[at[0]], w[at[1]]), 4.0 * (at[0] == at[1])) for at in ((0, 0), (0, 1))
        )
        return {"w": w, "w wᵀ": product}, by_hand, (_same(product, 4 * np.eye(3)),)


def _same(found: Array, expected: Any) -> Check:
    off = float(np.abs(found - expected).max())
    return Check("the formula, number by number: largest difference", off, ROUNDING)


INITIALIZER_EXAMPLES: dict[str, InitializerExample | OrthogonalExample] = {
    "Zeros": InitializerExample(Zeros(), factor=0.0),
    "Ones": InitializerExample(Ones(), factor=1.0),
    "Normal": InitializerExample(Normal(0.1), "z", "0.1", 0.1),
    "HeNormal": InitializerExample(HeNormal(), "z", "√(2 / 4)", sqrt(2 / 4)),
    "HeUniform": InitializerExample(HeUniform(), "u", "√(6 / 4)", sqrt(6 / 4)),
    "GlorotNormal": InitializerExample(GlorotNormal(4.0), "z", "4·√(2 / (4 + 3))", 4 * sqrt(2 / 7)),
    "GlorotUniform": InitializerExample(GlorotUniform(), "u", "√(6 / (4 + 3))", sqrt(6 / 7)),
    "LeCunNormal": InitializerExample(LeCunNormal(), "z", "√(1 / 4)", sqrt(1 / 4)),
    "Orthogonal": OrthogonalExample(),
}
