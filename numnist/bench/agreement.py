"""Agreement: before anything is timed, every side must do the same work as numnist.

Checked are the loss before the first step and after each of five, from the same weights, and what the first pictures
are taken for.  Dropout is left out, since no two libraries draw the same numbers, batch norm sees the whole batch, and
the learning rate is a hundredth of the timed one: Adam's first steps go by the sign of each gradient, so at 1e-3 one
rounding error at the edge of one ReLU has moved the loss of deep-mlp by 5e-3 after a step, also between float32 and
float64 of one library.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numnist.bench.process import Process
from numnist.bench.work import Work

Array = NDArray[Any]
LEARNING_RATE = 1e-5
LOSSES = 6  # before the first step, and after each of five
PICTURES = 100  # whose answers are compared
# Of the loss, and of log probabilities; both are of order 1 to 10.  Measured with five libraries on the five networks:
# 2e-5 for lenet-bn in PyTorch, whose batch norm in float32 is off from the start, else 5e-6.
TOLERANCE = 1e-4


class Sample(NamedTuple):
    """What a side did.  losses: LOSSES of them, none where it does not train;  logits: (PICTURES, classes)"""

    losses: list[float]
    logits: Array


def sample(process: Process, work: Work, trains: bool) -> Sample:
    """Let a side's process do a little of the work."""
    process.load(work)
    logits = process.logits(PICTURES)  # with the initial weights
    return Sample(process.losses(LOSSES) if trains else [], logits)


def disagreement(theirs: Sample, ours: Sample) -> str:
    """How a side's work differs from numnist's, in words; "" where it does not."""
    off = np.abs(log_probabilities(theirs.logits) - log_probabilities(ours.logits)).max()
    if not off <= TOLERANCE:  # this way round also for what is not a number
        return f"with the same weights its log probabilities differ from numnist's by up to {off:.1e}"
    for i, (loss, expected) in enumerate(zip(theirs.losses, ours.losses)):
        if not abs(loss - expected) <= TOLERANCE * abs(expected):
            return f"after {i} steps from the same weights its loss is {loss:.6f}, but numnist's {expected:.6f}"
    return ""


def log_probabilities(logits: Array) -> Array:
    """Logits (N, classes) made comparable: some libraries give them less a number for each picture."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
