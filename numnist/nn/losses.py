"""Losses: how wrong the logits are, and the gradient of that.

A loss is a description too: a frozen dataclass, called with logits (classes, N) and labels (N,).  It returns
(loss, dlogits): the loss summed over these samples and divided by `total`, and its gradient.  total: the size of the
batch, of which these samples may be a part; None means that they are all of it, so that the loss is their mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.nn.activations import with_background
from numnist.support.checks import instance, within
from numnist.support.errors import ShapeError
from numnist.support.serialisation import constructor_repr

Array = NDArray[Any]


@dataclass(frozen=True, repr=False)
class Loss:
    """Base of all losses."""

    def __call__(self, logits: Array, labels: Array, total: int | None = None) -> tuple[float, Array]:
        """(loss, dlogits).   logits: (classes, N), labels: (N,) -> dlogits: (classes, N)"""
        raise TypeError(f"{type(self).__name__} must define __call__(logits, labels, total).")

    def __repr__(self) -> str:
        return constructor_repr(self)


@dataclass(frozen=True, repr=False)
class SoftmaxCrossEntropy(Loss):
    """-log of the softmax probability of the label.   logits: (classes, N), labels: (N,)

    With label_smoothing s the target is 1 - s for the label plus s / classes for every class
    (Szegedy et al. 2016, arxiv.org/abs/1512.00567, section 7).
    With background the label `classes` stands for "none of these": one more class, whose logit is always 0, for samples
    that belong to no class (the background class of detectors, as in Ren et al. 2015, arxiv.org/abs/1506.01497).
    """

    label_smoothing: float = 0.0
    background: bool = False

    def __post_init__(self) -> None:
        within(self.label_smoothing, "SoftmaxCrossEntropy label_smoothing", 0, 1)
        instance(self.background, "SoftmaxCrossEntropy background", bool)

    def __call__(self, logits: Array, labels: Array, total: int | None = None) -> tuple[float, Array]:
        if self.background:
            loss, dlogits = SoftmaxCrossEntropy(self.label_smoothing)(with_background(logits), labels, total)
            return loss, dlogits[:-1]
        total = labels.size if total is None else total
        classes, each, smoothing = logits.shape[0], np.arange(labels.size), self.label_smoothing
        shifted = logits - logits.max(axis=0)  # nothing overflows
        probs = np.exp(shifted)
        sums = probs.sum(axis=0)
        log_sums = np.log(sums)
        loss = (1 - smoothing) * float((log_sums - shifted[labels, each]).sum())
        probs /= sums
        probs[labels, each] -= 1 - smoothing
        if smoothing:
            loss += smoothing * float(log_sums.sum() - shifted.sum() / classes)
            probs -= smoothing / classes
        probs *= 1 / total
        return loss / total, probs


@dataclass(frozen=True, repr=False)
class MulticlassSVM(Loss):
    """Σ max(0, sⱼ - s_label + margin) over the wrong classes j, or its squares.   logits: (classes, N), labels: (N,)

    The hinge of Weston & Watkins 1999, as in the Stanford course cs231n.
    """

    margin: float = 1.0
    squared: bool = False

    def __post_init__(self) -> None:
        within(self.margin, "MulticlassSVM margin", 0)
        instance(self.squared, "MulticlassSVM squared", bool)

    def __call__(self, logits: Array, labels: Array, total: int | None = None) -> tuple[float, Array]:
        total = labels.size if total is None else total
        each = np.arange(labels.size)
        over = logits - logits[labels, each]
        over += self.margin
        over[labels, each] = 0
        hinge = np.clip(over, 0, np.inf)  # (classes, N)
        if self.squared:
            loss = float(np.vdot(hinge, hinge))
            dlogits = 2 * hinge
        else:
            loss = float(hinge.sum())
            dlogits = (hinge > 0).astype(logits.dtype)
        dlogits[labels, each] = -dlogits.sum(axis=0)
        dlogits *= 1 / total
        return loss / total, dlogits


class MeanSquaredError(Loss):
    """Mean over samples and outputs of (output - target)².   logits: the outputs, (outputs, N)

    labels: (N,), whose target is 1 for the label's output and 0 elsewhere, or the targets themselves, (N, outputs).
    """

    def __call__(self, logits: Array, labels: Array, total: int | None = None) -> tuple[float, Array]:
        total = len(labels) if total is None else total
        off = logits.copy()
        if labels.ndim == 1:
            off[labels, np.arange(labels.size)] -= 1
        elif labels.T.shape == logits.shape:
            off -= labels.T
        else:  # NumPy might repeat them
            raise ShapeError(f"targets are {labels.shape}, but must be (N, outputs), {logits.T.shape}, as outputs are.")
        loss = float(np.vdot(off, off)) / (total * logits.shape[0])
        off *= 2 / (total * logits.shape[0])
        return loss, off


@dataclass(frozen=True, repr=False)
class ClassWeighted(Loss):
    """Another loss, in which each sample counts as much as its class does.   logits: (classes, N), labels: (N,)

    loss: which adds up over samples;  weights: of each class, 1 changes nothing.
    """

    loss: Loss
    weights: tuple[float, ...]

    @classmethod
    def balanced(cls, loss: Loss, labels: Array, classes: int) -> ClassWeighted:
        """Every class counts as much as any other, however few samples it has: N / (classes · samples of the class),
        as scikit-learn's "balanced" (King & Zeng 2001).   labels: (N,) of all samples to train on
        """
        counts = np.bincount(labels, minlength=classes)
        present = int(np.count_nonzero(counts))
        return cls(loss, tuple(len(labels) / (present * int(n)) if n else 1.0 for n in counts))

    def __call__(self, logits: Array, labels: Array, total: int | None = None) -> tuple[float, Array]:
        total = labels.size if total is None else total
        loss, dlogits = 0.0, np.empty_like(logits)
        for k in np.unique(labels):
            of_class = labels == k
            part, gradient = self.loss(logits[:, of_class], labels[of_class], total)
            loss += self.weights[k] * part
            dlogits[:, of_class] = self.weights[k] * gradient
        return loss, dlogits


def has_background(loss: object) -> bool:
    """Whether a loss takes the label of "none of these"."""
    if isinstance(loss, ClassWeighted):
        return has_background(loss.loss)
    return isinstance(loss, SoftmaxCrossEntropy) and loss.background


CROSS_ENTROPY = SoftmaxCrossEntropy()
LOSSES: dict[str, type[Any]] = {c.__name__: c for c in (SoftmaxCrossEntropy, MulticlassSVM, MeanSquaredError)}
