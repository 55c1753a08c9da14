"""The data sets on this machine: what is available, is it intact, and adding more.  Used by `numnist data`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from numnist.data.checks import GET_AGAIN
from numnist.data.dataset import DIGITS
from numnist.data.formats.npz import write_npz
from numnist.data.load import TEST, TRAINING, canonical_name, imported_path, load, names
from numnist.data.published import locations
from numnist.data.published.archive import extract, is_archive
from numnist.data.published.catalog import CATALOG
from numnist.data.published.download import Progress, download
from numnist.data.published.records import PublishedDataset, spellings
from numnist.support.errors import DataError, UsageError
from numnist.support.files import atomic_writer
from numnist.support.serialisation import suggest

_MOST_FILES = 10_000  # below a folder; with more of them it is probably the wrong one


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a data set without loading it."""

    name: str
    title: str
    kind: str  # "published", "drawn" or "imported"
    where: str  # the folder or file, or "" if it is not available locally
    detail: str  # where it was searched for, if it is not available locally
    sizes: tuple[int, ...]  # of the training and test pictures; empty if they cannot be read
    shape: tuple[int, ...]  # of a picture, (C, H, W); empty likewise
    classes: tuple[str, ...]
    licence: str

    @property
    def found(self) -> bool:
        """Whether it is available locally."""
        return bool(self.where)


def describe(data_dir: str | Path | None = None) -> list[DatasetInfo]:
    """Every data set that `load` knows by name, and whether it is available locally."""
    return [describe_one(name, data_dir) for name in names()]


def describe_one(name: str, data_dir: str | Path | None = None) -> DatasetInfo:
    """One data set.  Raises UsageError for an unknown name."""
    known = CATALOG.get(name)
    if known:
        found = locations.search(known, data_dir)
        archives = locations.find_archives(known.archive, data_dir) if known.archive and not found.folder else ()
        where = str(found.folder or next(iter(archives), ""))
        facts = known.sizes, known.shape, known.classes, known.licence
        return DatasetInfo(name, known.title, "published", where, "" if where else "; ".join(found.tried), *facts)
    if name == "strokes":
        title, where = "digits drawn by numnist itself", "(drawn when needed)"
        return DatasetInfo(name, title, "drawn", where, "", (TRAINING, TEST), (1, 28, 28), DIGITS, "MIT")
    path = imported_path(name)
    if path is None or not path.is_file():
        raise UsageError(f"there is no data set {name!r}{suggest(name, names())}: numnist knows {', '.join(names())}.")
    title, licence = "your own pictures", "your own"
    try:
        data = load(name)
    except DataError as error:
        return DatasetInfo(name, title, "imported", "", str(error), (), (), (), licence)
    sizes = (len(data.train) + len(data.validation), len(data.test))
    return DatasetInfo(name, title, "imported", str(path), "", sizes, data.shape, data.classes, licence)


def present(data_dir: str | Path | None = None) -> list[str]:
    """The published data sets of which there is a file on this machine, intact or not."""
    return [name for name, known in CATALOG.items() if locations.is_present(known, data_dir)]


def verify(name: str, data_dir: str | Path | None = None) -> list[tuple[str, bool, str]]:
    """For each file of a data set: its name, whether it is there and intact, and where or why not."""
    name = str(canonical_name(name))
    known = CATALOG.get(name)
    if known:
        each = [(file.name, locations.search(known, data_dir, [file])) for file in known.files]
        return [(file, bool(s.paths), _detail(s)) for file, s in each]
    info = describe_one(name)
    if info.kind == "drawn":
        return [(name, True, "drawn by numnist when needed: there is no file")]
    return [(f"{name}.npz", info.found, info.where or info.detail)]


def _detail(found: locations.SearchResult) -> str:
    """Where one file is, or where it was searched for."""
    if not found.paths:
        return "; ".join(found.tried)
    return str(found.paths[0]) if found.verified else f"{found.paths[0]} ({locations.UNVERIFIED})"


def fetch(name: str, progress: Progress | None = None) -> Path:
    """Download what the user's cache lacks of a published data set; returns its folder there."""
    known = CATALOG.get(str(canonical_name(name)))
    if known is None:
        meant = suggest(name, CATALOG)
        raise UsageError(f"{name!r} cannot be downloaded{meant}: numnist knows mirrors of {', '.join(CATALOG)} only.")
    return download(known, progress=progress)


def is_imported(name: str) -> bool:
    """Whether there is an imported data set of that name."""
    path = imported_path(name)
    return path is not None and path.is_file()


