"""The check before the measurements that every backend computes the same as numnist.

It compares the loss before the first step and after each of five, from the same weights, and the log probabilities of
the first pictures.  Dropout is left out, because no two libraries draw the same random numbers; batch norm sees the
whole batch; and the learning rate is a hundredth of the timed one: Adam's first steps follow the sign of each gradient,
so that at 1e-3 one rounding error at the edge of one ReLU changed the loss of deep-mlp by 5e-3 after a step, even
between float32 and float64 of one library.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from numnist.bench.process import Process
from numnist.bench.work import Array, Work

LEARNING_RATE = 1e-5
LOSSES = 6  # before the first step, and after each of five
PICTURES = 100  # whose predictions are compared
# Relative for the loss, absolute for log probabilities; both are of order 1 to 10.  Measured with five libraries on the
# five networks: 2e-5 for lenet-bn in PyTorch, whose float32 batch norm differs from the start, else 5e-6.
TOLERANCE = 1e-4


class Sample(NamedTuple):
    """Results of a backend.  losses: LOSSES of them, none if it does not train;  logits: (PICTURES, classes)"""

    losses: list[float]
    logits: Array


def sample(process: Process, work: Work, trains: bool) -> Sample:
    """Let a backend's process do a small part of the work."""
    process.load(work)
    logits = process.logits(PICTURES)  # with the initial weights
    return Sample(process.losses(LOSSES) if trains else [], logits)


def disagreement(theirs: Sample, ours: Sample) -> str:
    """How a backend's results differ from numnist's, in words; "" if they agree."""
    off = np.abs(log_probabilities(theirs.logits) - log_probabilities(ours.logits)).max()
    if not off <= TOLERANCE:  # `not <=`, so that NaN differs too
        return f"with the same weights its log probabilities differ from numnist's by up to {off:.1e}"
    for i, (loss, expected) in enumerate(zip(theirs.losses, ours.losses)):
        if not abs(loss - expected) <= TOLERANCE * abs(expected):
            return f"after {i} steps from the same weights its loss is {loss:.6f}, but numnist's {expected:.6f}"
    return ""


def log_probabilities(logits: Array) -> Array:
    """Logits (N, classes) made comparable: libraries may subtract a constant for each picture."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
