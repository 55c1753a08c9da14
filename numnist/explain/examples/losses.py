"""Examples of losses: two samples of three classes, one classified correctly and one misclassified."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from numnist.explain.examples.layer_example import Words
from numnist.explain.numbers import n
from numnist.nn.activations import softmax

LOGITS, LABELS = np.array(((2.0, 0.5), (1.2, -1.0), (-1.0, 0.2))), np.array((0, 2))  # (3 classes, 2 samples)


@dataclass(frozen=True)
class LossExample:
    """A loss's gradient as a formula, and the loss and some numbers of the gradient as sums by hand."""

    gradient: tuple[str, ...]
    words: Callable[[], tuple[Words, ...]]
    paper: str = ""
    note: str = "target is 1 for the label and 0 for the other classes."


def cross_entropy() -> tuple[Words, ...]:
    (p, _, _), (r, _, q) = softmax(LOGITS).T
    return (
        ("loss", (), f"(-log {n(p)} - log {n(q)}) / 2"),
        ("dlogits", (0, 0), f"({n(p)} - 1) / 2"),
        ("dlogits", (0, 1), f"{n(r)} / 2"),
    )


def svm() -> tuple[Words, ...]:
    columns = zip(LOGITS.T, LABELS)
    terms = [f"max(0, {n(s)} - {n(c[label])} + 1)" for c, label in columns for j, s in enumerate(c) if j != label]
    return (
        ("loss", (), f"({' + '.join(terms)}) / 2"),
        ("dlogits", (0, 1), "1 / 2", "class 0 comes nearer to the label than the margin"),
    )


def squared() -> tuple[Words, ...]:
    off = LOGITS.T - np.eye(3)[LABELS]
    return (
        ("loss", (), f"({' + '.join(f'{n(d)}²' for d in off.flat)}) / (2·3)"),
        ("dlogits", (0, 0), f"2·({n(LOGITS[0, 0])} - 1) / (2·3)"),
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
