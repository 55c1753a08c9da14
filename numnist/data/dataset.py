"""Pictures with labels in three splits, what is known about them, and how splits are held out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.arrays.parts import TEST, TRAINING, VALIDATION, read_parts
from numnist.data.checks import class_names
from numnist.data.splits import HOLD_OUT, class_notes, stratified_split
from numnist.ink.prepare import PREPARATIONS
from numnist.support.cached import cached_property
from numnist.support.checks import shown_as_written
from numnist.support.errors import DataError, UsageError

DIGITS = tuple("0123456789")  # the names of the classes of MNIST
HOLD_OUT_ONE_IN = round(1 / HOLD_OUT)  # pictures, by default


@dataclass(frozen=True, eq=False)
class Split:
    """Pictures and their labels.

    x: (N, C, H, W), uint8 0..255 or float32 0..1;  labels: (N,) int64.
    """

    x: NDArray[Any]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: slice | NDArray[Any]) -> Split:
        """A part of the pictures: split[:100], split[mask]."""
        return Split(self.x[index], self.labels[index])

    def __iter__(self) -> Iterator[NDArray[Any]]:
        """For `x, labels = split`."""
        return iter((self.x, self.labels))

    def __repr__(self) -> str:
        return f"Split({len(self):,} pictures {self.x.shape[1:]} {self.x.dtype})"

    def _repr_html_(self) -> str:
        """What a notebook shows: the first pictures with their labels."""
        from numnist.data.notebook import split_html

        return split_html(repr(self), self.x, self.labels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Three splits of one kind of picture.

    preparation: how your own picture becomes one of these, "digits", "photo" or "plain", see ink/prepare.py;
    source: where the data comes from, for people;  notes: what they should know of it, such as pixels that were scaled.
    further: pictures to train on besides, such as drawn ones; the label `len(classes)` says that a picture shows none
    of the classes, which a model with a background learns to tell.  They are not evaluated, and not in `sha256`.
    Raises DataError if the splits do not fit together.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    classes: tuple[str, ...]
    preparation: str = "plain"
    source: str = ""
    notes: tuple[str, ...] = ()
    further: Split | None = None

    def __post_init__(self) -> None:
        shown_as_written(self.classes, f"{self.name}: the class", DataError)
        for name in ("train", "validation", "test", "further"):
            split: Split | None = getattr(self, name)
            if split is None:
                continue
            count = len(self.classes) + (name == "further")
            if split.x.ndim != 4 or split.x.shape[1:] != self.train.x.shape[1:]:
                raise DataError(
                    f"{self.name}: the {name} pictures have shape {split.x.shape}, but (N, C, H, W) with "
                    f"(C, H, W) = {self.train.x.shape[1:]} is expected: make all pictures the same size."
                )
            if split.x.dtype != self.train.x.dtype:
                raise DataError(
                    f"{self.name}: the {name} pictures are {split.x.dtype} but those to train with are "
                    f"{self.train.x.dtype}: save all of them as uint8 0..255, or all as floats 0..1."
                )
            if len(split.x) != len(split.labels):
                raise DataError(
                    f"{self.name}: the {name} split has {len(split.x):,} pictures but {len(split.labels):,} "
                    "labels: images and labels must come in pairs, in the same order."
                )
            if len(split) and not 0 <= split.labels.min() <= split.labels.max() < count:
                raise DataError(
                    f"{self.name}: the {name} labels run from {split.labels.min()} to {split.labels.max()}, but "
                    f"there are {count} classes (0 to {count - 1})."
                )

    @cached_property
    def training(self) -> Split:
        """All pictures to train on, `further` ones behind the others."""
        return self.train if self.further is None else join(self.train, self.further)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of one picture: (C, H, W)."""
        C, H, W = self.train.x.shape[1:]
        return C, H, W

    @cached_property
    def sha256(self) -> str:
        """Hash over the pixels and labels of all splits: which data a model was trained and evaluated on."""
        digest = hashlib.sha256(repr(self.classes).encode())
        for split in (self.train, self.validation, self.test):
            for array in split:
                digest.update(repr((array.dtype.str, array.shape)).encode())
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    @classmethod
    def of(
        cls,
        x: Any,
        y: Any,
        *,
        test: Any = None,
        validation: Any = None,
        classes: Sequence[str] | None = None,
        features: bool | None = None,
        name: str = "own",
        preparation: str | None = None,
        seed: int = 0,
    ) -> Dataset:
        """A data set from arrays, nested lists, DataFrames, tensors or whatever else NumPy makes arrays of.

        x           pictures (N, H, W), (N, C, H, W) or (N, H, W, C), grey or colour, or rows of square ones, (N, 784);
                    whole numbers 0..255 or floats 0..1.  Whole numbers up to 16, or only 0 and 1, are scaled to 0..255,
                    which `notes` says.  Or features (N, F), any numbers, which become (N, F, 1, 1): a network for them
                    begins with Flatten, and the model's normalisation standardises each feature by itself
        y           labels: whole numbers of any range, words, or one-hot rows
        test        (x, y), or how many pictures to hold out: a number, or a fraction of each class; by default 1/6
        validation  the same, of the pictures that are left then; 0 for none
        classes     names in the order of the labels; by default the labels that occur, and the columns of one-hot rows
        features    True or False where the shape leaves open whether (N, F) are features or rows of pictures
        preparation how other pictures are made like these, "digits", "photo" or "plain"; by default "digits" where they
                    look like MNIST's, else "plain"
        seed        decides which pictures are held out

        Raises DataError for values, shapes and labels that are wrong or may be read in two ways, UsageError for
        arguments that make no sense.
        """
        if preparation not in (None, *PREPARATIONS):
            raise UsageError(f"preparation {preparation!r} is unknown; there are {', '.join(PREPARATIONS)}.")
        parts = read_parts(x, y, test, validation, classes, features, seed)
        train, kept, held = (Split(*parts.splits[part]) for part in (TRAINING, VALIDATION, TEST))
        preparation = preparation or ("digits" if looks_like_mnist(train, parts.classes) else "plain")
        notes = tuple(f"{name}: {note}." for note in parts.notes)
        return cls(name, train, kept, held, parts.classes, preparation, "arrays", notes)

    def first(self, count: int) -> Dataset:
        """The same with only the first `count` training pictures.  Raises UsageError if there are fewer."""
        if not 0 < count <= len(self.train):
            raise UsageError(
                f"{self.name} has only {len(self.train):,} training pictures, so {count:,} cannot be taken."
            )
        return replace(self, train=self.train[:count])

    def __repr__(self) -> str:
        sizes = " / ".join(f"{len(s):,}" for s in (self.train, self.validation, self.test))
        noted = f", {len(self.notes)} in notes" if self.notes else ""
        return f"Dataset({self.name!r}, {sizes}, {self.shape}, {len(self.classes)} classes{noted})"

    def _repr_html_(self) -> str:
        """What a notebook shows: how many pictures of each class there are, and the first one of each."""
        from numnist.data.notebook import dataset_html

        parts = {"train": self.train, "validation": self.validation, "test": self.test, "further": self.further}
        labels = {name: split.labels for name, split in parts.items() if split is not None}
        about = {"preparation": self.preparation, "source": self.source, "notes": " ".join(self.notes)}
        return dataset_html(self.name, self.train.x, labels, self.classes, about)


