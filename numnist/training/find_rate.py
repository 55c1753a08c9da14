"""Finding a learning rate: a short training whose rate rises at every step (Smith 2017, arxiv.org/abs/1506.01186).

While the rate is too small the loss stays, then it falls, and where the rate is too large it rises again.  A good rate
for a whole training is well before that.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Dataset
from numnist.model.model import Model
from numnist.support.checks import instance, positive, whole
from numnist.support.errors import NotFiniteError, UsageError
from numnist.support.rng import keyed_rng
from numnist.training.loop import check_settings
from numnist.training.settings import Settings
from numnist.training.state import State
from numnist.training.step import Engine

SMOOTH = 0.9  # of the running mean is kept at each step
WORSE = 4.0  # times the smallest loss so far: from here on nothing is learnt any more
BEFORE = 8.0  # times below the rate with the smallest loss, where it is about to rise (docs/recipes.md)


@dataclass(frozen=True)
class RateCurve:
    """The loss at each learning rate, which rises from step to step.

    rates: of the steps that were done;  losses: of their batches, before the step;  smoothed: their running mean.
    diverged: whether it stopped early, because the loss was far above its smallest.
    share: what the schedule makes of the rate, on average over the training.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    diverged: bool
    share: float

    @property
    def lowest(self) -> float:
        """The rate at which the running mean is smallest."""
        return self.rates[int(np.argmin(self.smoothed))]

    @property
    def suggestion(self) -> float:
        """The optimizer's learning rate whose mean over the training is an eighth of that with the smallest loss."""
        return self.lowest / BEFORE / self.share

    @property
    def rounded(self) -> float:
        """The suggestion in two digits, which is more than it knows."""
        return float(f"{self.suggestion:.2g}")


def find_rate(
    model: Model,
    data: Dataset,
    settings: Settings = Settings(),  # noqa: B008  (frozen)
    *,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 200,
    threads: int | None = None,
) -> RateCurve:
    """Train a copy of the model for some steps, with rates from `low` to `high`, each the same factor above the last.

    settings: as for `train`; the optimizer's learning rate does not matter, and the schedule only to the suggestion.
    The same seed, lanes and shard give the same curve on any number of cores.
    Raises what `train` raises before its first step, and UsageError where low is not below high.
    """
    positive(low, "low")
    if positive(high, "high") <= low:
        raise UsageError(f"high is {high:g}, but must be above low, {low:g}.")
    whole(steps, "steps", 10)
    instance(model, "model", Model)
    model = copy.deepcopy(model)
    settings = replace(settings, average=None, patience=None)
    check_settings(model, data, settings)
    state, split = State.fresh(model, settings), data.training
    total = settings.epochs * settings.steps(len(split))
    factors = [settings.schedule(step, settings.steps(len(split)), total) for step in range(total)]
    rates = np.geomspace(low, high, steps).tolist()
    losses: list[float] = []
    smoothed: list[float] = []
    settings = replace(settings, epochs=-(-steps * settings.batch_size // len(split)))
    diverged = False
    with Engine(model, settings, state, split, threads) as engine:
        for (step, rate), batch in zip(enumerate(rates), _batches(settings, len(split))):
            try:
                loss, _ = engine.step(batch, step, rate)
            except NotFiniteError:
                diverged = True
                break
            losses.append(loss)
            mean = SMOOTH * (smoothed[-1] * (1 - SMOOTH**step) if step else 0.0) + (1 - SMOOTH) * loss
            smoothed.append(mean / (1 - SMOOTH ** (step + 1)))
            if smoothed[-1] > WORSE * min(smoothed):
                diverged = True
                break
    if not losses:
        raise NotFiniteError(f"the loss is not finite at the first rate, {low:g}: start from a lower one.")
    return RateCurve(tuple(rates[: len(losses)]), tuple(losses), tuple(smoothed), diverged, fmean(factors))


def _batches(settings: Settings, pictures: int) -> Iterator[NDArray[np.int64]]:
    """The pictures of each step, those that a training would have."""
    for epoch in count():
        order = keyed_rng(settings.seed, "batches", epoch).permutation(pictures)
        yield from (order[at : at + settings.batch_size] for at in range(0, pictures, settings.batch_size))
