"""Store: what is at hand, is it in order, and how more is brought in: the work behind `numnist data`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from numnist.data.autodetect import read_own
from numnist.data.dataset import DIGITS
from numnist.data.formats.npz import read_npz, write_npz
from numnist.data.load import imported_path, names, obtain
from numnist.data.published import locations
from numnist.data.published.catalog import CATALOG, KnownDataset, KnownFile, identify
from numnist.data.published.download import Progress
from numnist.data.splits import assemble
from numnist.support.errors import DataError, UsageError
from numnist.support.files import write_atomically

_MOST_FILES = 10_000  # that are looked at below a folder before it is called the wrong one


@dataclass(frozen=True)
class Record:
    """What can be said of a data set without loading it."""

    name: str
    title: str
    kind: str  # "published", "drawn" or "imported"
    where: str  # the folder or file, or "" if it is not at hand
    detail: str  # where it was sought, if it is not at hand
    sizes: tuple[int, ...]  # pictures to train with and to test with; empty if they cannot be read
    shape: tuple[int, ...]  # of a picture, (C, H, W); empty likewise
    classes: tuple[str, ...]
    licence: str

    @property
    def found(self) -> bool:
        return bool(self.where)


def describe(data_dir: str | Path | None = None) -> list[Record]:
    """Every data set that load knows by name, and whether it is at hand."""
    return [describe_one(name, data_dir) for name in names()]


def describe_one(name: str, data_dir: str | Path | None = None) -> Record:
    """The record of one data set."""
    known = CATALOG.get(name)
    if known:
        found = locations.search(known, data_dir)
        return Record(
            name,
            known.title,
            "published",
            str(found.folder or ""),
            "" if found.folder else "; ".join(found.tried),
            known.sizes,
            known.shape,
            known.classes,
            known.licence,
        )
    if name == "strokes":
        return Record(
            name,
            "digits drawn by numnist itself",
            "drawn",
            "(drawn when needed)",
            "",
            (60_000, 10_000),
            (1, 28, 28),
            DIGITS,
            "MIT",
        )
    path = imported_path(name)
    if path is None or not path.is_file():
        raise UsageError(f"there is no data set {name!r}: numnist knows {', '.join(names())}.")
    try:
        data = assemble(name, read_npz(path), None, str(path))
    except DataError as error:
        return Record(name, "your own pictures", "imported", "", str(error), (), (), (), "your own")
    sizes = (len(data.train) + len(data.validation), len(data.test))
    return Record(name, "your own pictures", "imported", str(path), "", sizes, data.shape, data.classes, "your own")


def verify(name: str, data_dir: str | Path | None = None) -> list[tuple[str, bool, str]]:
    """For each file of a data set: its name, whether it is at hand and unharmed, and where or why not."""
    known = CATALOG.get(name)
    if known:
        return [_verify(known, file, data_dir) for file in known.files]
    record = describe_one(name)
    if record.kind == "drawn":
        return [(name, True, "drawn by numnist when needed: there is no file")]
    return [(f"{name}.npz", record.found, record.where or record.detail)]


def _verify(known: KnownDataset, file: KnownFile, data_dir: str | Path | None) -> tuple[str, bool, str]:
    tried = []
    for place in locations.places(data_dir):
        try:
            return file.name, True, str(locations.read_verified(place.folder, known, file)[0])
        except (locations.NotThere, OSError) as why:
            tried.append(f"{place.label} ({place.folder}): {why}")
    return file.name, False, "; ".join(tried)


def fetch(name: str, progress: Progress | None = None) -> Path:
    """Download a published data set into the user's cache, or only what is lacking there; answers the folder."""
    known = CATALOG.get(name)
    if known is None:
        raise UsageError(f"{name!r} cannot be downloaded: numnist knows mirrors of {', '.join(CATALOG)} only.")
    return obtain(known, progress=progress)


def import_files(path: str | Path, name: str | None = None, size: tuple[int, int] | None = None) -> Record:
    """Keep files in the user's cache, so that load(name) finds them from any folder.

    MNIST's and Fashion-MNIST's files are known by their SHA-256, whatever they are called and whether packed
    or not.  Any other data that load can read is kept under the `name` you give it.
    """
    path = Path(path)
    if not os.path.lexists(path):
        raise DataError(f"{path} does not exist: check the path.")
    try:
        if name is None or name in CATALOG:
            return _import_published(path, name)
        target = imported_path(name)
        if target is None or name == "strokes":
            raise UsageError(f"{name!r} cannot be a data set's name: use letters, digits, - and _, and not strokes.")
        write_npz(target, assemble(name, read_own(path, size), None, str(path)))
        return describe_one(name)
    except OSError as error:
        raise DataError(f"{path} cannot be imported into {locations.cache_dir()} ({error}): check both.") from error


def _import_published(path: Path, name: str | None) -> Record:
    """Copy into the cache what is recognised of one published data set."""
    found = {(known, file): where for known, file, where in _recognised(path) if name in (None, known.name)}
    sets = {known for known, _ in found}
    if not sets:
        raise DataError(
            f"{path} holds no file of {name or ' or '.join(CATALOG)} that is unharmed (by SHA-256). If these are your "
            "own pictures, give them a name: `numnist data import PATH --name NAME`."
        )
    if len(sets) > 1:
        raise DataError(
            f"{path} holds files of {' and '.join(sorted(known.name for known in sets))}: import one at a time with "
            "--name."
        )
    for (known, file), where in found.items():
        content = where.read_bytes()
        form = file.form(hashlib.sha256(content).hexdigest())
        if form:  # else it was changed under our hands
            write_atomically(locations.cache_dir() / known.name / form, content)
    return describe_one(sets.pop().name)


def _recognised(path: Path) -> Iterator[tuple[KnownDataset, KnownFile, Path]]:
    """The published files at or below a path."""
    sizes = {size for known in CATALOG.values() for file in known.files for size in (file.size, file.unpacked_size)}
    candidates = [path] if path.is_file() else path.rglob("*")
    for count, candidate in enumerate(candidates):
        if count > _MOST_FILES:
            raise DataError(f"{path} holds more than {_MOST_FILES:,} files: name the folder that the files are in.")
        if candidate.is_file() and candidate.stat().st_size in sizes:
            with candidate.open("rb") as file:
                found = identify(hashlib.file_digest(file, "sha256").hexdigest())
            if found:
                yield *found, candidate
