"""Pictures with labels in three splits, and what is known about them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.support.errors import DataError

DIGITS = tuple("0123456789")  # the names of the classes of MNIST


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


@dataclass(frozen=True, eq=False)
class Dataset:
    """Three splits of one kind of picture.

    preparation: how your own picture becomes one of these, "digits", "photo" or "plain", see ink/prepare.py;
    source: where the data comes from, for people.  Raises DataError if the splits do not fit together.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    classes: tuple[str, ...]
    preparation: str = "plain"
    source: str = ""

    def __post_init__(self) -> None:
        for name in ("train", "validation", "test"):
            split: Split = getattr(self, name)
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
            if len(split) and not 0 <= split.labels.min() <= split.labels.max() < len(self.classes):
                raise DataError(
                    f"{self.name}: the {name} labels run from {split.labels.min()} to {split.labels.max()}, but "
                    f"there are {len(self.classes)} classes (0 to {len(self.classes) - 1})."
                )

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

    def first(self, count: int) -> Dataset:
        """The same with only the first `count` training pictures.  Raises DataError if there are fewer."""
        if not 0 < count <= len(self.train):
            raise DataError(f"{self.name} has {len(self.train):,} training pictures, so {count:,} cannot be taken.")
        return replace(self, train=self.train[:count])

    def __repr__(self) -> str:
        sizes = " / ".join(f"{len(s):,}" for s in (self.train, self.validation, self.test))
        return f"Dataset({self.name!r}, {sizes}, {self.shape}, {len(self.classes)} classes)"
