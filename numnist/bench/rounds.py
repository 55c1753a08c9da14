"""Measurements in turns, A B C A B C ..., so that other load on the machine affects all backends alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from numnist.bench.process import BackendError

PAUSE = 0.2  # seconds between turns: the threads of OpenBLAS spin for 0.14 s after their work, ONNX Runtime's for 0.03


class Spread(NamedTuple):
    """Summary of repeated measurements."""

    median: float
    lowest: float
    highest: float


def spread(values: Sequence[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values))


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> Spread:
    """Their time ÷ ours, round by round: above 1 we are faster."""
    return spread([a / b for a, b in zip(theirs, ours, strict=True)])


def take_turns(
    turns: Mapping[str, Callable[[], float]],
    rounds: int,
    *,
    pause: float = PAUSE,
    warm_up: bool = True,
    failed: Callable[[str, BackendError], None] | None = None,
) -> dict[str, list[float]]:
    """The measurements of each backend, one for each round.   warm_up: after a round that is not counted

    A backend that fails is reported to `failed` and left out of the result; the others continue.  Without `failed` its
    error is raised.
    """
    figures: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(rounds + warm_up):
        for name in list(figures):
            time.sleep(pause)
            try:
                figures[name].append(turns[name]())
            except BackendError as error:
                if failed is None:
                    raise
                failed(name, error)
                del figures[name]
    return {name: measured[warm_up:] for name, measured in figures.items()}
