"""Where published data sets are searched for, and whether the files found there are the real ones."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from numnist.data.checks import GZIP_MAGIC
from numnist.data.published.catalog import CATALOG, identify
from numnist.data.published.records import (
    PublishedArchive,
    PublishedDataset,
    PublishedFile,
    algorithm,
    spellings,
)
from numnist.support.reading import open_file

UNVERIFIED = "known by names and sizes, as no hash of the unpacked files is published"


class SearchResult(NamedTuple):
    """The files, or the reason for each place tried."""

    folder: Path | None
    paths: tuple[Path, ...]  # in the order of the files, packed or not
    tried: tuple[str, ...]  # "place: why not"
    verified: bool = True  # whether all digests are right; if not, an unpacked file has none that is published


class VerificationError(Exception):
    """A published file is missing, or what has its name is something else: see the message."""


def cache_dir() -> Path:
    """The user's cache folder for data sets: $NUMNIST_CACHE, or the operating system's usual place."""
    override = os.environ.get("NUMNIST_CACHE")
    if override:
        return Path(override)
    import platformdirs  # imported here, because numnist.data needs only NumPy

    return Path(platformdirs.user_cache_dir("numnist", appauthor=False))


def search_path(data_dir: str | os.PathLike[str] | None = None) -> dict[str, Path]:
    """The folders to search, in order, by the names that messages use: `data_dir`, $NUMNIST_DATA, ./data, the cache."""
    folders = {} if data_dir is None else {"data_dir": Path(data_dir)}
    if os.environ.get("NUMNIST_DATA"):
        folders["$NUMNIST_DATA"] = Path(os.environ["NUMNIST_DATA"])
    return folders | {"./data": Path("data"), "the cache": cache_dir()}


def search(
    known: PublishedDataset, data_dir: str | os.PathLike[str] | None = None, files: Sequence[PublishedFile] = ()
) -> SearchResult:
    """The first place that holds the real files: all four, or only those given.

    A place may hold a folder named like the data set, or as torchvision names it, or the files themselves.
    """
    tried: list[str] = []
    for label, folder in search_path(data_dir).items():
        try:
            return find_files(folder, known, files)._replace(tried=tuple(tried))
        except (VerificationError, OSError, ValueError) as why:  # ValueError: a path with a null byte
            tried.append(f"{label} ({folder}): {why}")
    return SearchResult(None, (), tuple(tried))


def find_files(
    folder: Path, known: PublishedDataset, files: Sequence[PublishedFile] = (), below: Sequence[str] = ()
) -> SearchResult:
    """The files of a data set in one folder or below it, as `find_file` finds them."""
    found = [find_file(folder, known, file, below) for file in files or known.files]
    return SearchResult(folder.resolve(), tuple(path for path, _ in found), (), all(verified for _, verified in found))


def find_file(
    folder: Path, known: PublishedDataset, file: PublishedFile, below: Sequence[str] = ()
) -> tuple[Path, bool]:
    """The path of one published file, and whether its digest is known to be right.

    below: the folders in `folder` to search, "." for itself; by default those named like the data set, and itself.
    Raises VerificationError with the reason.
    """
    wrong = []
    folders = below or (known.name, *known.folders, ".")
    paths = (folder / name / spelling for name in folders for spelling in spellings(file.name))
    for path in filter(Path.is_file, paths):
        verified = _verified(path, known, file)
        if verified is not None:
            return path, verified
        wrong.append(f"{path.relative_to(folder)} is {_description(path)}")
    if wrong:
        raise VerificationError("; ".join(wrong))
    raise VerificationError(f"no {file.name}" if folder.is_dir() else "no such folder")


def is_present(known: PublishedDataset, data_dir: str | os.PathLike[str] | None = None) -> bool:
    """Whether there is a file of this data set, intact or not.  A file whose name others use must be intact."""
    for place in search_path(data_dir).values():
        folders = (known.name, *known.folders, *(["."] if known.own_names else []))
        for file in known.files:
            with suppress(VerificationError, OSError, ValueError):
                if any((place / folder / name).is_file() for folder in folders for name in spellings(file.name)):
                    return True
                find_file(place, known, file, (".",))
                return True
    return False


def find_archives(archive: PublishedArchive, data_dir: str | os.PathLike[str] | None = None) -> Iterator[Path]:
    """The files that have the name and the size of an archive; `extract` checks their digest."""
    folders = {name: None for known in CATALOG.values() if known.archive == archive for name in known.folders}
    for place in search_path(data_dir).values():
        for folder in (*folders, "."):
            path = place / folder / archive.name
            with suppress(OSError, ValueError):  # OSError: there is none;  ValueError: a path with a null byte
                if path.stat().st_size == archive.size:
                    yield path


def digest_of(path: Path, function: str) -> str:
    """The digest of a file in hex."""
    with open_file(path) as stream:
        return hashlib.file_digest(stream, lambda: hashlib.new(function, usedforsecurity=False)).hexdigest()


def identify_file(path: Path) -> tuple[PublishedDataset, str] | None:
    """The published file that this is by its digest, whatever its name: its data set, and its name there.

    Where no size is published, the name must be the published one, so that not every file need be read.
    """
    size = path.stat().st_size
    likely = [
        digest
        for known in CATALOG.values()
        for file in known.files
        for digest, its_size in ((file.digest, file.size), (file.unpacked_digest, file.unpacked_size))
        if digest and (its_size == size or (its_size is None and path.name in spellings(file.name)))
    ]
    for function in {algorithm(digest) for digest in likely}:
        found = identify(digest_of(path, function))
        if found:
            return found
    return None


def _verified(path: Path, known: PublishedDataset, file: PublishedFile) -> bool | None:
    """Whether the digest is right.

    None: this is another file.  False: it is unpacked, and of that only the size is published: then its name, or its
    folder's, must say what it is, and it must be no other published file.
    """
    size = path.stat().st_size
    with open_file(path) as stream:
        packed = stream.read(2) == GZIP_MAGIC
    digest, its_size = (file.digest, file.size) if packed else (file.unpacked_digest, file.unpacked_size)
    if its_size not in (None, size):
        return None
    if digest is not None:
        return True if digest_of(path, algorithm(digest)) == digest else None
    folder = path.parent.absolute().as_posix()
    named = known.own_names or any(folder.endswith(f"/{name}") for name in (known.name, *known.folders))
    return False if named and identify_file(path) is None else None


def _description(path: Path) -> str:
    """What a file is that is not the right one: another published file, or broken."""
    try:
        other = identify_file(path)
        size = path.stat().st_size
    except OSError as error:
        return f"not readable ({error.strerror or error})"
    if other:
        return f"{other[0].name}'s {other[1]}, known by its hash"
    return f"broken or something else ({size:,} bytes, hash unknown)"
