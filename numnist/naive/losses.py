"""Losses, slowly: one sample after the other, one class after the other."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log
from typing import Any

import numpy as np

from numnist.nn.base import Array


def softmax_cross_entropy(
    logits: Array, labels: Array, total: int | None = None, *, label_smoothing: float = 0.0
) -> tuple[float, Array]:
    """-Σ_i target_i log p_i with p_i = e^{s_i} / Σ_j e^{s_j}; its derivative by s_i is p_i - target_i."""
    (K, N), loss, dlogits = logits.shape, 0.0, np.zeros_like(logits)
    for n in range(N):
        s = [float(logits[i, n]) for i in range(K)]
        for i in range(K):
            p_i = exp(s[i]) / sum(exp(s_j) for s_j in s)
            target = (1 - label_smoothing) * (i == labels[n]) + label_smoothing / K
            loss -= target * log(p_i) / (total or N)
            dlogits[i, n] = (p_i - target) / (total or N)
    return loss, dlogits


def multiclass_svm(
    logits: Array, labels: Array, total: int | None = None, *, margin: float = 1.0, squared: bool = False
) -> tuple[float, Array]:
    """Σ_{j ≠ label} max(0, s_j - s_label + margin), or its squares: a class too near pushes itself and the label."""
    (K, N), loss, dlogits = logits.shape, 0.0, np.zeros_like(logits)
    for n in range(N):
        label = int(labels[n])
        for j in range(K):
            over = float(logits[j, n] - logits[label, n]) + margin
            if j != label and over > 0:
                loss += (over**2 if squared else over) / (total or N)
                slope = (2 * over if squared else 1) / (total or N)
                dlogits[j, n] += slope
                dlogits[label, n] -= slope
    return loss, dlogits


def mean_squared_error(logits: Array, labels: Array, total: int | None = None) -> tuple[float, Array]:
    """Σ (s_i - target_i)² / classes, the target being 1 for the label and 0 elsewhere."""
    (K, N), loss, dlogits = logits.shape, 0.0, np.zeros_like(logits)
    for n in range(N):
        for i in range(K):
            off = float(logits[i, n]) - (i == labels[n])
            loss += off**2 / (K * (total or N))
            dlogits[i, n] = 2 * off / (K * (total or N))
    return loss, dlogits


NAIVE_LOSSES: dict[str, Callable[..., tuple[float, Any]]] = {
    "SoftmaxCrossEntropy": softmax_cross_entropy,
    "MulticlassSVM": multiclass_svm,
    "MeanSquaredError": mean_squared_error,
}
