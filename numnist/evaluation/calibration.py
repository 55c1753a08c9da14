"""Calibration: whether a model's confidence equals its accuracy (Guo et al. 2017, arxiv.org/abs/1706.04599)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Split
from numnist.data.strokes.drawing import draw
from numnist.data.strokes.outliers import draw_outliers
from numnist.data.strokes.pen import ODD
from numnist.model.model import Model

BINS = 15  # as in the paper

STEPS = 10  # of confidence, for `confidence_threshold`: as fine as a few mistakes allow
SURE = 0.9  # the accuracy that each step must reach
SURE_OUTLIERS = 1 / 40  # of pictures of no class, as many may be taken for a sure one
ENOUGH = 10  # predictions in a step: fewer are too few to measure its accuracy, so they join the next step


@dataclass(frozen=True)
class Bin:
    """The predictions whose confidence lies in (low, high].  The means are None in an empty bin."""

    low: float
    high: float
    count: int
    confidence: float | None  # mean
    accuracy: float | None

    @property
    def gap(self) -> float:
        """Accuracy minus mean confidence; 0 in an empty bin."""
        return 0.0 if self.accuracy is None or self.confidence is None else self.accuracy - self.confidence


@dataclass(frozen=True)
class Calibration:
    """Predictions binned by confidence, from 0 to 1."""

    bins: tuple[Bin, ...]

    @classmethod
    def of(cls, confidence: NDArray[np.float64], correct: NDArray[np.bool_], bins: int = BINS) -> Calibration:
        """Bins of equal width.   confidence: (N,) probabilities of the predicted classes;  correct: (N,)"""
        place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
        counts = np.bincount(place, minlength=bins)
        sums = np.bincount(place, confidence, bins), np.bincount(place, correct, bins)
        return cls(
            tuple(
                Bin(k / bins, (k + 1) / bins, int(n), *(float(s[k] / n) if n else None for s in sums))
                for k, n in enumerate(counts)
            )
        )

    @property
    def count(self) -> int:
        return sum(b.count for b in self.bins)

    @property
    def expected_error(self) -> float:
        """Expected calibration error (ECE): the mean over predictions of |accuracy - confidence| of their bin."""
        return sum(b.count * abs(b.gap) for b in self.bins) / self.count

    @property
    def overconfidence(self) -> float:
        """Mean confidence minus accuracy: positive if the model is overconfident, negative if underconfident."""
        return -sum(b.count * b.gap for b in self.bins) / self.count


def measured_threshold(model: Model, validation: Split, threads: int | None = None) -> float:
    """The confidence above which a model counts as sure, measured on validation pictures: `confidence_threshold`.

    A model that tells pictures of no digit has learnt drawn digits besides, so they are judged by as many; and the
    threshold is raised, tenth by tenth, until at most 1 in 40 outliers is a sure digit.
    """
    x, labels = validation
    if not model.background or model.in_shape != (1, 28, 28):
        return confidence_threshold(model.predict_proba(x, threads), labels)
    drawn, digits = draw(len(x), split="validation", pens=ODD, evenly=True)
    probs = model.predict_proba(np.concatenate([x, drawn[:, None]]), threads)
    threshold = confidence_threshold(probs, np.concatenate([labels, digits]))
    outliers = model.predict_proba(draw_outliers(len(x), split="validation"), threads).max(axis=1)
    while threshold < 1 and (outliers > threshold).mean() > SURE_OUTLIERS:
        threshold = round(threshold + 1 / STEPS, 1)
    return threshold


def confidence_threshold(probs: NDArray[np.floating[Any]], labels: NDArray[np.int64]) -> float:
    """The confidence above which a prediction counts as sure.

    Confidence is cut into tenths.  From the top down, each tenth whose predictions are at least 90% correct lowers the
    threshold to its lower end; the first that is not ends the search.

    probs: (N, classes) predicted for validation pictures;  labels: (N,).  Returns 1.0, so that nothing is sure, if even
    the most confident predictions are correct less often, or there are too few of them.
    """
    confidence, correct = probs.max(axis=1).astype(np.float64), probs.argmax(axis=1) == labels
    threshold, count, hits = 1.0, 0, 0
    for step in reversed(Calibration.of(confidence, correct, STEPS).bins):
        count, hits = count + step.count, hits + round(step.count * (step.accuracy or 0.0))
        if count < ENOUGH:
            continue
        if hits / count < SURE:
            break
        threshold, count, hits = step.low, 0, 0
    return threshold
