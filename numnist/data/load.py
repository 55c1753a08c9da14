"""From a name, or the path of a file or folder of any format, to a Dataset."""

from __future__ import annotations

import os
import re
from pathlib import Path

from numnist.data.checks import class_names, opening
from numnist.data.dataset import Dataset, RawDataset, join, make_dataset
from numnist.data.formats.npz import read_npz
from numnist.data.own import read_any
from numnist.data.prepared import prepared
from numnist.data.published import locations
from numnist.data.published.catalog import CATALOG
from numnist.data.published.download import Progress, download, unavailable
from numnist.data.published.reading import Recognised, read_named, read_published, recognise
from numnist.data.published.transfer import PATIENCE
from numnist.data.read_options import AS_IT_IS, ReadOptions
from numnist.support.errors import DataError, UsageError
from numnist.support.serialisation import suggest

TRAINING, TEST = 60_000, 10_000  # strokes, as many as MNIST's pictures
VALIDATION = 10_000  # of the strokes to train with
STROKES_SHAPE = 1, 28, 28


def load(
    name: str | os.PathLike[str] = "mnist",
    *,
    data_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
    validation: int | None = None,
    size: tuple[int, int] | None = None,
    preparation: str | None = None,
    label_column: str | None = None,
    skip_broken: bool = False,
    progress: Progress | None = None,
    patience: float = PATIENCE,
) -> Dataset:
    """A data set, ready to train on.

    name        a published data set ("mnist", "fashion-mnist", "kmnist", "qmnist", "emnist-letters" …), also as it is
                spelt elsewhere ("FashionMNIST"); "strokes" (digits that numnist draws itself, always available); a
                name given to `numnist data import`; or a path: the files of a published data set, whatever their
                folder is called, or your own data, see read_any
    data_dir    where to search first for a published data set; then $NUMNIST_DATA, ./data and the user's cache are
                searched, and then it is downloaded.  Files are recognised by their hash
    offline     never open a connection; $NUMNIST_OFFLINE=1 does the same
    validation  how many training pictures to hold out for validation: by default as many of the last as a
                published data set suggests, 10,000 of MNIST, and one in six of your own, after a shuffle that is the
                same every time
    size        (height, width) to which your own pictures are resized
    preparation "digits", "photo" or "plain": how each of your own pictures is prepared, as for a model of that kind;
                published data is in its form already
    label_column  of a CSV file, where it does not tell by itself: "first", "last", or a name in its header
    skip_broken leave out pictures that cannot be read, and list them in the notes
    progress    called with (file name, bytes done, bytes in all) during a download, and with ("strokes", 0, None)
                before strokes are drawn, which takes seconds
    patience    seconds that a download may wait in all while no data flows

    Raises DataError if the data is unavailable or invalid.
    """
    name = canonical_name(name)
    if isinstance(name, str) and name in CATALOG:
        known = CATALOG[name]
        found = locations.search(known, data_dir)
        if found.folder is None:
            folder = download(
                known, data_dir=data_dir, tried=found.tried, offline=offline, progress=progress, patience=patience
            )
            found = locations.search(known, folder)
        if found.folder is None:  # the cache is being changed by another process
            raise unavailable(known, found.tried)
        return _in_its_size(read_published(known, found, validation), size)
    if name == "strokes":
        from numnist.data.strokes.drawing import load_strokes  # imported here, because few need it

        held_out = VALIDATION if validation is None else validation
        if not 0 <= held_out < TRAINING:
            raise UsageError(
                f"validation={held_out} makes no sense: strokes has {TRAINING:,} training pictures to share out."
            )
        _check_size(name, STROKES_SHAPE, size)
        if progress is not None:
            progress(name, 0, None)
        return load_strokes(train=TRAINING - held_out, validation=held_out)
    recognised = _recognised(name)
    if recognised and recognised.found:
        return _in_its_size(read_published(recognised.known, recognised.found, validation), size)
    raw, title, where = _read_own(name, ReadOptions(size, preparation, label_column, skip_broken), recognised)
    return make_dataset(title, raw, validation, where)


