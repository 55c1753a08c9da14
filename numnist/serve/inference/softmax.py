"""Softmax as a stage of its own: from the scores to probabilities step by step, and the gradient that comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numnist.explain.numbers import bracketed, brief
from numnist.explain.source import quote
from numnist.explain.words import Words, worded
from numnist.nn.activations import softmax, with_background
from numnist.nn.base import Array
from numnist.nn.losses import LOSSES, Loss, SoftmaxCrossEntropy
from numnist.serve.state.models import ModelEntry

NONE = "none of these"
FIXED = Words("softmax.fixed", "The score of “none of these” is fixed and has no gradient.")


def softmax_stage(entry: ModelEntry, logits: Array, slopes: Array | None, label: int | None) -> dict[str, Any]:
    """Every step of the softmax; with a label also the gradient of the model's own loss at the scores.

    logits, slopes: (classes,).  With a background there is one more class, whose score is always 0 and has no gradient.
    """
    model = entry.model
    z = logits.astype(np.float64)
    z = with_background(z) if model.background else z
    largest = float(z.max())
    powers = np.exp(z - largest)
    total = float(powers.sum())
    classes = [*model.classes, *([NONE] if model.background else [])]
    best = classes[int(np.argmax(z))]
    return {
        "classes": classes,
        "scores": z.tolist(),
        "largest": largest,
        "exponentials": powers.tolist(),
        "sum": total,
        "probabilities": (powers / total).tolist(),
        **worded(sentence=_sentence(model.background)),
        "formula": "p[k] = exp(z[k] − max z) / Σ exp(z − max z)",
        "with_numbers": f"p[{best}] = exp({_long(largest)} − {bracketed(_long(largest))}) / {_long(total)} "
        f"= {_long(1 / total)}",
        "gradient": None if slopes is None or label is None else _gradient(entry, slopes, label),
        "source": {"forward": quoted(softmax), "backward": _loss_source(entry.loss)},
    }


def _long(value: float) -> str:
    """Six digits: with three, a probability close to 1 would be 1."""
    return f"{value:.6g}".replace("-", "−")


def _sentence(background: bool) -> list[Words]:
    text = Words(
        "softmax.steps",
        "Softmax makes probabilities of the scores z. The largest score is subtracted first, which changes nothing but "
        "keeps exp from overflowing; exp makes all of them positive, and each is divided by their sum.",
    )
    none = Words(
        "softmax.none",
        "“none of these” is one more class, whose score is always 0: the network says so by scores below 0.",
    )
    return [text, none] if background else [text]


def _gradient(entry: ModelEntry, slopes: Array, label: int) -> dict[str, Any]:
    """The gradient of the loss at each score, with a formula for each where there is a short one."""
    model, loss, name = entry.model, entry.loss, entry.model.classes[label]
    fixed = [None] if model.background else []  # of a score that nothing can change
    said, formulas = _words(loss, name, len(model.classes), label)
    return {
        "label": name,
        "values": [*map(float, slopes), *fixed],
        "formulas": None if formulas is None else [*formulas, *fixed],
        "loss": repr(loss),
        **worded(sentence=[said, *([FIXED] if model.background else [])]),
    }


def _words(loss: Loss, name: str, classes: int, label: int) -> tuple[Words, list[str] | None]:
    """What the gradient of a loss is at the scores; and its formula for each class, if the loss is cross-entropy."""
    if type(loss) is not SoftmaxCrossEntropy:
        other = Words(
            "softmax.other_loss",
            "This model was trained with {loss}, which compares the scores themselves and uses no softmax: "
            "its gradient at the scores is not p − 1 and p, but what nn/losses.py computes.",
        )
        return other.put(loss=repr(loss)), None
    smoothing = loss.label_smoothing
    if not smoothing:
        short = Words(
            "softmax.backward",
            "Backward begins here. The loss is −log p of “{label}”, and its gradient at the scores is short: "
            "p − 1 for “{label}”, p for every other class. Where it is negative, a higher score lowers the loss.",
        )
        return short.put(label=name), ["p − 1" if k == label else "p" for k in range(classes)]
    count = classes + loss.background
    share = smoothing / count
    hit = 1 - smoothing + share
    smoothed = Words(
        "softmax.smoothed",
        "Backward begins here. The loss is cross-entropy with label smoothing {smoothing:g}: the target is "
        "{hit} for “{label}” and {other} for each of the others of {count} classes, "
        "and the gradient at the scores is p minus the target.",
    ).put(smoothing=smoothing, hit=hit, other=share, label=name, count=count)
    return smoothed, [f"p − {brief(hit if k == label else share)}" for k in range(classes)]


def _loss_source(loss: Loss) -> dict[str, Any] | None:
    """The lines that compute the loss and its gradient; None for a loss that is not numnist's."""
    return quoted(type(loss).__call__) if LOSSES.get(type(loss).__name__) is type(loss) else None


def quoted(function: Callable[..., Any]) -> dict[str, Any]:
    """Lines of numnist with their file and the number of the first."""
    quotation = quote(function)
    return {"file": quotation.file, "line": quotation.first, "text": "\n".join(quotation.lines)}
