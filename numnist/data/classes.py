"""Classes are matched by name: the third class of a model and the third of a data set may be different things."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from numnist.data.dataset import Dataset, Split
from numnist.support.errors import DataError

_SHOWN = 6  # names in a message


def plain_name(name: str) -> str:
    """Names that differ only in capitals, blanks, hyphens and signs that file systems forbid are the same."""
    return re.sub(r"[^\w]+|_", " ", name.casefold()).strip() or name


def positions(names: Sequence[str], classes: Sequence[str]) -> list[int | None]:
    """Where each name is among the classes; None where it is not."""
    exact = {name: k for k, name in enumerate(classes)}
    plain: dict[str, int | None] = {}
    for k, name in enumerate(classes):  # two classes that differ in such a thing alone are different classes
        plain[plain_name(name)] = None if plain_name(name) in plain else k
    return [exact.get(name, plain.get(plain_name(name))) for name in names]


def match_classes(data: Dataset, classes: Sequence[str]) -> Dataset:
    """The data set with a model's classes in the model's order; it may lack some of them.

    Raises DataError for pictures of a class that the model does not have.
    """
    classes = tuple(classes)
    if data.classes == classes:
        return data
    places = positions(data.classes, classes)
    splits = data.train, data.validation, data.test
    used = np.unique(np.concatenate([split.labels for split in splits]))
    unknown = [data.classes[k] for k in used if places[k] is None]
    if unknown:
        raise DataError(
            f"{data.name} has pictures of {shown(unknown)}, but the model's classes are {shown(classes)}: classes are "
            "matched by name. Rename the folders or labels, or name the classes in a file classes.txt (one a line)."
        )
    table = np.array([-1 if place is None else place for place in places], np.int64)
    train, validation, test = (Split(split.x, table[split.labels]) for split in splits)
    return replace(data, train=train, validation=validation, test=test, classes=classes)


def shown(names: Sequence[str]) -> str:
    """The first of these names, and how many more there are."""
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more
