"""The data sets on this machine: what is available, is it intact, and adding more.  Used by `numnist data`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from numnist.data.dataset import DIGITS
from numnist.data.formats.npz import write_npz
from numnist.data.load import TEST, TRAINING, imported_path, load, names
from numnist.data.published import locations
from numnist.data.published.catalog import CATALOG, PublishedDataset, identify
from numnist.data.published.download import Progress, download
from numnist.support.errors import DataError, UsageError
from numnist.support.files import write_atomically

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
        where, detail = str(found.folder or ""), "" if found.folder else "; ".join(found.tried)
        facts = known.sizes, known.shape, known.classes, known.licence
        return DatasetInfo(name, known.title, "published", where, detail, *facts)
    if name == "strokes":
        title, where = "digits drawn by numnist itself", "(drawn when needed)"
        return DatasetInfo(name, title, "drawn", where, "", (TRAINING, TEST), (1, 28, 28), DIGITS, "MIT")
    path = imported_path(name)
    if path is None or not path.is_file():
        raise UsageError(f"there is no data set {name!r}: numnist knows {', '.join(names())}.")
    title, licence = "your own pictures", "your own"
    try:
        data = load(name)
    except DataError as error:
        return DatasetInfo(name, title, "imported", "", str(error), (), (), (), licence)
    sizes = (len(data.train) + len(data.validation), len(data.test))
    return DatasetInfo(name, title, "imported", str(path), "", sizes, data.shape, data.classes, licence)


def verify(name: str, data_dir: str | Path | None = None) -> list[tuple[str, bool, str]]:
    """For each file of a data set: its name, whether it is there and intact, and where or why not."""
    known = CATALOG.get(name)
    if known:
        each = [(file.name, locations.search(known, data_dir, [file])) for file in known.files]
        return [(file, bool(s.paths), str(s.paths[0]) if s.paths else "; ".join(s.tried)) for file, s in each]
    info = describe_one(name)
    if info.kind == "drawn":
        return [(name, True, "drawn by numnist when needed: there is no file")]
    return [(f"{name}.npz", info.found, info.where or info.detail)]


def fetch(name: str, progress: Progress | None = None) -> Path:
    """Download what the user's cache lacks of a published data set; returns its folder there."""
    known = CATALOG.get(name)
    if known is None:
        raise UsageError(f"{name!r} cannot be downloaded: numnist knows mirrors of {', '.join(CATALOG)} only.")
    return download(known, progress=progress)


def import_files(path: str | Path, name: str | None = None, size: tuple[int, int] | None = None) -> DatasetInfo:
    """Copy files into the user's cache, so that load(name) finds them from any folder.

    MNIST's and Fashion-MNIST's files are recognised by their SHA-256, whatever their names and whether packed or
    not.  Any other data that `load` can read is kept under the `name` you give it.
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
        write_npz(target, load(path, size=size))
        return describe_one(name)
    except OSError as error:
        raise DataError(f"{path} cannot be imported into {locations.cache_dir()} ({error}): check both.") from error


def _import_published(path: Path, name: str | None) -> DatasetInfo:
    """Copy the recognised files of one published data set into the cache."""
    found = {(known, file): content for known, file, content in _recognised(path) if name in (None, known.name)}
    sets = {known for known, _ in found}
    if not sets:
        raise DataError(
            f"{path} holds no intact file of {name or ' or '.join(CATALOG)} (by SHA-256). If these are your own "
            "pictures, give them a name: `numnist data import PATH --name NAME`."
        )
    if len(sets) > 1:
        raise DataError(
            f"{path} holds files of {' and '.join(sorted(known.name for known in sets))}: import one at a time with "
            "--name."
        )
    for (known, file), content in found.items():
        write_atomically(locations.cache_dir() / known.name / file, content)
    return describe_one(sets.pop().name)


def _recognised(path: Path) -> Iterator[tuple[PublishedDataset, str, bytes]]:
    """The published files at or below a path: data set, name and content."""
    sizes = {size for known in CATALOG.values() for file in known.files for size in (file.size, file.unpacked_size)}
    candidates = [path] if path.is_file() else path.rglob("*")
    for count, candidate in enumerate(candidates):
        if count > _MOST_FILES:
            raise DataError(f"{path} holds more than {_MOST_FILES:,} files: name the folder that the files are in.")
        if candidate.is_file() and candidate.stat().st_size in sizes:
            content = candidate.read_bytes()
            found = identify(hashlib.sha256(content).hexdigest())
            if found:
                yield *found, content