def _in_its_size(data: Dataset, size: tuple[int, int] | None) -> Dataset:
    """The data set, which has one size.  Raises UsageError if another is asked for."""
    _check_size(data.name, data.shape, size)
    return data


def _check_size(name: str, shape: tuple[int, int, int], size: tuple[int, int] | None) -> None:
    _, H, W = shape
    if size is not None and size != (H, W):
        raise UsageError(f"the pictures of {name} are {W}×{H} and are not resized: leave out size={size}.")


def load_whole(name: str | os.PathLike[str], options: ReadOptions = AS_IT_IS) -> Dataset:
    """Data of your own, all of it as test pictures.  Raises DataError if it is unavailable or invalid."""
    raw, title, where = _read_own(name, options, _recognised(name))
    everything = join(raw.train, raw.validation, raw.test)
    classes = raw.classes or class_names(everything.labels, where)
    kind = raw.preparation or "plain"
    return Dataset(title, everything[:0], everything[:0], everything, classes, kind, source=where, notes=raw.notes)


def is_own(name: str | os.PathLike[str]) -> bool:
    """Whether this is data of your own, and neither drawn by numnist nor published, by name or by path."""
    name = canonical_name(name)
    if isinstance(name, str) and (name in CATALOG or name == "strokes"):
        return False
    recognised = _recognised(name)
    return recognised is None or recognised.found is None


def canonical_name(name: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """The name of the published data set that is spelt differently elsewhere: MNIST, FashionMNIST, emnist/letters.

    Whatever is an imported name or a path stays as it is.
    """
    plain = _plain(name) if isinstance(name, str) else ""
    known = next((known for known in CATALOG if _plain(known) == plain), None)
    if known is None or os.path.lexists(name):
        return name
    imported = imported_path(name)
    return name if imported and imported.is_file() else known


def _plain(name: str) -> str:
    return re.sub(r"[-_/ ]", "", name.casefold())


def _recognised(name: str | os.PathLike[str]) -> Recognised | None:
    """The published data set whose files, perhaps cut, are at a path; None for anything else."""
    imported, path = imported_path(name), Path(name)
    if (imported and imported.is_file()) or not os.path.lexists(path):
        return None
    with opening(path):
        return recognise(path)


def _read_own(
    name: str | os.PathLike[str], options: ReadOptions, recognised: Recognised | None
) -> tuple[RawDataset, str, str]:
    """The content of an imported set, file or folder, prepared; its name; and where it is."""
    imported, path = imported_path(name), Path(name)
    if imported and imported.is_file():
        raw, title, where = read_npz(imported), str(name), str(imported)
    elif recognised:
        raw, title, where = read_named(recognised), recognised.known.name, str(recognised.images)
    elif os.path.lexists(path):
        raw, title, where = read_any(path, options), path.name, str(path)
    else:
        raise DataError(_unknown(str(name)))
    return prepared(raw, options, where), title, where


def _unknown(name: str) -> str:
    """The message for what is neither a name nor a path."""
    several = [known for known in CATALOG if known.partition("-")[0] == _plain(name)]
    if several:
        return f"{name!r} is not the whole name: give {', '.join(several)}."
    meant = suggest(name[:200], names())
    return f"there is no data set and no file {name[:200]!r}{meant}: give {', '.join(names())}, or a path."


def names() -> list[str]:
    """The names that `load` knows: published, drawn, imported."""
    return [*CATALOG, "strokes", *sorted(path.stem for path in locations.cache_dir().glob("imported/*.npz"))]


def imported_path(name: str | os.PathLike[str]) -> Path | None:
    """Where an imported data set of this name is kept, or None if it cannot be a name."""
    plain = isinstance(name, str) and re.fullmatch(r"\w[\w-]{0,63}", name)
    return locations.cache_dir() / "imported" / f"{name}.npz" if plain else None
