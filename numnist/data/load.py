"""Load: one function that turns a name or a path into a Dataset."""

from __future__ import annotations

import os
import re
from pathlib import Path

from numnist.data.autodetect import read_own
from numnist.data.dataset import Dataset
from numnist.data.formats import idx
from numnist.data.formats.npz import read_npz
from numnist.data.published import locations
from numnist.data.published.catalog import CATALOG, KnownDataset
from numnist.data.published.download import PATIENCE, DownloadError, Progress, download
from numnist.data.splits import assemble, take
from numnist.support.errors import DataError, UsageError

TRAINING = 60_000  # pictures of MNIST, and as many strokes
VALIDATION = 10_000  # of them, the last so many choose the model


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

    name        "mnist", "fashion-mnist", "strokes" (digits that numnist draws itself, at hand without any
                file), the name given to `numnist data import`, or a path to your own data: see read_own
    data_dir    where to look first for a published data set; then $NUMNIST_DATA, ./data, the user's cache,
                and then it is downloaded.  Files are known by their SHA-256
    offline     never open a connection; $NUMNIST_OFFLINE=1 says the same
    validation  how many training pictures to keep for choosing the model: the last 10,000 of MNIST, one in
                six of your own after a shuffle that is the same every time
    size        (height, width) to which a folder of pictures of different sizes is resized
    progress    called with (file name, bytes done, bytes in all) during a download
    patience    seconds that a download may wait in all while no data flows

    Raises DataError when the data cannot be had or is not in order.
    """
    known = CATALOG.get(name) if isinstance(name, str) else None
    if known:
        return _load_known(
            known, data_dir, offline, VALIDATION if validation is None else validation, progress, patience
        )
    if name == "strokes":
        from numnist.data.strokes.drawing import load_strokes  # here, because few need it

        kept = VALIDATION if validation is None else validation
        if not 0 <= kept < TRAINING:
            raise UsageError(
                f"validation={kept} makes no sense: strokes has {TRAINING:,} training pictures to share out."
            )
        return load_strokes(train=TRAINING - kept, validation=kept)
    imported = imported_path(name)
    if imported and imported.is_file():
        return assemble(str(name), read_npz(imported), validation, str(imported))
    path = Path(name)
    if not os.path.lexists(path):
        raise DataError(
            f"there is no data set and no file {str(name)[:200]!r}: give one of {', '.join(names())}, or a path to "
            "your own."
        )
    return assemble(path.name, read_own(path, size), validation, str(path))


def names() -> list[str]:
    """The names that load knows: published, drawn, imported."""
    return [*CATALOG, "strokes", *sorted(path.stem for path in _imported().glob("*.npz"))]


def imported_path(name: str | os.PathLike[str]) -> Path | None:
    """Where an imported data set of this name is kept, or None if it cannot be a name."""
    plain = isinstance(name, str) and re.fullmatch(r"\w[\w-]{0,63}", name)
    return _imported() / f"{name}.npz" if plain else None


def _imported() -> Path:
    return locations.cache_dir() / "imported"


def _load_known(
    known: KnownDataset,
    data_dir: str | os.PathLike[str] | None,
    offline: bool,
    validation: int,
    progress: Progress | None,
    patience: float,
) -> Dataset:
    """A published data set."""
    found = locations.search(known, data_dir)
    if found.folder is None:
        folder = obtain(known, found.tried, offline, progress, patience)
        found = locations.search(known, folder)
    if found.folder is None:  # somebody changes the cache while we look
        raise cannot_be_had(known, found.tried)
    where = str(found.folder)
    rest = idx.parse_pair(found.contents[0], found.contents[1], where)
    test = idx.parse_pair(found.contents[2], found.contents[3], where)
    train, kept = take(rest, validation, where)
    return Dataset(known.name, train, kept, test, known.classes, known.preparation, source=where)


def obtain(
    known: KnownDataset,
    tried: tuple[str, ...] = (),
    offline: bool = False,
    progress: Progress | None = None,
    patience: float = PATIENCE,
) -> Path:
    """Download into the user's cache what it lacks; `tried` is what was in vain before."""
    if offline or os.environ.get("NUMNIST_OFFLINE", "0") not in ("", "0"):
        raise cannot_be_had(known, (*tried, "download: not tried, because offline is asked for"))
    try:
        return download(known, progress, patience)
    except DownloadError as error:
        raise cannot_be_had(known, (*tried, *error.tried)) from error
    except OSError as error:
        why = f"download: the cache {locations.cache_dir()} cannot be written ({error.strerror or error})"
        raise cannot_be_had(known, (*tried, why)) from error


def cannot_be_had(known: KnownDataset, tried: tuple[str, ...]) -> DataError:
    """What to say when a published data set is nowhere to be found."""
    return DataError(
        f"{known.name} cannot be had. Tried {'; '.join(tried)}. Get the files {known.files[0].name}, … from "
        f"{known.mirrors[0]} on any computer, then run `numnist data import PATH` with the folder they are in; or "
        'work with "strokes", which needs no files.'
    )