@dataclass(frozen=True, eq=False)
class RawDataset:
    """What files hold.  Test and validation pictures may be missing, and so may the names of the classes."""

    train: Split
    test: Split | None = None
    validation: Split | None = None
    classes: tuple[str, ...] | None = None
    preparation: str | None = None
    notes: tuple[str, ...] = ()


def make_dataset(name: str, raw: RawDataset, validation: int | None, where: str) -> Dataset:
    """A Dataset of three splits.

    Without test pictures, one in six of each class is held out for them.  Without validation pictures, or if
    `validation` asks for another number of them, `validation` of the rest are held out, or one in six.  The pictures
    are shuffled first, the same way every time, because files are often sorted by class.
    """
    train, test, kept = raw.train, raw.test, raw.validation
    if kept is not None and validation is not None and validation != len(kept):  # another number than it came with
        train, kept = join(train, kept), None
    classes = raw.classes or class_names(train.labels, where)
    if test is None:
        train, test = _hold_out_by_class(train, None, where, leave=2)
    if kept is None:
        least = HOLD_OUT_ONE_IN if raw.test is not None else 2  # of few pictures, many may be held out by now
        train, kept = _hold_out_by_class(train, validation, where, least=least)
    preparation = raw.preparation or ("digits" if looks_like_mnist(train, classes) else "plain")
    data = Dataset(name, train, kept, test, classes, preparation, source=where)
    parts = {"training": train.labels, "validation": kept.labels, "test": test.labels}
    return replace(data, notes=(*raw.notes, *(f"{name}: {note}." for note in class_notes(parts, classes))))


def join(*splits: Split | None) -> Split:
    """All pictures of these splits, in this order."""
    there = [split for split in splits if split is not None]
    return Split(np.concatenate([split.x for split in there]), np.concatenate([split.labels for split in there]))


def hold_out(split: Split, count: int, where: str) -> tuple[Split, Split]:
    """All but the last `count` pictures, and those.  Raises UsageError for a count that makes no sense."""
    _check_hold_out(split, count, where)
    cut = len(split) - count
    return split[:cut], split[cut:]


def _hold_out_by_class(
    split: Split, count: int | None, where: str, leave: int = 1, least: int = HOLD_OUT_ONE_IN
) -> tuple[Split, Split]:
    """Shuffled, all but `count` pictures, and those, with the classes in equal shares; None holds out one in six.

    leave: how many of a class should stay;  least: from how many pictures on one in six is held out.
    Raises UsageError for a count that makes no sense, DataError where there are too few pictures for any.
    """
    _check_hold_out(split, count, where, least)
    rest, held = stratified_split(split.labels, HOLD_OUT if count is None else count, leave=leave)
    return split[rest], split[held]


def _check_hold_out(split: Split, count: int | None, where: str, least: int = HOLD_OUT_ONE_IN) -> None:
    if count is not None and count < 0:
        raise UsageError(f"validation={count} makes no sense: name how many pictures to keep, 0 or more.")
    needed = least if count is None else count + 1
    if len(split) < needed:
        error = DataError if count is None else UsageError
        raise error(
            f"{where} has {len(split):,} training pictures left, which is too few to keep {count or 1:,} of them "
            "apart: give more pictures, or ask for fewer with validation=."
        )


def looks_like_mnist(split: Split, classes: tuple[str, ...]) -> bool:
    """Whether these are digits made like MNIST's: 28×28, named 0 to 9, and almost only black near the border.

    MNIST itself in another format is the most common data of a user's own, and pictures for its network must be
    prepared like it; an excerpt may lack a few digits.  Fashion-MNIST's pictures reach the border.
    """
    if not set(classes) <= set(DIGITS) or len(classes) <= len(DIGITS) / 2 or split.x.shape[1:] != (1, 28, 28):
        return False
    border = np.ones((28, 28), bool)
    border[2:-2, 2:-2] = False
    return bool(np.count_nonzero(split.x[:1000, 0, border], axis=1).mean() < 0.01 * border.sum())
