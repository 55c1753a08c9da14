"""Where published data sets are searched for, and whether the files found there are the real ones."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from numnist.data.published.catalog import PublishedDataset, PublishedFile, identify, spellings


class SearchResult(NamedTuple):
    """The verified files, or the reason for each place tried."""

    folder: Path | None
    paths: tuple[Path, ...]
    contents: tuple[bytes, ...]  # in the order of the files, packed or not
    tried: tuple[str, ...]  # "place: why not"


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

    A place may hold a folder named like the data set, or the files themselves.
    """
    tried: list[str] = []
    for label, folder in search_path(data_dir).items():
        try:
            paths, contents = zip(*(read_verified(folder, known, file) for file in files or known.files))
            return SearchResult(folder.resolve(), paths, contents, tuple(tried))
        except (VerificationError, OSError, ValueError) as why:  # ValueError: a path with a null byte
            tried.append(f"{label} ({folder}): {why}")
    return SearchResult(None, (), (), tuple(tried))


def read_verified(folder: Path, known: PublishedDataset, file: PublishedFile) -> tuple[Path, bytes]:
    """The path and the bytes of one published file in `folder`.  Raises VerificationError with the reason."""
    wrong = []
    for candidate in (folder / known.name, folder):
        for name in spellings(file.name):
            path = candidate / name
            if path.is_file():
                if path.stat().st_size in (file.size, file.unpacked_size):  # no other can have the right hash
                    content = path.read_bytes()
                    if hashlib.sha256(content).hexdigest() in (file.sha256, file.unpacked_sha256):
                        return path, content
                wrong.append(f"{path.relative_to(folder)} is {_description(path)}")
    if wrong:
        raise VerificationError("; ".join(wrong))
    raise VerificationError(f"no {file.name}" if folder.is_dir() else "no such folder")


def _description(path: Path) -> str:
    """What a file is that is not the right one: another published file, or broken."""
    try:
        with path.open("rb") as stream:
            other = identify(hashlib.file_digest(stream, "sha256").hexdigest())
    except OSError as error:
        return f"not readable ({error.strerror or error})"
    if other:
        return f"{other[0].name}'s {other[1]}, known by its SHA-256"
    return f"broken or something else ({path.stat().st_size:,} bytes, SHA-256 unknown)"
