"""Training, validation and test pictures from arrays of people's own; Dataset.of is the way in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.arrays.inputs import read_inputs
from numnist.data.arrays.labels import Given, read_labels
from numnist.data.splits import HOLD_OUT, class_notes, stratified_split
from numnist.support.errors import DataError, UsageError

Pair = tuple[Any, Any]
_MANY = 100  # classes, above which there should be two pictures of each
TRAINING, VALIDATION, TEST = "training", "validation", "test"


@dataclass(frozen=True, eq=False)
class Parts:
    """Of training, validation and test: inputs (N, C, H, W) and labels (N,); the classes; what is to be said."""

    splits: dict[str, tuple[NDArray[Any], NDArray[np.int64]]]
    classes: tuple[str, ...]
    notes: tuple[str, ...]


def read_parts(
    x: Any,
    y: Any,
    test: Any = None,
    validation: Any = None,
    classes: Sequence[str] | None = None,
    features: bool | None = None,
    seed: int = 0,
) -> Parts:
    """The arguments of Dataset.of as three splits: what is not given is held out, class by class."""
    pairs: dict[str, Pair] = {TRAINING: (x, y)}
    amounts: dict[str, Any] = {}
    for part, given in ((TEST, test), (VALIDATION, validation)):
        if given is None or isinstance(given, Number):
            amounts[part] = HOLD_OUT if given is None else given
        else:
            pairs[part] = _pair(given, part)
    prefix = {part: "" if part == TRAINING else f"{part} " for part in pairs}
    inputs, notes = read_inputs([(pair[0], f"{prefix[part]}x") for part, pair in pairs.items()], features)
    given_labels = [Given(y, f"{prefix[part]}y", len(x)) for (part, (_, y)), x in zip(pairs.items(), inputs)]
    labels, names = read_labels(given_labels, classes)
    _check_classes(names, labels)
    splits = dict(zip(pairs, zip(inputs, labels)))
    for part, amount in amounts.items():
        pictures, numbers = splits[TRAINING]
        leave = 2 if part == TEST and amounts.get(VALIDATION) else 1
        rest, held = stratified_split(numbers, amount, (seed, "split"), leave)
        if amount and not len(held):
            raise DataError(
                f"y has no class of which two pictures are left, so none can be held out for {part}: give more "
                f"pictures, or {part}=(x, y), or {part}=0."
            )
        splits[part], splits[TRAINING] = (pictures[held], numbers[held]), (pictures[rest], numbers[rest])
    said = class_notes({part: splits[part][1] for part in (TRAINING, VALIDATION, TEST)}, names)
    return Parts(splits, names, (*notes, *said))


def _check_classes(names: Sequence[str], labels: Sequence[NDArray[np.int64]]) -> None:
    """Raise DataError for labels that are no classes to learn: all alike, or nearly all different."""
    if len(names) < 2:
        raise DataError(f"y has only the class {names[0]!r}: a network tells classes apart, so give two or more.")
    total, present = sum(map(len, labels)), len(np.unique(np.concatenate(labels)))
    if present > max(_MANY, total // 2):
        raise DataError(
            f"y has {present:,} different labels for {total:,} pictures: labels are classes, each with several "
            "pictures, and no measurements or numbers of pictures."
        )


def _pair(given: Any, part: str) -> Pair:
    """The pictures and labels of a split, which may be a Split."""
    if not isinstance(given, tuple | list) and not hasattr(given, "labels"):
        raise UsageError(f"{part} is a {type(given).__name__}, but must be (x, y), a number of pictures or a fraction.")
    both = tuple(given)
    if len(both) != 2:
        raise UsageError(f"{part} has {len(both)} parts, but must be (x, y), pictures and their labels.")
    return both
