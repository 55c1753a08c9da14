"""Examples of schedules: the factor of the learning rate in each step of a run of 4 epochs of 5 steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sqrt

import numpy as np

from numnist.explain.checks import ROUNDING, Check
from numnist.explain.examples.layer_example import ByHand
from numnist.nn.base import Array
from numnist.optim.schedules import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    InverseSqrtDecay,
    OneCycle,
    Schedule,
    StepDecay,
    Warmup,
)

EPOCHS, EPOCH_STEPS = 4, 5
STEPS = EPOCHS * EPOCH_STEPS
BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class ScheduleExample:
    """A schedule, and its factor once more.

    f: of the step, the epoch and done, which goes from 0 to 1;  words: the same in numbers, for some steps
    """

    schedule: Schedule
    f: Callable[[int, int, float], float]
    words: dict[int, str]

    def run(self) -> tuple[dict[str, Array], tuple[ByHand, ...], tuple[Check, ...]]:
        """The arrays, some of them by hand, and the checks."""
        steps = np.arange(STEPS)
        f = np.array([self.schedule(int(step), EPOCH_STEPS, STEPS) for step in steps])
        again = np.array([self.f(int(step), int(step) // EPOCH_STEPS, float(step) / (STEPS - 1)) for step in steps])
        by_hand = tuple(
            ByHand("f", divmod(step, EPOCH_STEPS), words, float(again[step]), f"step {step}")
            for step, words in self.words.items()
        )
        checks = (
            Check("the formula, step by step: largest difference", float(np.abs(f - again).max()), ROUNDING),
            Check("more than 1, by at most", max(0.0, float(f.max()) - 1), ROUNDING),
        )
        return {"f": f.reshape(EPOCHS, EPOCH_STEPS)}, by_hand, checks

    @property
    def curve(self) -> str:
        """The factor of every step as a bar."""
        f = (self.schedule(step, EPOCH_STEPS, STEPS) for step in range(STEPS))
        return "".join(BARS[min(7, int(8 * value))] for value in f)


def ease(start: float, stop: float, done: float) -> float:
    return stop + (start - stop) * (1 + cos(pi * done)) / 2


SCHEDULE_EXAMPLES: dict[str, ScheduleExample] = {
    "Constant": ScheduleExample(Constant(), lambda step, epoch, done: 1.0, {0: "1", 19: "1"}),
    "StepDecay": ScheduleExample(
        StepDecay(0.1, 2), lambda step, epoch, done: 0.1 ** (epoch // 2), {9: "0.1^⌊1 / 2⌋", 10: "0.1^⌊2 / 2⌋"}
    ),
    "ExponentialDecay": ScheduleExample(
        ExponentialDecay(0.5), lambda step, epoch, done: 0.5**epoch, {4: "0.5^0", 15: "0.5^3"}
    ),
    "InverseSqrtDecay": ScheduleExample(
        InverseSqrtDecay(), lambda step, epoch, done: 1 / sqrt(epoch + 1), {5: "1 / √(1 + 1)", 15: "1 / √(3 + 1)"}
    ),
    "CosineDecay": ScheduleExample(
        CosineDecay(0.1), lambda step, epoch, done: ease(1, 0.1, done),
        {0: "0.1 + (1 - 0.1)·(1 + cos(π·0)) / 2", 15: "0.1 + (1 - 0.1)·(1 + cos(π·15 / 19)) / 2"},
    ),
    "OneCycle": ScheduleExample(
        OneCycle(0.5, 0.1, 0.0),
        lambda step, epoch, done: ease(0.1, 1, done / 0.5) if done < 0.5 else ease(1, 0, (done - 0.5) / 0.5),
        {
            3: "1 + (0.1 - 1)·(1 + cos(π·(3 / 19) / 0.5)) / 2",
            15: "0 + (1 - 0)·(1 + cos(π·(15 / 19 - 0.5) / (1 - 0.5))) / 2",
        },
    ),
    "Warmup": ScheduleExample(
        Warmup(4, ExponentialDecay(0.5)), lambda step, epoch, done: min(1, (step + 1) / 4) * 0.5**epoch,
        {1: "min(1, (1 + 1) / 4)·0.5^0", 5: "min(1, (5 + 1) / 4)·0.5^1"},
    ),
}  # fmt: skip
SHAPES = f"{EPOCHS} epochs (rows) of {EPOCH_STEPS} steps; f is the factor of the learning rate"
