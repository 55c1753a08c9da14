"""Places: where a published data set is sought, and whether what lies there is the real one."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from numnist.data.published.catalog import KnownDataset, KnownFile, identify, spellings


class Place(NamedTuple):
    """A folder to look in; `label` says why, for people."""

    label: str
    folder: Path


class Search(NamedTuple):
    """What a search came to: the verified bytes of the four files, or the reason for each place tried."""

    folder: Path | None
    contents: tuple[bytes, ...]  # in the order of KnownDataset.files, packed or not
    tried: tuple[str, ...]  # "place: why not"


class NotThere(Exception):  # noqa: N818  not an error: the next place is tried
    """This file does not lie here, or what lies here is something else; the message says which."""


def cache_dir() -> Path:
    """The user's cache folder for data sets: $NUMNIST_CACHE, or the operating system's usual place."""
    override = os.environ.get("NUMNIST_CACHE")
    if override:
        return Path(override)
    import platformdirs  # here, because import numnist.data needs only NumPy

    return Path(platformdirs.user_cache_dir("numnist", appauthor=False))


def places(data_dir: str | os.PathLike[str] | None = None) -> list[Place]:
    """The folders to look in, in order: `data_dir`, $NUMNIST_DATA, ./data, the user's cache."""
    found = []
    if data_dir is not None:
        found.append(Place("data_dir", Path(data_dir)))
    if os.environ.get("NUMNIST_DATA"):
        found.append(Place("$NUMNIST_DATA", Path(os.environ["NUMNIST_DATA"])))
    found.append(Place("./data", Path("data")))
    found.append(Place("the cache", cache_dir()))
    return found


def search(known: KnownDataset, data_dir: str | os.PathLike[str] | None = None) -> Search:
    """Look for all four files, place by place, and answer with the first place that holds the real ones.

    A place may hold a folder named like the data set, or the files themselves.
    """
    tried: list[str] = []
    for place in places(data_dir):
        try:
            contents = tuple(read_verified(place.folder, known, file)[1] for file in known.files)
            return Search(place.folder.resolve(), contents, tuple(tried))
        except (NotThere, OSError, ValueError) as why:  # ValueError: a path with a null byte
            tried.append(f"{place.label} ({place.folder}): {why}")
    return Search(None, (), tuple(tried))


def read_verified(folder: Path, known: KnownDataset, file: KnownFile) -> tuple[Path, bytes]:
    """The path and the bytes of one published file lying in `folder`; raises NotThere, saying why."""
    wrong = []
    for candidate in (folder / known.name, folder):
        for name in spellings(file.name):
            path = candidate / name
            if path.is_file():
                content = _content_if_plausible(path, file)
                if content is not None and file.form(hashlib.sha256(content).hexdigest()):
                    return path, content
                wrong.append(f"{path.relative_to(folder)} is {what_it_is(path)}")
    if wrong:
        raise NotThere("; ".join(wrong))
    raise NotThere(f"no {file.name}" if folder.is_dir() else "no such folder")


def _content_if_plausible(path: Path, file: KnownFile) -> bytes | None:
    """The bytes of a file that has one of the right sizes: no other can have the right hash."""
    return path.read_bytes() if path.stat().st_size in (file.size, file.unpacked_size) else None


def what_it_is(path: Path) -> str:
    """For a file that is not the one wanted: another published file, or broken, in words."""
    try:
        with path.open("rb") as stream:
            other = identify(hashlib.file_digest(stream, "sha256").hexdigest())
    except OSError as error:
        return f"not readable ({error.strerror or error})"
    if other:
        known, file = other
        return f"{known.name}'s {file.name}, known by its SHA-256"
    return f"broken or something else ({path.stat().st_size:,} bytes, SHA-256 unknown)"
