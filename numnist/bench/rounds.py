"""Rounds: all sides take turns, A B C A B C ..., so that what the machine does besides hits all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from numnist.bench.process import SideError

PAUSE = 0.2  # seconds between turns: OpenBLAS's own threads spin for 0.14 after their work, ONNX Runtime's for 0.03


class Spread(NamedTuple):
    """Of figures that were measured several times."""

    median: float
    lowest: float
    highest: float


def spread(values: Sequence[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values))


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> Spread:
    """Their time divided by ours, round by round: above 1 we are faster."""
    return spread([a / b for a, b in zip(theirs, ours, strict=True)])


def take_turns(
    turns: Mapping[str, Callable[[], float]],
    rounds: int,
    *,
    pause: float = PAUSE,
    failed: Callable[[str, SideError], None],
) -> dict[str, list[float]]:
    """Each side's figures, one a round, after a whole round that warms up and is not counted.

    A side that fails is reported and left out of the result, and the others go on.
    """
    figures: dict[str, list[float]] = {name: [] for name in turns}
    for i in range(rounds + 1):
        for name in list(figures):
            time.sleep(pause)
            try:
                figure = turns[name]()
            except SideError as error:
                failed(name, error)
                del figures[name]
                continue
            if i:
                figures[name].append(figure)
    return figures
