"""A number that is infinite or not a number is no answer: what a model computes is checked before anybody is told."""

from __future__ import annotations

import numpy as np

from numnist.nn.base import Array
from numnist.support.errors import NotFiniteError


def check_outputs(outputs: Array, theta: Array) -> None:
    """Raise NotFiniteError unless all numbers are finite.   outputs: batch-last, (..., N);  theta: the parameters"""
    if not np.isfinite(outputs).all():
        count = outputs.shape[-1]
        bad = count - int(np.isfinite(outputs).reshape(-1, count).all(axis=0).sum())
        raise NotFiniteError(
            f"the network's output is infinite or not a number for {bad:,} of {count:,} pictures, so "
            f"that it says nothing of them (the largest parameter is {largest(theta)}): "
            "train the model again, with a lower learning rate."
        )


def check_derived(values: Array, what: str, theta: Array) -> None:
    """Raise NotFiniteError unless all numbers of a gradient, or of what else follows from a model, are finite.

    what: is the subject of the sentence, in the singular
    """
    if not np.isfinite(values).all():
        raise NotFiniteError(
            f"{what} is infinite or not a number (the largest parameter is {largest(theta)}), so that nothing follows "
            "from it: train the model again, with a lower learning rate."
        )


def largest(theta: Array) -> str:
    """The largest parameter; NaN if one of them is."""
    return f"{np.abs(theta).max():.3g}"
