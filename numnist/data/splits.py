"""Parts: from what somebody's files hold (perhaps no test pictures) to a Dataset with three splits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numnist.data.checks import class_names
from numnist.data.dataset import DIGITS, Dataset, Split
from numnist.support.errors import DataError, UsageError
from numnist.support.rng import keyed_rng

PART = 6  # where nothing else is said, one in six is kept for the test, as in MNIST: 10,000 of 70,000 nearly


@dataclass(frozen=True, eq=False)
class Parts:
    """What was found.  Test and validation may be lacking, and so may the names of the classes."""

    train: Split
    test: Split | None = None
    validation: Split | None = None
    classes: tuple[str, ...] | None = None
    preparation: str | None = None


def assemble(name: str, parts: Parts, validation: int | None, where: str) -> Dataset:
    """A Dataset of three splits.

    Without test pictures one in six is taken for them; without validation pictures, or where `validation` asks for
    another number of them, `validation` of the rest, or one in six.  They are taken after a shuffle that is the same
    every time, because files are often sorted by class.
    """
    train, test, kept = parts.train, parts.test, parts.validation
    if kept is not None and validation is not None and validation != len(kept):  # another number than it came with
        train, kept = _joined(train, kept), None
    classes = parts.classes or class_names(train.labels, where)
    if test is None or kept is None:
        train = train[keyed_rng(0, "split").permutation(len(train))]
    if test is None:
        train, test = take(train, None, where)
    if kept is None:
        train, kept = take(train, validation, where)
    preparation = parts.preparation or ("digits" if _like_mnist(train, classes) else "plain")
    return Dataset(name, train, kept, test, classes, preparation, source=where)


def _joined(first: Split, second: Split) -> Split:
    return Split(np.concatenate([first.x, second.x]), np.concatenate([first.labels, second.labels]))


def take(split: Split, count: int | None, where: str) -> tuple[Split, Split]:
    """All but the last `count` pictures, and those; None takes one in six."""
    if count is None:
        count = max(1, len(split) // PART)
        needed = PART
    elif count < 0:
        raise UsageError(f"validation={count} makes no sense: name how many pictures to keep, 0 or more.")
    else:
        needed = count + 1
    if len(split) < needed:
        raise DataError(
            f"{where} has {len(split):,} training pictures left, which is too few to keep {count:,} of them apart: "
            "give more pictures, or ask for fewer with validation=."
        )
    cut = len(split) - count
    return split[:cut], split[cut:]


def _like_mnist(split: Split, classes: tuple[str, ...]) -> bool:
    """Whether these are digits made like MNIST's: 28×28, named 0 to 9, and nothing but black near the border.

    MNIST itself in another format is the commonest "own data", and its network must be given ink made the
    same way.  Fashion-MNIST's pictures reach the border.
    """
    if classes != DIGITS or split.x.shape[1:] != (1, 28, 28):
        return False
    border = np.ones((28, 28), bool)
    border[2:-2, 2:-2] = False
    return bool(np.count_nonzero(split.x[:1000, 0, border], axis=1).mean() < 0.01 * border.sum())
