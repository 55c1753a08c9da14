"""What a kind of file is: a small good one, how people open it, and what may come of that."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from numnist.data.dataset import Dataset
from numnist.model.model import Model
from numnist.support.errors import NumnistError
from tests.strangers.mutants import mutant

IMPORTING = Path(__file__).parents[1] / "importing"
Bytes = Callable[[bytes], bytes]


def as_it_is(data: bytes) -> bytes:
    return data


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    file: its name in a folder;  make: fills a folder;  open: opens what is in the folder, and tells what was read;
    errors: of the only types that it may raise;  hashed: whether changed data can be told;  needs: a package;
    unpack, pack: what of the file is changed, and the file around it;  change: a changed copy of that;
    folder: whether it is enough that a message names the folder;  apart: how people open it, where that is done in a
    process that may be killed, and `open` does it in this one.
    """

    name: str
    file: str
    make: Callable[[Path], None]
    open: Callable[[Path], str]
    errors: tuple[type[NumnistError], ...]
    hashed: bool = False
    needs: str | None = None
    unpack: Bytes = as_it_is
    pack: Bytes = as_it_is
    change: Callable[[bytes, random.Random, bytes], bytes] = mutant
    folder: bool = False
    apart: Callable[[Path], str] | None = None

    @property
    def there(self) -> bool:
        """Whether the package that reads it is."""
        return self.needs is None or find_spec(self.needs) is not None

    def inside(self, folder: Path) -> bytes:
        """Of the good file, what is changed."""
        made = folder / f"{self.file}.good"
        if not made.exists():
            made.write_bytes((folder / self.file).read_bytes())
        return self.unpack(made.read_bytes())

    def put(self, folder: Path, inside: bytes) -> None:
        (folder / self.file).write_bytes(self.pack(inside))

    def size(self, folder: Path, inside: bytes) -> int:
        """The bytes of the file."""
        return len(inside)

    def names(self, folder: Path, said: str) -> bool:
        """Whether a message names the file."""
        return str(folder / self.file) in said or (self.folder and folder.name in said)


def digest(*things: Any) -> str:
    seen = hashlib.sha256()
    for thing in things:
        if isinstance(thing, np.ndarray):
            seen.update(f"{thing.dtype}{thing.shape}".encode() + thing.tobytes())
        else:
            seen.update(repr(thing).encode())
    return seen.hexdigest()[:16]


def of_model(model: Model) -> str:
    normal = model.normalization
    assert np.isfinite(model.theta).all()
    assert np.isfinite(normal.mean).all()
    assert np.isfinite(normal.std).all()
    assert (normal.std > 0).all()
    return digest(
        model.weights_sha256,
        model.network,
        model.in_shape,
        model.classes,
        model.preparation,
        model.background,
        normal.kind,
        normal.mean,
        normal.std,
        sorted(model.about.items(), key=str),
    )


def of_data(data: Dataset) -> str:
    splits = (data.train, data.validation, data.test)
    return digest(data.classes, data.preparation, *(array for split in splits for array in (split.x, split.labels)))
