"""Exercise: softmax and cross-entropy, with the gradient of both together."""

from __future__ import annotations

from typing import Any

import numpy as np

from numnist.exercises.exercise import Case, Exercise, Mistake, Outputs
from numnist.naive import numerical_gradient
from numnist.nn.activations import softmax
from numnist.nn.base import Array
from numnist.nn.losses import CROSS_ENTROPY


def right(a: Any) -> Outputs:
    loss, dlogits = CROSS_ENTROPY(a.logits, a.labels)
    return {"loss": loss, "dlogits": dlogits}


def slopes(a: Any) -> Outputs:
    logits = a.logits.copy()
    found = numerical_gradient(lambda _: CROSS_ENTROPY(logits, a.labels)[0], logits.reshape(-1))
    return {"dlogits": found.reshape(logits.shape)}


def target(a: Any) -> Array:
    """1 for the label and 0 for the other classes: (classes, N)."""
    return (np.arange(len(a.logits))[:, None] == a.labels).astype(float)


def across(a: Any) -> Array:
    """A softmax over the samples instead of the classes."""
    return softmax(a.logits.T).T


def of_label(a: Any, probs: Array) -> Array:
    """Of each sample the number of its label: (N,)."""
    return probs[a.labels, np.arange(len(a.labels))]


def case(what: str, logits: Any, *labels: int) -> Case:
    return Case(what, {"logits": np.array(logits, float), "labels": np.array(labels)})


SOFTMAX_CROSS_ENTROPY = Exercise(
    "softmax-cross-entropy", "the loss of classifiers, and its gradient at the logits", ("loss", "dlogits"),
    (
        case("one sample, two equal logits", ((0,), (0,)), 0),
        case("one sample, whose probabilities are 1/8, 2/8 and 5/8", np.log(((1,), (2,), (5,))), 2),
        case("two samples", np.log(((1, 3), (2, 3), (5, 2))), 2, 0),
        case("logits of a thousand", ((1000, 0), (1001, 1000), (999, 0)), 0, 2),
        case("logits of minus a thousand", ((-1000,), (-1001,)), 1),
        case("random numbers", 2 * np.random.default_rng(1).standard_normal((4, 5)), 0, 3, 3, 1, 2),
    ),
    right,
    (
        Mistake("loss", lambda a, r: r["loss"] / np.log(10), "which logarithm is meant? Its base is e."),
        Mistake("loss", lambda a, r: r["loss"] / np.log(2), "which logarithm is meant? Its base is e."),
        Mistake("loss", lambda a, r: 1 - of_label(a, softmax(a.logits)).mean(),
                "this is 1 minus the probability of the label: where is the logarithm?"),
        Mistake("loss", lambda a, r: of_label(a, softmax(a.logits)).mean(), "the logarithm is missing."),
        Mistake("loss", lambda a, r: -_log(softmax(a.logits)).sum() / len(a.labels),
                "the sum runs over all classes: which one counts for a sample?"),
        Mistake("loss", lambda a, r: -_log(of_label(a, across(a))).mean(),
                "the probabilities of a sample do not add up to 1: over which axis does the softmax sum?"),
        Mistake("loss", lambda a, r: -_log(of_label(a, softmax(a.logits)))[0], "only the first sample counts."),
        Mistake("dlogits", lambda a, r: softmax(a.logits) / len(a.labels), "the label is nowhere in it."),
        Mistake("dlogits", lambda a, r: softmax(a.logits), "the label is nowhere in it."),
        Mistake("dlogits", lambda a, r: (across(a) - target(a)) / len(a.labels),
                "the probabilities of a sample do not add up to 1: over which axis does the softmax sum?"),
        Mistake("dlogits", lambda a, r: softmax(a.logits) - target(a) / len(a.labels),
                "only a part of it is divided by the number of samples."),
        Mistake("dlogits", lambda a, r: softmax(a.logits) / len(a.labels) - target(a),
                "only a part of it is divided by the number of samples."),
        Mistake("dlogits", lambda a, r: (a.logits - target(a)) / len(a.labels),
                "it has the logits themselves where it needs the probabilities."),
        Mistake("dlogits", lambda a, r: -target(a) / softmax(a.logits).clip(1e-300) / len(a.labels),
                "this is the derivative by the probabilities: the logits come before the softmax."),
    ),
    lambda a: {"N": len(a.labels), "the number of classes": len(a.logits)},
    slopes,
)  # fmt: skip


def _log(probs: Array) -> Array:
    return np.log(probs.clip(1e-300))
