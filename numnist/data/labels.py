"""Labels as files have them, whole numbers or words, to classes numbered from 0 and their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.checks import class_names
from numnist.support.errors import DataError

Labels = NDArray[np.int64]


def number_classes(splits: Sequence[NDArray[Any]], where: str) -> tuple[list[Labels], tuple[str, ...]]:
    """The labels of all splits as numbers of classes, and the classes' names.

    splits: (N,) each, the training pictures' first.  Words become classes in sorted order, numbers as numbers.  Whole
    numbers are the classes' numbers; where they run from 1 without a gap, there is no class 0.
    Raises DataError for labels of another split that no training picture has.
    """
    train = splits[0]
    if any(labels.dtype.kind == "U" for labels in splits):
        found = sorted_names(np.unique(train).astype(str).tolist())
        numbers = {name: k for k, name in enumerate(found)}
        for labels in splits[1:]:
            unknown = sorted_names(set(labels.astype(str).tolist()) - numbers.keys())
            if unknown:
                raise DataError(
                    f"{where} has pictures of {', '.join(map(repr, unknown[:5]))}, but no training picture is of these "
                    "classes: give some, or leave these pictures out."
                )
        return [np.array([numbers[str(name)] for name in labels], np.int64) for labels in splits], tuple(found)
    present = np.unique(train)
    if (
        len(present) > 1
        and present[0] == 1
        and present[-1] == len(present)
        and all(s.min() > 0 for s in splits if len(s))
    ):
        return [labels.astype(np.int64) - 1 for labels in splits], tuple(str(label) for label in present)
    return [labels.astype(np.int64) for labels in splits], class_names(train.astype(np.int64), where)


def sorted_names(names: Iterable[str]) -> list[str]:
    """Numbers first, by their value; then words."""
    return sorted(names, key=lambda name: (False, int(name), name) if name.isdecimal() else (True, 0, name))
