"""One function that turns a name or a path into a Dataset."""

from __future__ import annotations

import os
import re
from pathlib import Path

from numnist.data.autodetect import read_any
from numnist.data.dataset import Dataset
from numnist.data.formats import idx
from numnist.data.formats.npz import read_npz
from numnist.data.published import locations
from numnist.data.published.catalog import CATALOG, PublishedDataset
from numnist.data.published.download import Progress, download, unavailable
from numnist.data.published.transfer import PATIENCE
from numnist.data.splits import hold_out, make_dataset
from numnist.support.errors import DataError, UsageError

TRAINING, TEST = 60_000, 10_000  # pictures of MNIST, and as many strokes
VALIDATION = 10_000  # of the training pictures, the last so many are for validation


def load(
    name: str | os.PathLike[str] = "mnist",
    *,
    data_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    validation: int | None = None,
    size: tuple[int, int] | None = None,
    progress: Progress | None = None,
    patience: float = PATIENCE,
) -> Dataset:
    """A data set, ready to train on.

    name        "mnist", "fashion-mnist", "strokes" (digits that numnist draws itself, always available), a name
                given to `numnist data import`, or a path to your own data: see read_any
    data_dir    where to search first for a published data set; then $NUMNIST_DATA, ./data and the user's cache are
                searched, and then it is downloaded.  Files are recognised by their SHA-256
    offline     never open a connection; $NUMNIST_OFFLINE=1 does the same
    validation  how many training pictures to hold out for validation: by default the last 10,000 of MNIST, and one
                in six of your own, after a shuffle that is the same every time
    size        (height, width) to which a folder of pictures of different sizes is resized
    progress    called with (file name, bytes done, bytes in all) during a download
    patience    seconds that a download may wait in all while no data flows

    Raises DataError if the data is unavailable or invalid.
    """
    held_out = VALIDATION if validation is None else validation  # of published sets and strokes
    if isinstance(name, str) and name in CATALOG:
        known = CATALOG[name]
        found = locations.search(known, data_dir)
        if found.folder is None:
            folder = download(known, tried=found.tried, offline=offline, progress=progress, patience=patience)
            found = locations.search(known, folder)
        return _read_published(known, found, held_out)
    if name == "strokes":
        from numnist.data.strokes.drawing import load_strokes  # imported here, because few need it

        if not 0 <= held_out < TRAINING:
            raise UsageError(
                f"validation={held_out} makes no sense: strokes has {TRAINING:,} training pictures to share out."
            )
        return load_strokes(train=TRAINING - held_out, validation=held_out)
    imported = imported_path(name)
    if imported and imported.is_file():
        return make_dataset(str(name), read_npz(imported), validation, str(imported))
    path = Path(name)
    if not os.path.lexists(path):
        raise DataError(
            f"there is no data set and no file {str(name)[:200]!r}: give one of {', '.join(names())}, or a path to "
            "your own."
        )
    return make_dataset(path.name, read_any(path, size), validation, str(path))


def names() -> list[str]:
    """The names that `load` knows: published, drawn, imported."""
    return [*CATALOG, "strokes", *sorted(path.stem for path in _imported().glob("*.npz"))]


def imported_path(name: str | os.PathLike[str]) -> Path | None:
    """Where an imported data set of this name is kept, or None if it cannot be a name."""
    plain = isinstance(name, str) and re.fullmatch(r"\w[\w-]{0,63}", name)
    return _imported() / f"{name}.npz" if plain else None


def _imported() -> Path:
    return locations.cache_dir() / "imported"


def _read_published(known: PublishedDataset, found: locations.SearchResult, validation: int) -> Dataset:
    if found.folder is None:  # the cache is being changed by another process
        raise unavailable(known, found.tried)
    where = str(found.folder)
    rest = idx.parse_pair(found.contents[0], found.contents[1], where)
    test = idx.parse_pair(found.contents[2], found.contents[3], where)
    train, held_out = hold_out(rest, validation, where)
    return Dataset(known.name, train, held_out, test, known.classes, known.preparation, source=where)