def remove(name: str) -> list[Path]:
    """Remove an imported or downloaded data set from the user's cache; returns the files that were removed.

    Raises UsageError for a name that has nothing in the cache, DataError where a file cannot be removed.
    """
    name = str(canonical_name(name))
    known, path = CATALOG.get(name), imported_path(name)
    files = _cached(known) if known else [path] if path and path.is_file() else []
    if not files:
        where = describe_one(name).where  # raises UsageError for a name that does not exist
        elsewhere = f": it is in {where}, which numnist does not touch" if known and where else ""
        elsewhere = ": it is drawn when it is needed" if name == "strokes" else elsewhere
        raise UsageError(f"{name} has no files in {locations.cache_dir()}{elsewhere}.")
    archive = known.archive if known else None
    if archive and not any(_cached(other) for other in CATALOG.values() if other.archive == archive and other != known):
        kept = locations.cache_dir() / archive.folder / archive.name  # nothing else was taken from it
        files += [kept] if kept.is_file() else []
    try:
        for file in files:
            file.unlink()
            with suppress(OSError):  # something else is in the folder
                file.parent.rmdir()
    except OSError as error:
        raise DataError(f"{file} cannot be removed ({error.strerror or error}): check its permissions.") from error
    return files


def _cached(known: PublishedDataset) -> list[Path]:
    """The files of a published data set in the user's cache."""
    names = (name for file in known.files for name in spellings(file.name))
    return [path for name in names if (path := locations.cache_dir() / known.name / name).is_file()]


def import_files(path: str | Path, name: str | None = None, size: tuple[int, int] | None = None) -> DatasetInfo:
    """Copy files into the user's cache, so that load(name) finds them from any folder.

    Published files are recognised by their hash, whatever their names and whether packed or not, and so is an archive
    that they come in.  Any other data that `load` can read is kept under the `name` you give it.
    """
    path = Path(path)
    if not os.path.lexists(path):
        raise DataError(f"{path} does not exist: check the path.")
    name = None if name is None else str(canonical_name(name))
    try:
        if name is None or name in CATALOG:
            return _import_published(path, name)
        target = imported_path(name)
        if target is None or name == "strokes":
            raise UsageError(f"{name!r} cannot be a data set's name: use letters, digits, - and _, and not strokes.")
        write_npz(target, load(path, size=size))
        return describe_one(name)
    except OSError as error:
        raise DataError(f"{path} cannot be imported into {locations.cache_dir()} ({error}): check both.") from error


def _import_published(path: Path, name: str | None) -> DatasetInfo:
    """Copy the recognised files of one published data set into the cache."""
    files = {(known, file): source for known, file, source in _recognised(path) if name in (None, known.name)}
    if name and not files:
        files = _by_names(path, CATALOG[name])
    sets = {known for known, _ in files}
    if not sets:
        raise DataError(
            f"{path} holds no intact file of {name or ' or '.join(CATALOG)} (by its hash). If these are your own "
            "pictures, give them a name: `numnist data import PATH --name NAME`."
        )
    if len(sets) > 1:
        raise DataError(
            f"{path} holds files of {' and '.join(sorted(known.name for known in sets))}: import one at a time with "
            "--name."
        )
    (known,) = sets
    folder = locations.cache_dir() / known.name
    for (_, file), source in files.items():
        if file is None:
            try:
                extract(source, known, folder)
            except locations.VerificationError as error:
                raise DataError(f"{error}: {GET_AGAIN}.") from error
        else:
            with source.open("rb") as content, atomic_writer(folder / file) as target:
                shutil.copyfileobj(content, target)
    return describe_one(known.name)


def _by_names(path: Path, known: PublishedDataset) -> dict[tuple[PublishedDataset, str | None], Path]:
    """The four files of a data set in a folder, if some are unpacked and no hash of these is published."""
    try:
        found = locations.find_files(path, known)
    except locations.VerificationError:
        return {}
    return {(known, source.name): source for source in found.paths}


def _recognised(path: Path) -> Iterator[tuple[PublishedDataset, str | None, Path]]:
    """The published files at or below a path: data set, name, and where.  An archive is all files; it has no name."""
    candidates = [path] if path.is_file() else path.rglob("*")
    for count, candidate in enumerate(candidates):
        if count > _MOST_FILES:
            raise DataError(f"{path} holds more than {_MOST_FILES:,} files: name the folder that the files are in.")
        if candidate.is_file():
            found = locations.identify_file(candidate)
            if found:
                yield *found, candidate
            for archive in {known.archive for known in CATALOG.values() if known.archive}:
                if is_archive(candidate, archive):
                    yield from ((known, None, candidate) for known in CATALOG.values() if known.archive == archive)
