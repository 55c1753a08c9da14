"""Schedules: a factor for the learning rate, as a pure function of the step.

Called with the step (from 0), the steps of an epoch and the steps of the whole run; 1 means the optimizer's own
learning rate, which none of these exceeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sqrt
from typing import Any

from numnist.support.checks import instance, plain_numbers, whole, within
from numnist.support.serialisation import constructor_repr


@dataclass(frozen=True, repr=False)
class Schedule:
    """The base of all schedules."""

    def __call__(self, step: int, epoch_steps: int, total_steps: int) -> float:
        raise TypeError(f"{type(self).__name__} must define __call__(step, epoch_steps, total_steps).")

    @property
    def needs_total(self) -> bool:
        """Whether the factor depends on the length of the run, so that more epochs change the steps before, too."""
        return False

    def __repr__(self) -> str:
        return constructor_repr(self)


class Constant(Schedule):
    """f = 1: the learning rate stays."""

    def __call__(self, step: int, epoch_steps: int, total_steps: int) -> float:
        return 1.0


@dataclass(frozen=True, repr=False)
class StepDecay(Schedule):
    """f = factor^⌊epoch / every⌋, with epochs counted from 0: smaller by `factor` after every `every` epochs."""

    factor: float = 0.1
    every: int = 10

    def __post_init__(self) -> None:
        within(self.factor, "StepDecay factor", 0, 1)
        whole(self.every, "StepDecay every")
        plain_numbers(self)

    def __call__(self, step: int, epoch_steps: int, total_steps: int) -> float:
        return float(self.factor ** (step // epoch_steps // self.every))


@dataclass(frozen=True, repr=False)
class ExponentialDecay(Schedule):
    """f = rate^epoch, in whole epochs, counted from 0."""

    rate: float = 0.95

    def __post_init__(self) -> None:
        within(self.rate, "ExponentialDecay rate", 0, 1)

    def __call__(self, step: int, epoch_steps: int, total_steps: int) -> float:
        return float(self.rate ** (step // epoch_steps))


class InverseSqrtDecay(Schedule):
    """f = 1 / √(epoch + 1), in whole epochs, counted from 0."""

    def __call__(self, step: int, epoch_steps: int, total_steps: int) -> float:
        return 1 / sqrt(step // epoch_steps + 1)


@dataclass(frozen=True, repr=False)
class CosineDecay(Schedule):
    """f = final + (1 - final)·(1 + cos(π·done)) / 2: half a cosine from 1 down to `final` (arxiv.org/abs/1608.03983).

    done is 0 at the first step and 1 at the last.
    """

    final: float = 0.0
    needs_total = True

    def __post_init__(self) -> None:
        within(self.final, "CosineDecay final", 0, 1)

    def __call__(self, step: int, epoch_steps: int, total_steps: int) -> float:
        return _ease(1.0, self.final, step / max(total_steps - 1, 1))


@dataclass(frozen=True, repr=False)
class OneCycle(Schedule):
    """Half a cosine from `start` up to 1, then one down to `final` (Smith 2018, arxiv.org/abs/1803.09820):

    f = rise where done < peak, else fall,
    with rise = 1 + (start - 1)·(1 + cos(π·done / peak)) / 2;
    fall = final + (1 - final)·(1 + cos(π·(done - peak) / (1 - peak))) / 2.

    `peak` is the fraction of the run after which 1 is reached; done is 0 at the first step and 1 at the last.
    """

    peak: float = 0.3
    start: float = 0.04
    final: float = 0.0001
    needs_total = True

    def __post_init__(self) -> None:
        for name in ("peak", "start", "final"):
            within(getattr(self, name), f"OneCycle {name}", 0, 1)

    def __call__(self, step: int, epoch_steps: int, total_steps: int) -> float:
        done = min(1.0, step / max(total_steps - 1, 1))
        if done < self.peak:
            return _ease(self.start, 1.0, done / self.peak)
        return _ease(1.0, self.final, (done - self.peak) / max(1 - self.peak, 1e-12))


@dataclass(frozen=True, repr=False)
class Warmup(Schedule):
    """f = min(1, (step + 1) / steps)·then(step): linear warmup over the first `steps` steps, times another schedule."""

    steps: int = 500
    then: Schedule = Constant()

    def __post_init__(self) -> None:
        whole(self.steps, "Warmup steps")
        instance(self.then, "Warmup then", Schedule)
        plain_numbers(self)

    def __call__(self, step: int, epoch_steps: int, total_steps: int) -> float:
        return min(1.0, (step + 1) / self.steps) * self.then(step, epoch_steps, total_steps)

    @property
    def needs_total(self) -> bool:
        return self.then.needs_total


def _ease(start: float, stop: float, done: float) -> float:
    """Half a cosine from start to stop; done: 0..1."""
    return stop + (start - stop) * (1 + cos(pi * min(done, 1.0))) / 2


SCHEDULES: dict[str, type[Any]] = {
    c.__name__: c for c in (Constant, StepDecay, ExponentialDecay, InverseSqrtDecay, CosineDecay, OneCycle, Warmup)
}
