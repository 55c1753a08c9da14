"""What a notebook shows of a split and of a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.ink.normalize import is_features
from numnist.support.notebook import MOST, facts, pictures, shown, table

FIRST = 12  # pictures of a split


def split_html(line: str, x: NDArray[Any], labels: NDArray[np.int64]) -> str:
    """The first pictures (N, C, H, W) with their labels.   line: says what it is"""
    tiles = "" if is_features(x.shape[1:]) else pictures((x[i], str(labels[i])) for i in range(min(len(x), FIRST)))
    return shown("", line, tiles)


def dataset_html(
    name: str,
    x: NDArray[Any],
    labels: Mapping[str, NDArray[np.int64]],
    classes: Sequence[str],
    about: Mapping[str, str],
) -> str:
    """The first training picture of each class, and how many there are of each in every split.

    x: the training pictures (N, C, H, W);  labels: of each split, by its name;  about: what else is known
    """
    known, places = np.unique(labels["train"], return_index=True)
    first = list(zip(known.tolist(), places.tolist()))[:MOST]
    tiles = "" if is_features(x.shape[1:]) else pictures((x[i], classes[k]) for k, i in first)
    heads = ("class", *labels)
    counts = [np.bincount(each, minlength=len(classes)) for each in labels.values()]
    rows = [("all", *(f"{len(each):,}" for each in labels.values()))]
    rows += [(each, *(f"{count[k]:,}" for count in counts)) for k, each in enumerate(classes)]
    C, H, W = x.shape[1:]
    size = f"{C} features" if is_features(x.shape[1:]) else f"{H}×{W}{' in colour' if C == 3 else ''}"
    return shown(
        f"Dataset {name}", f"{size}, {len(classes)} classes", tiles, table(heads, rows, heads[1:]), facts(about)
    )
