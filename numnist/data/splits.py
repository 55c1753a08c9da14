"""Holding out a part of the pictures class by class, and saying which classes are rare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.support.errors import UsageError
from numnist.support.rng import keyed_rng

HOLD_OUT = 1 / 6  # of the pictures, by default; as in MNIST, nearly: 10,000 of 70,000
RARE = 1 / 3  # of the mean number of pictures of a class; a class with fewer is called rare
_LISTED = 10  # classes in a note

Indices = NDArray[np.intp]


def stratified_split(
    labels: NDArray[Any], amount: float, key: tuple[int, str] = (0, "split"), leave: int = 1
) -> tuple[Indices, Indices]:
    """Indices of what stays and of what is held out, each shuffled; both parts have the classes in equal shares.

    labels  (N,) whole numbers
    amount  how many to hold out: a whole number, which is kept exactly, or a fraction 0..1 of each class
    key     seed and purpose of the shuffle, see keyed_rng
    leave   how many of a class should stay, if it has enough: 2 where a second part is to be held out afterwards

    One of every class stays.  One of every class that has two or more is held out, also where the fraction alone would
    give it none; only a whole number that is smaller than the number of classes leaves some out.
    Raises UsageError for an amount that makes no sense, or that would leave a class nothing.
    """
    _, of, counts = np.unique(labels, return_inverse=True, return_counts=True)
    take = _shares(counts, amount, leave)
    order = keyed_rng(*key).permutation(len(labels))
    by_class = np.argsort(of[order], kind="stable")  # places in the shuffled order, class after class
    place = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)  # of each within its class
    held = np.zeros(len(labels), bool)
    held[by_class] = place < np.repeat(take, counts)
    return order[~held], order[held]


def _shares(counts: NDArray[np.intp], amount: float, leave: int) -> NDArray[np.intp]:
    """How many of each class to hold out.   counts: (K,) how many there are, none of them 0"""
    least = (counts > 1).astype(np.intp)
    most = np.maximum(least, counts - leave)
    total = int(counts.sum())
    if isinstance(amount, int | np.integer) and not isinstance(amount, bool):
        wanted = int(amount)
        if not 0 <= wanted <= total - len(counts):
            raise UsageError(
                f"{wanted:,} of {total:,} pictures cannot be held out: one of each of the {len(counts):,} classes must "
                f"be left to train with, so name 0 to {total - len(counts):,}, or give more pictures."
            )
        if wanted < least.sum():
            least = np.zeros_like(least)
        if wanted > most.sum():
            most = counts - 1
    elif isinstance(amount, float | np.floating) and 0 <= amount < 1:
        wanted = min(max(round(float(amount) * total), int(least.sum())), int(most.sum())) if amount else 0
        least = least if wanted else np.zeros_like(least)
    else:
        raise UsageError(f"{amount!r} cannot be held out: name a number of pictures, or a fraction from 0 to below 1.")
    share = wanted * counts / max(1, total)
    take = np.clip(np.floor(share).astype(np.intp), least, most)
    while (lacking := wanted - int(take.sum())) != 0:  # at most one round for each class and picture that was rounded
        step = 1 if lacking > 0 else -1
        possible = take < most if step > 0 else take > least
        take[np.argmax(np.where(possible, step * (share - take), -np.inf))] += step
    return take


def class_notes(parts: Mapping[str, NDArray[np.int64]], classes: Sequence[str]) -> tuple[str, ...]:
    """What to say of classes that are rare, or missing in a part.

    parts: the labels of "training", "validation" and "test" pictures; a part that holds no pictures is passed over.
    """
    counts = {name: np.bincount(labels, minlength=len(classes)) for name, labels in parts.items() if len(labels)}
    total = np.sum(list(counts.values()), axis=0)
    there = total > 0
    notes = []
    if not there.all():
        notes.append(f"no pictures of {_listed(classes, ~there)}: the network cannot learn what it never sees")
    for name, count in counts.items():
        if (missing := there & (count == 0)).any():
            notes.append(f"no {name} pictures of {_listed(classes, missing, total)}")
    if (rare := there & (total < RARE * total[there].mean())).any():
        notes.append(f"rare classes: {_listed(classes, rare, total)}")
    return tuple(notes)


def _listed(classes: Sequence[str], which: NDArray[np.bool_], counts: NDArray[Any] | None = None) -> str:
    """cat (3 pictures), dog (1 picture) and 8 more"""
    chosen = np.flatnonzero(which)
    names = [
        classes[k] if counts is None else f"{classes[k]} ({counts[k]:,} picture{'s' if counts[k] != 1 else ''} in all)"
        for k in chosen[:_LISTED]
    ]
    more = f" and {len(chosen) - _LISTED:,} more" if len(chosen) > _LISTED else ""
    return ", ".join(names) + more
