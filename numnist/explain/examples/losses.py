"""Examples of losses: two samples of three classes, one classified correctly and one misclassified."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.explain.arithmetic import n
from numnist.explain.examples.layer_example import ByHand

Array = NDArray[Any]
LOGITS, LABELS = np.array(((2.0, 0.5), (1.2, -1.0), (-1.0, 0.2))), np.array((0, 2))  # (3 classes, 2 samples)


@dataclass(frozen=True)
class LossExample:
    """A loss's gradient as a formula, and the loss and some numbers of the gradient by hand."""

    gradient: tuple[str, ...]
    by_hand: Callable[[], tuple[ByHand, ...]]
    paper: str = ""
    note: str = "target is 1 for the label and 0 for the other classes."


def cross_entropy() -> tuple[ByHand, ...]:
    probs = [[exp(s) / sum(map(exp, column)) for s in column] for column in LOGITS.T.tolist()]
    p, q = probs[0][0], probs[1][2]
    return (
        ByHand("loss", (), f"(-log {n(p)} - log {n(q)}) / 2", (-log(p) - log(q)) / 2),
        ByHand("dlogits", (0, 0), f"({n(p)} - 1) / 2", (p - 1) / 2),
        ByHand("dlogits", (0, 1), f"{n(probs[1][0])} / 2", probs[1][0] / 2),
    )


def svm() -> tuple[ByHand, ...]:
    parts = [
        (column[j], column[label])
        for column, label in zip(LOGITS.T.tolist(), LABELS.tolist())
        for j in range(3)
        if j != label
    ]
    words = " + ".join(f"max(0, {n(s)} - {n(right)} + 1)" for s, right in parts)
    return (
        ByHand("loss", (), f"({words}) / 2", sum(max(0.0, s - right + 1) for s, right in parts) / 2),
        ByHand("dlogits", (0, 1), "1 / 2", 0.5, "class 0 comes nearer to the label than the margin"),
    )


def squared() -> tuple[ByHand, ...]:
    off = [
        [s - (j == label) for j, s in enumerate(column)] for column, label in zip(LOGITS.T.tolist(), LABELS.tolist())
    ]
    words = " + ".join(f"{n(d)}²" for column in off for d in column)
    return (
        ByHand("loss", (), f"({words}) / (2·3)", sum(d * d for column in off for d in column) / 6),
        ByHand("dlogits", (0, 0), f"2·({n(LOGITS[0, 0])} - 1) / (2·3)", 2 * off[0][0] / 6),
    )


LOSS_EXAMPLES: dict[str, LossExample] = {
    "SoftmaxCrossEntropy": LossExample(
        ("dlogits = (softmax(logits) - target) / N",), cross_entropy,
        "Bridle 1990, Probabilistic interpretation of feedforward classification network outputs",
    ),
    "MulticlassSVM": LossExample(
        (
            "dlogits[j, n] = (near[j, n] - target[j, n]·Σ near[i, n]) / N",
            "with near[j, n] = (1 - target[j, n])·[logits[j, n] - Σ target[i, n]·logits[i, n] + margin > 0]",
        ),
        svm,
        "Weston & Watkins 1999, Support vector machines for multi-class pattern recognition",
        "target is 1 for the label and 0 for the other classes; [...] is 1 if true, else 0. near marks the wrong "
        "classes whose logit comes nearer to the label's than the margin.",
    ),
    "MeanSquaredError": LossExample(("dlogits = 2·(logits - target) / (N·classes)",), squared),
}  # fmt: skip
