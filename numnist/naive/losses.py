"""Losses, naive: one sample after the other, one class after the other.

Each gets a sample's logits s, one for each class, and its label, and returns its loss and the derivatives by s.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log

import numpy as np

from numnist.nn.base import Array
from numnist.nn.losses import Loss, MeanSquaredError, MulticlassSVM, SoftmaxCrossEntropy


def softmax_cross_entropy(loss: SoftmaxCrossEntropy, s: list[float], label: int) -> tuple[float, list[float]]:
    """-Σ_i target_i log p_i with p_i = e^{s_i} / Σ_j e^{s_j}; its derivative by s_i is p_i - target_i.

    With background there is one more class, whose score is 0 and has no derivative.
    """
    s = [*s, 0.0] if loss.background else s
    smoothing, K = loss.label_smoothing, len(s)
    value, ds = 0.0, []
    for i in range(K):
        p_i = exp(s[i]) / sum(exp(s_j) for s_j in s)
        target = (1 - smoothing) * (i == label) + smoothing / K
        value -= target * log(p_i)
        ds.append(p_i - target)
    return value, ds[:-1] if loss.background else ds


def multiclass_svm(loss: MulticlassSVM, s: list[float], label: int) -> tuple[float, list[float]]:
    """Σ_{j ≠ label} max(0, s_j - s_label + margin), or its squares: a class that is too near pushes itself down and
    the label up.
    """
    value, ds = 0.0, [0.0 for _ in s]
    for j in range(len(s)):
        over = s[j] - s[label] + loss.margin
        if j != label and over > 0:
            value += over**2 if loss.squared else over
            slope = 2 * over if loss.squared else 1
            ds[j] += slope
            ds[label] -= slope
    return value, ds


def mean_squared_error(loss: MeanSquaredError, s: list[float], label: int | list[float]) -> tuple[float, list[float]]:
    """Σ (s_i - target_i)² / outputs; a label's target is 1 for its own output and 0 elsewhere."""
    target = label if isinstance(label, list) else [float(i == label) for i in range(len(s))]
    off = [s_i - target_i for s_i, target_i in zip(s, target)]
    return sum(d**2 for d in off) / len(s), [2 * d / len(s) for d in off]


NAIVE_LOSSES: dict[str, Callable[..., tuple[float, list[float]]]] = {  # of one sample
    "SoftmaxCrossEntropy": softmax_cross_entropy,
    "MulticlassSVM": multiclass_svm,
    "MeanSquaredError": mean_squared_error,
}


def naive_loss(loss: Loss, logits: Array, labels: Array, total: int | None = None) -> tuple[float, Array]:
    """What loss(logits, labels, total) returns: the sum over the samples, divided by `total`."""
    of_sample = NAIVE_LOSSES[type(loss).__name__]
    values, slopes = zip(*(of_sample(loss, s.tolist(), label) for s, label in zip(logits.T, labels.tolist())))
    return sum(values) / (total or len(labels)), np.transpose(slopes) / (total or len(labels))
