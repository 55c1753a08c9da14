"""Downloading a published data set from its mirrors to the user's cache.

The mirrors are tried in turn.  All of them together keep the caller waiting for no longer than a budget, whatever the
network does: each request runs in a thread of its own, because looking up a host's name cannot be interrupted.
A file gets its name only when its SHA-256 is right.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from numnist.data.checks import GZIP_MAGIC
from numnist.data.published.catalog import PublishedDataset, PublishedFile
from numnist.data.published.locations import VerificationError, cache_dir, read_verified
from numnist.support.errors import UnavailableError
from numnist.support.files import atomic_writer

PATIENCE = 11.0  # seconds to wait in all: an error must come within 15
STEADY = 50_000  # bytes a second; while so much flows, no time is counted
CREDIT = 1.0  # seconds that a burst may make up for, as networks deliver in bursts
_CHUNK = 65_536

Inbox = queue.SimpleQueue[bytes | Exception | None]
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
    Raises UnavailableError when no mirror delivers a file, when the cache cannot be written, and when `offline` or
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


def unavailable(known: PublishedDataset, tried: Sequence[str]) -> UnavailableError:
    """The error for a published data set that is nowhere to be found."""
    return UnavailableError(
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


class TransferError(Exception):
    """This mirror does not deliver this file; the message is the reason."""


class WaitBudget:
    """How many seconds are left to wait.  Time in which data flows steadily does not count."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.left = seconds
        self._clock = clock
        self.start()

    def start(self) -> None:
        """Begin a transfer: time counts from now."""
        self._credit = 0.0
        self._mark = self._clock()

    def received(self, count: int) -> None:
        """Count the time since the last call, in which so many bytes have arrived."""
        now = self._clock()
        balance = self._credit + count / STEADY - (now - self._mark)  # seconds ahead of a steady flow
        self._mark = now
        self._credit = min(max(balance, 0.0), CREDIT)
        self.left += min(balance, 0.0)


def receive(url: str, limit: int, budget: WaitBudget, reserve: float = 0.0) -> Iterator[bytes]:
    """The bytes at an address as they arrive, and hardly more than `limit` of them.

    Raises TransferError if it fails, or once no more than `reserve` seconds of the budget are left.
    """
    inbox: Inbox = queue.SimpleQueue()
    abandoned = threading.Event()
    budget.start()
    threading.Thread(target=_request, args=(url, limit, inbox, abandoned), daemon=True).start()
    total = 0
    try:
        while (left := budget.left - reserve) > 0:
            try:
                item = inbox.get(timeout=left)
            except queue.Empty:
                item = None
            budget.received(len(item) if isinstance(item, bytes) else 0)
            if isinstance(item, Exception):
                raise TransferError(_reason(item)) from item
            if item == b"":
                return
            if item:
                total += len(item)
                yield item
        raise TransferError(f"it is too slow ({total:,} bytes came)" if total else "no answer")
    finally:
        abandoned.set()


def _request(url: str, limit: int, inbox: Inbox, abandoned: threading.Event) -> None:
    """In a thread: put what arrives into the inbox, then b"" at the end, or an exception on failure."""
    import requests  # imported here, because numnist.data needs only NumPy

    try:
        with requests.Session() as session:
            session.max_redirects = 5
            # "identity": as published, not unpacked on the way.  The timeout ends a thread that was abandoned.
            headers = {"Accept-Encoding": "identity"}
            with session.get(url, stream=True, timeout=PATIENCE, headers=headers) as response:
                if response.status_code != 200:
                    raise TransferError(f"the server returned {response.status_code} {response.reason}".rstrip())
                total = 0
                while not abandoned.is_set():
                    # read1: what has arrived, without waiting for a full chunk
                    chunk = (response.raw.read1(_CHUNK) or b"") if total <= limit else b""
                    total += len(chunk)
                    inbox.put(chunk)
                    if not chunk:
                        return
    except Exception as error:  # whatever a network can raise: `receive` raises it
        inbox.put(error)


def _reason(error: Exception) -> str:
    """A network failure in a few words."""
    if isinstance(error, TransferError):
        return str(error)
    text = f"{type(error).__name__}: {error}"
    for sign, words in (
        ("NameResolution", "its name is not known (is this computer online?)"),
        ("SSL", "no secure connection (TLS failed)"),
        ("Proxy", "the proxy does not connect"),
        ("refused", "connection refused"),
        ("TooManyRedirects", "it redirects without end"),
        ("IncompleteRead", "the connection ended too early"),
        ("Timeout", "no answer"),
        ("timed out", "no answer"),
    ):
        if sign in text:
            return words
    return text[:120]
