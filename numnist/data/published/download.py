"""Downloading a published data set from its mirrors to the user's cache.

The mirrors are tried in turn.  All of them together keep the caller waiting for no longer than a budget.
A file gets its name only when its digest is right.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from numnist.data.published.archive import extract
from numnist.data.published.locations import VerificationError, cache_dir, find_archives, find_file, find_files
from numnist.data.published.records import PublishedArchive, PublishedDataset, PublishedFile, algorithm
from numnist.data.published.transfer import PATIENCE, TransferError, WaitBudget, receive
from numnist.support.errors import UnavailableError
from numnist.support.files import atomic_writer, remove_unfinished

MAGIC = {".gz": b"\x1f\x8b", ".zip": b"PK\x03\x04"}  # the first bytes of a file, by the end of its name
NAMES = {"md5": "MD5", "sha256": "SHA-256"}

Wanted = PublishedFile | PublishedArchive
Progress = Callable[[str, int, int | None], None]  # (file name, bytes done, bytes in all, None if that is unknown)


def download(
    known: PublishedDataset,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    tried: Sequence[str] = (),
    offline: bool = False,
    progress: Progress | None = None,
    patience: float = PATIENCE,
) -> Path:
    """Put into the user's cache what it lacks of a data set, and return its folder.

    An archive that several data sets come in is downloaded once, and kept; one that lies where data sets are searched
    for, `data_dir` first, is used as well.
    tried: where the data set was searched for before, for the message.
    Raises UnavailableError when no mirror delivers a file, when the cache cannot be written, and when `offline` or
    $NUMNIST_OFFLINE forbids connections.
    """
    folder, tried = cache_dir() / known.name, list(tried)
    try:
        if known.archive and _here(known, known.archive, folder, data_dir, tried):
            return folder
        if offline or os.environ.get("NUMNIST_OFFLINE", "0") not in ("", "0"):
            raise unavailable(known, (*tried, "download: not tried, because offline mode is on"))
        folder.mkdir(parents=True, exist_ok=True)
        remove_unfinished(folder)
        mirrors, budget = list(known.mirrors), WaitBudget(patience)
        if known.archive:
            kept = cache_dir() / known.archive.folder
            _from_any_mirror(mirrors, known.archive, kept, budget, progress)
            extract(kept / known.archive.name, known, folder)
            return folder
        for file in known.files:
            try:
                find_file(folder, known, file)
            except VerificationError:
                mirror = _from_any_mirror(mirrors, file, folder, budget, progress)
                mirrors.remove(mirror)
                mirrors.insert(0, mirror)  # try first what has just worked: a dead mirror costs its wait once
        return folder
    except (TransferError, VerificationError) as error:
        raise unavailable(known, (*tried, str(error))) from error
    except OSError as error:
        why = f"download: the cache {cache_dir()} cannot be written ({error.strerror or error})"
        raise unavailable(known, (*tried, why)) from error


def unavailable(known: PublishedDataset, tried: Sequence[str]) -> UnavailableError:
    """The error for a published data set that is nowhere to be found."""
    if known.archive:
        what, how = known.archive.name, f"PATH --name {known.name}` with its path"
    else:
        what, how = f"the files {known.files[0].name}, …", "PATH` with the folder they are in"
    return UnavailableError(
        f"{known.name} is unavailable. Tried {'; '.join(tried)}. Get {what} from {known.mirrors[0]} on any computer, "
        f'then run `numnist data import {how}; or work with "strokes", which needs no files.'
    )


def _here(
    known: PublishedDataset,
    archive: PublishedArchive,
    folder: Path,
    data_dir: str | os.PathLike[str] | None,
    tried: list[str],
) -> bool:
    """Whether the files are in `folder`, perhaps after taking them out of an archive on this machine."""
    with suppress(VerificationError):
        find_files(folder, known)
        return True
    for path in find_archives(archive, data_dir):
        try:
            extract(path, known, folder)
            return True
        except VerificationError as why:
            tried.append(str(why))
    return False


def _from_any_mirror(
    mirrors: list[str], file: Wanted, folder: Path, budget: WaitBudget, progress: Progress | None
) -> str:
    """Put the file into the folder and return the mirror that had it.  Raises TransferError if none had."""
    tried = []
    for mirror in mirrors:
        # half of what is left, so that one that hangs leaves time for the others
        reserve = budget.left / 2 if mirror != mirrors[-1] else 0.0
        try:
            _save(mirror + file.name, folder / file.name, file, budget, reserve, progress)
            return mirror
        except TransferError as why:
            tried.append(f"{mirror}{file.name}: {why}")
    raise TransferError("; ".join(tried))


def _save(url: str, path: Path, file: Wanted, budget: WaitBudget, reserve: float, progress: Progress | None) -> None:
    """Write what arrives from the address to `path`.  Raises TransferError if it is not the published file."""
    done, digest = 0, hashlib.new(algorithm(file.digest), usedforsecurity=False)
    magic = MAGIC[path.suffix]
    with atomic_writer(path) as target:
        for chunk in receive(url, file.largest, budget, reserve):
            if done == 0 and not chunk.startswith(magic[: len(chunk)]):
                raise TransferError(f"what comes is not a {path.suffix} file but perhaps a web page")
            done += len(chunk)
            if done > file.largest:
                break
            target.write(chunk)
            digest.update(chunk)
            if progress:
                progress(file.name, done, file.size)
        if done > file.largest or (file.size and done != file.size):
            amount = "more" if done > file.largest else f"only {done:,}"
            raise TransferError(f"{amount} of {file.largest:,} bytes came")
        if digest.hexdigest() != file.digest:
            raise TransferError(f"what came ({done:,} bytes) has the wrong {NAMES[algorithm(file.digest)]}")
    if progress and file.size is None:
        progress(file.name, done, done)
