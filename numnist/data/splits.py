"""From what files hold, perhaps without test pictures, to a Dataset with three splits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numnist.data.checks import class_names
from numnist.data.dataset import DIGITS, Dataset, Split
from numnist.support.errors import DataError, UsageError
from numnist.support.rng import keyed_rng

HOLD_OUT_ONE_IN = 6  # pictures, by default; as in MNIST, nearly: 10,000 of 70,000


@dataclass(frozen=True, eq=False)
class RawDataset:
    """What files hold.  Test and validation pictures may be missing, and so may the names of the classes."""

    train: Split
    test: Split | None = None
    validation: Split | None = None
    classes: tuple[str, ...] | None = None
    preparation: str | None = None


def make_dataset(name: str, raw: RawDataset, validation: int | None, where: str) -> Dataset:
    """A Dataset of three splits.

    Without test pictures, one in six is held out for them.  Without validation pictures, or if `validation` asks for
    another number of them, `validation` of the rest are held out, or one in six.  The pictures are shuffled first,
    the same way every time, because files are often sorted by class.
    """
    train, test, kept = raw.train, raw.test, raw.validation
    if kept is not None and validation is not None and validation != len(kept):  # another number than it came with
        train = Split(np.concatenate([train.x, kept.x]), np.concatenate([train.labels, kept.labels]))
        kept = None
    classes = raw.classes or class_names(train.labels, where)
    if test is None or kept is None:
        train = train[keyed_rng(0, "split").permutation(len(train))]
    if test is None:
        train, test = hold_out(train, None, where)
    if kept is None:
        train, kept = hold_out(train, validation, where)
    preparation = raw.preparation or ("digits" if _looks_like_mnist(train, classes) else "plain")
    return Dataset(name, train, kept, test, classes, preparation, source=where)


def hold_out(split: Split, count: int | None, where: str) -> tuple[Split, Split]:
    """All but the last `count` pictures, and those; None holds out one in six.  Raises DataError for too many."""
    if count is None:
        count = max(1, len(split) // HOLD_OUT_ONE_IN)
        needed = HOLD_OUT_ONE_IN
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


def _looks_like_mnist(split: Split, classes: tuple[str, ...]) -> bool:
    """Whether these are digits made like MNIST's: 28×28, named 0 to 9, and almost only black near the border.

    MNIST itself in another format is the most common data of a user's own, and pictures for its network must be
    prepared like it.  Fashion-MNIST's pictures reach the border.
    """
    if classes != DIGITS or split.x.shape[1:] != (1, 28, 28):
        return False
    border = np.ones((28, 28), bool)
    border[2:-2, 2:-2] = False
    return bool(np.count_nonzero(split.x[:1000, 0, border], axis=1).mean() < 0.01 * border.sum())
