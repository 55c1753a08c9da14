"""Losses: how wrong the logits are, and which way is less wrong.

Each takes logits (classes, N) and labels (N,), and answers (loss, dlogits): the loss summed over these samples
and divided by `total`, and its gradient.  `total` is the size of the batch of which these samples may be a part;
None means that they are all of it, which makes the loss their mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.arguments import instance, within
from numnist.errors import UsageError
from numnist.spec import suggest

Array = NDArray[Any]
Loss = Callable[..., tuple[float, Array]]


def softmax_cross_entropy(
    logits: Array, labels: Array, total: int | None = None, *, label_smoothing: float = 0.0
) -> tuple[float, Array]:
    """-log of the probability that softmax gives to the label.   logits: (classes, N), labels: (N,)

    With label_smoothing s the target is 1 - s for the label plus s / classes for every class
    (Szegedy et al. 2016, arxiv.org/abs/1512.00567, section 7).
    """
    total = labels.size if total is None else total
    classes, each = logits.shape[0], np.arange(labels.size)
    shifted = logits - logits.max(axis=0)  # so that nothing overflows
    probs = np.exp(shifted)
    sums = probs.sum(axis=0)
    log_sums = np.log(sums)
    loss = (1 - label_smoothing) * float((log_sums - shifted[labels, each]).sum())
    probs /= sums
    probs[labels, each] -= 1 - label_smoothing
    if label_smoothing:
        loss += label_smoothing * float(log_sums.sum() - shifted.sum() / classes)
        probs -= label_smoothing / classes
    probs *= 1 / total
    return loss / total, probs


def multiclass_svm(
    logits: Array, labels: Array, total: int | None = None, *, margin: float = 1.0, squared: bool = False
) -> tuple[float, Array]:
    """Σ max(0, sⱼ - s_label + margin) over the wrong classes j, or its squares.   logits: (classes, N), labels: (N,)

    The hinge of Weston & Watkins 1999, as in the Stanford course cs231n.
    """
    total = labels.size if total is None else total
    each = np.arange(labels.size)
    over = logits - logits[labels, each]
    over += margin
    over[labels, each] = 0
    hinge = np.clip(over, 0, np.inf)  # (classes, N)
    if squared:
        loss = float(np.vdot(hinge, hinge))
        dlogits = 2 * hinge
    else:
        loss = float(hinge.sum())
        dlogits = (hinge > 0).astype(logits.dtype)
    dlogits[labels, each] = -dlogits.sum(axis=0)
    dlogits *= 1 / total
    return loss / total, dlogits


def mean_squared_error(logits: Array, labels: Array, total: int | None = None) -> tuple[float, Array]:
    """Mean over samples and classes of (logit - target)², the target being 1 for the label and 0 elsewhere.

    logits: (classes, N), labels: (N,)
    """
    total = labels.size if total is None else total
    off = logits.copy()
    off[labels, np.arange(labels.size)] -= 1
    loss = float(np.vdot(off, off)) / (total * logits.shape[0])
    off *= 2 / (total * logits.shape[0])
    return loss, off


LOSSES: dict[str, Loss] = {f.__name__: f for f in (softmax_cross_entropy, multiclass_svm, mean_squared_error)}


def make_loss(name: str, options: Mapping[str, Any] | None = None) -> Loss:
    """The loss of that name with its options fixed: make_loss("multiclass_svm", {"squared": True})."""
    if name not in LOSSES:
        raise UsageError(f"unknown loss {name!r}{suggest(name, list(LOSSES))}; there are {', '.join(LOSSES)}.")
    known = LOSSES[name].__kwdefaults__ or {}
    options = options or {}
    for option in options:
        if option not in known:
            raise UsageError(f"loss {name} has no option {option!r}; it has {', '.join(known) or 'none'}.")
        what = f"loss {name} {option}"
        if isinstance(known[option], bool):
            instance(options[option], what, bool)
        else:
            within(options[option], what, 0, 1 if option == "label_smoothing" else inf)
    return partial(LOSSES[name], **options) if options else LOSSES[name]
