"""Picture files with labels, read into splits of one size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from numnist.data.checks import MAX_BYTES
from numnist.data.dataset import Split
from numnist.data.formats.image import SUFFIXES, can_read, read_picture
from numnist.data.read_options import ReadOptions
from numnist.ink.prepare import prepare
from numnist.support.errors import DataError


@dataclass(frozen=True)
class Embedded:
    """The content of a picture's file that lies in another file; its name is for messages."""

    content: bytes = field(repr=False)
    name: str

    def __str__(self) -> str:
        return self.name


Source: TypeAlias = Path | Embedded
Named: TypeAlias = tuple[Path, int]  # a picture's file and its label
MOST_NAMED = 8  # files in a message


def is_picture(path: Path) -> bool:
    """Whether this is a picture that can be read here, by its name; macOS writes ._1.png beside 1.png."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and can_read(path.suffix.lower())


def listed(names: Sequence[str]) -> str:
    """The first of these names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def read_splits(
    parts: Mapping[str, Sequence[tuple[Source, int]]], options: ReadOptions
) -> tuple[dict[str, Split], tuple[str, ...]]:
    """The pictures of each split, and notes on those that were skipped.

    The pictures are grey unless one of them shows colour.  All must have the same size, or are resized.
    Raises DataError for sizes that differ, for pictures that cannot be read (all of them at once), and where the
    pictures would not fit into memory.
    """
    pictures = _Pictures(options)
    read = {
        name: ([pictures.read(path) for path, _ in paths], [label for _, label in paths])
        for name, paths in parts.items()
    }
    notes = pictures.check_broken()
    C = max(
        (1 if picture.ndim == 2 else 3 for all_, _ in read.values() for picture in all_ if picture is not None),
        default=1,
    )
    splits = {}
    for name, (each, labels) in read.items():
        good = [(picture, label) for picture, label in zip(each, labels) if picture is not None]
        if not good:
            raise DataError(f"no {name} picture can be read: {listed([str(path) for path, _ in parts[name]])}.")
        x = np.empty((len(good), C, *good[0][0].shape[:2]), np.uint8)  # (N, C, H, W)
        for i, (picture, _) in enumerate(good):
            x[i] = np.atleast_3d(picture).transpose(2, 0, 1)  # grey is repeated in all channels
        splits[name] = Split(x, np.array([label for _, label in good], np.int64))
    return splits, notes


class _Pictures:
    """Reads pictures of one size, and remembers those that are broken."""

    def __init__(self, options: ReadOptions) -> None:
        self.options = options
        self.broken: list[str] = []
        self.first: tuple[Source, tuple[int, ...]] | None = None
        self.bytes = 0

    def read(self, path: Source) -> NDArray[np.uint8] | None:
        """(H, W), or (H, W, 3); None if it is broken.  Raises DataError if the size differs or memory is short."""
        try:
            given = read_picture(path.content, path.name) if isinstance(path, Embedded) else read_picture(path)
            picture = self._prepared(given)
        except DataError as error:
            self.broken.append(str(error))
            return None
        if self.first is None:
            self.first = path, picture.shape[:2]
        there, shape = self.first
        if picture.shape[:2] != shape:
            raise DataError(
                f"{path} is {_times(picture.shape)} pixels but {there} is {_times(shape)}: make all pictures the same "
                "size, or have them resized with size=(height, width)."
            )
        self.bytes += picture.nbytes
        if self.bytes > MAX_BYTES:
            raise DataError(
                f"Up to {path} there are so many pictures of {_times(shape)} pixels that they exceed the "
                f"{MAX_BYTES:,} bytes that numnist holds in memory: have them resized with size=(height, width)."
            )
        return picture

    def _prepared(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """As `predict` will prepare pictures, so that the network is trained on what it will see."""
        size, preparation = self.options.size, self.options.preparation
        if size is None and preparation in (None, "plain"):
            return picture
        colour = picture.ndim == 3 and preparation != "digits"
        size = size or ((28, 28) if preparation == "digits" else picture.shape[:2])
        prepared = prepare(picture, preparation or "plain", (3 if colour else 1, *size)).picture
        return prepared.transpose(1, 2, 0) if colour else prepared  # (H, W, 3)

    def check_broken(self) -> tuple[str, ...]:
        """A note on the broken pictures.  Raises DataError for them, unless they are to be skipped."""
        if not self.broken:
            return ()
        if len(self.broken) == 1 and not self.options.skip_broken:
            raise DataError(self.broken[0])
        count = f"{len(self.broken):,} pictures cannot be read" if len(self.broken) > 1 else "a picture cannot be read"
        shown = "\n".join(f"  {each}" for each in self.broken[:MOST_NAMED])
        more = len(self.broken) - MOST_NAMED
        shown += f"\n  and {more:,} more" if more > 0 else ""
        if self.options.skip_broken:
            return (f"{count} and {'are' if len(self.broken) > 1 else 'is'} left out:\n{shown}",)
        raise DataError(
            f"{count}:\n{shown}\nRepair or remove them, or leave them out with --skip-broken (in Python "
            "skip_broken=True)."
        )


def _times(shape: tuple[int, ...]) -> str:
    return f"{shape[1]}×{shape[0]}"
