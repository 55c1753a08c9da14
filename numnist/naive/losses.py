"""Losses, naive: one sample after the other, one class after the other."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log

import numpy as np

from numnist.nn.base import Array
from numnist.nn.losses import Loss, MeanSquaredError, MulticlassSVM, SoftmaxCrossEntropy


def softmax_cross_entropy(
    loss: SoftmaxCrossEntropy, logits: Array, labels: Array, total: int | None = None
) -> tuple[float, Array]:
    """-Σ_i target_i log p_i with p_i = e^{s_i} / Σ_j e^{s_j}; its derivative by s_i is p_i - target_i."""
    (K, N), value, dlogits = logits.shape, 0.0, np.zeros_like(logits)
    for n in range(N):
        s = [float(logits[i, n]) for i in range(K)]
        for i in range(K):
            p_i = exp(s[i]) / sum(exp(s_j) for s_j in s)
            target = (1 - loss.label_smoothing) * (i == labels[n]) + loss.label_smoothing / K
            value -= target * log(p_i) / (total or N)
            dlogits[i, n] = (p_i - target) / (total or N)
    return value, dlogits


def multiclass_svm(loss: MulticlassSVM, logits: Array, labels: Array, total: int | None = None) -> tuple[float, Array]:
    """Σ_{j ≠ label} max(0, s_j - s_label + margin), or its squares: a class that is too near pushes itself down and
    the label up.
    """
    (K, N), value, dlogits = logits.shape, 0.0, np.zeros_like(logits)
    for n in range(N):
        label = int(labels[n])
        for j in range(K):
            over = float(logits[j, n] - logits[label, n]) + loss.margin
            if j != label and over > 0:
                value += (over**2 if loss.squared else over) / (total or N)
                slope = (2 * over if loss.squared else 1) / (total or N)
                dlogits[j, n] += slope
                dlogits[label, n] -= slope
    return value, dlogits


def mean_squared_error(
    loss: MeanSquaredError, logits: Array, labels: Array, total: int | None = None
) -> tuple[float, Array]:
    """Σ (s_i - target_i)² / classes, the target being 1 for the label and 0 elsewhere."""
    (K, N), value, dlogits = logits.shape, 0.0, np.zeros_like(logits)
    for n in range(N):
        for i in range(K):
            off = float(logits[i, n]) - (i == labels[n])
            value += off**2 / (K * (total or N))
            dlogits[i, n] = 2 * off / (K * (total or N))
    return value, dlogits


NAIVE_LOSSES: dict[str, Callable[..., tuple[float, Array]]] = {
    "SoftmaxCrossEntropy": softmax_cross_entropy,
    "MulticlassSVM": multiclass_svm,
    "MeanSquaredError": mean_squared_error,
}


def naive_loss(loss: Loss, logits: Array, labels: Array, total: int | None = None) -> tuple[float, Array]:
    """What loss(logits, labels, total) returns, in loops."""
    return NAIVE_LOSSES[type(loss).__name__](loss, logits, labels, total)
