"""Downloading a published data set from its mirrors to the user's cache.

The mirrors are tried in turn.  All of them together may keep the caller waiting for only so many seconds (see
transfer.py).  A file gets its name only when its SHA-256 is right.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from numnist.data.checks import GZIP_MAGIC
from numnist.data.published.catalog import PublishedDataset, PublishedFile
from numnist.data.published.locations import VerificationError, cache_dir, read_verified
from numnist.data.published.transfer import PATIENCE, TransferError, WaitBudget, receive
from numnist.support.errors import DataError
from numnist.support.files import atomic_writer

Progress = Callable[[str, int, int], None]  # (file name, bytes done, bytes in all)


def download(
    known: PublishedDataset,
    *,
    tried: Sequence[str] = (),
    offline: bool = False,
    progress: Progress | None = None,
    patience: float = PATIENCE,
) -> Path:
    """Download into the user's cache what it lacks of a data set, and return its folder.

    tried: where the data set was searched for before, for the message.
    Raises DataError when no mirror delivers a file, when the cache cannot be written, and when `offline` or
    $NUMNIST_OFFLINE forbids connections.
    """
    if offline or os.environ.get("NUMNIST_OFFLINE", "0") not in ("", "0"):
        raise unavailable(known, (*tried, "download: not tried, because offline mode is on"))
    folder, mirrors, budget = cache_dir() / known.name, list(known.mirrors), WaitBudget(patience)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in known.files:
            try:
                read_verified(folder, known, file)
            except VerificationError:
                mirror = _from_any_mirror(mirrors, file, folder, budget, progress)
                mirrors.remove(mirror)
                mirrors.insert(0, mirror)  # try first what has just worked: a dead mirror costs its wait once
        return folder
    except TransferError as error:
        raise unavailable(known, (*tried, str(error))) from error
    except OSError as error:
        why = f"download: the cache {cache_dir()} cannot be written ({error.strerror or error})"
        raise unavailable(known, (*tried, why)) from error


def unavailable(known: PublishedDataset, tried: Sequence[str]) -> DataError:
    """The error for a published data set that is nowhere to be found."""
    return DataError(
        f"{known.name} is unavailable. Tried {'; '.join(tried)}. Get the files {known.files[0].name}, … from "
        f"{known.mirrors[0]} on any computer, then run `numnist data import PATH` with the folder they are in; or "
        'work with "strokes", which needs no files.'
    )


def _from_any_mirror(
    mirrors: list[str], file: PublishedFile, folder: Path, budget: WaitBudget, progress: Progress | None
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


def _save(
    url: str, path: Path, file: PublishedFile, budget: WaitBudget, reserve: float, progress: Progress | None
) -> None:
    """Write what arrives from the address to `path`.  Raises TransferError if it is not the published file."""
    done, digest = 0, hashlib.sha256()
    with atomic_writer(path) as target:
        for chunk in receive(url, file.size, budget, reserve):
            if done == 0 and not chunk.startswith(GZIP_MAGIC[: len(chunk)]):
                raise TransferError("what comes is not a gzip file but perhaps a web page")
            done += len(chunk)
            if done > file.size:
                break
            target.write(chunk)
            digest.update(chunk)
            if progress:
                progress(file.name, done, file.size)
        if done != file.size:
            raise TransferError(f"{'more' if done > file.size else 'only'} {done:,} of {file.size:,} bytes came")
        if digest.hexdigest() != file.sha256:
            raise TransferError("what came has the right size but the wrong SHA-256")
