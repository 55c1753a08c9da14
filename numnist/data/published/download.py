"""Download: a published data set from its mirrors to the user's cache, never keeping the caller waiting.

Each mirror is tried in turn.  All of them together may waste only so many seconds (see Patience), whatever
the network does: the transfer runs in a thread of its own, because looking up a host's name cannot be
interrupted.  A file gets its name only when its SHA-256 is right (pooch sees to that).
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from numnist.data.published.catalog import KnownDataset, KnownFile
from numnist.data.published.locations import NotThere, cache_dir, read_verified

Progress = Callable[[str, int, int], None]  # (file name, bytes done, bytes in all)
Inbox = queue.SimpleQueue[bytes | Exception | None]

PATIENCE = 11.0  # seconds to wait in all: an answer, good or bad, must come within 15
STEADY = 50_000  # bytes a second; while so much flows, nobody is kept waiting
_CREDIT = 1.0  # seconds that a burst may make up for, as networks deliver in bursts
_CHUNK = 65_536
_MODE = 0o644  # pooch's temporary files are for their owner only
_GZIP_MAGIC = b"\x1f\x8b"


class DownloadError(Exception):
    """No mirror gave a file; `tried` has a line "address: why not" for each."""

    def __init__(self, tried: list[str]) -> None:
        super().__init__("; ".join(tried))
        self.tried = tried


class _NoUse(Exception):  # noqa: N818  not an error: the next mirror is tried
    """This mirror does not give this file, and why."""


class Patience:
    """How many seconds are left to wait; time in which data flows steadily does not count."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.left = seconds
        self._clock = clock
        self._credit = 0.0
        self._mark = clock()

    def start(self) -> None:
        """A transfer begins."""
        self._credit = 0.0
        self._mark = self._clock()

    def arrived(self, count: int) -> None:
        """So many bytes have come since the last call."""
        now = self._clock()
        balance = self._credit + count / STEADY - (now - self._mark)  # seconds ahead of a steady flow
        self._mark = now
        self._credit = min(max(balance, 0.0), _CREDIT)
        self.left += min(balance, 0.0)


def download(known: KnownDataset, progress: Progress | None = None, patience: float = PATIENCE) -> Path:
    """Bring into the user's cache what it lacks of a data set, and answer its folder.

    Raises DownloadError when no mirror gives a file, and OSError when the cache cannot be written.
    """
    import pooch  # here, because import numnist.data needs only NumPy

    pooch.get_logger().setLevel("WARNING")  # it would announce every attempt on stderr
    folder = cache_dir() / known.name
    folder.mkdir(parents=True, exist_ok=True)
    waiting = Patience(patience)
    mirrors = list(known.mirrors)
    for file in known.files:
        try:
            read_verified(folder, known, file)
        except NotThere:
            mirror = _from_any_mirror(mirrors, file, folder, waiting, progress)
            mirrors.remove(mirror)
            mirrors.insert(0, mirror)  # ask first who has just answered: a dead mirror costs its wait once
    return folder


def _from_any_mirror(
    mirrors: list[str], file: KnownFile, folder: Path, patience: Patience, progress: Progress | None
) -> str:
    """Put the file into the folder and answer which mirror had it."""
    import pooch

    tried = []
    for mirror in mirrors:
        # half of what is left, so that one that hangs leaves time for the others
        reserve = patience.left / 2 if mirror != mirrors[-1] else 0.0

        def receive(url: str, temporary: str, _: object, reserve: float = reserve) -> None:
            _receive(url, Path(temporary), file, patience, reserve, progress)

        try:
            pooch.retrieve(mirror + file.name, f"sha256:{file.sha256}", file.name, folder, downloader=receive)
            return mirror
        except _NoUse as why:
            tried.append(f"{mirror}{file.name}: {why}")
        except ValueError as error:
            if "hash" not in str(error):  # pooch's word for a wrong one
                raise
            tried.append(f"{mirror}{file.name}: what came has the right size but the wrong SHA-256")
    raise DownloadError(tried)


def _receive(
    url: str, path: Path, file: KnownFile, patience: Patience, reserve: float, progress: Progress | None
) -> None:
    """Write what the address gives to a file, as long as it can be the file that is wanted."""
    done = 0
    with path.open("wb") as target:
        for chunk in _chunks(url, file.size, patience, reserve):
            if done == 0 and not chunk.startswith(_GZIP_MAGIC[: len(chunk)]):
                raise _NoUse("what comes is not a gzip file but perhaps a web page")
            done += len(chunk)
            if done > file.size:
                break
            target.write(chunk)
            if progress:
                progress(file.name, done, file.size)
        target.flush()
        os.fsync(target.fileno())
    if done != file.size:
        raise _NoUse(f"{'more' if done > file.size else 'only'} {done:,} of {file.size:,} bytes came")
    path.chmod(_MODE)


def _chunks(url: str, size: int, patience: Patience, reserve: float) -> Iterator[bytes]:
    """What arrives, until it ends or until there is no more than `reserve` left of the patience."""
    inbox: Inbox = queue.SimpleQueue()
    abandoned = threading.Event()
    patience.start()
    threading.Thread(target=_transfer, args=(url, size, inbox, abandoned), daemon=True).start()
    came = 0
    try:
        while (left := patience.left - reserve) > 0:
            try:
                item = inbox.get(timeout=left)
            except queue.Empty:
                item = None
            patience.arrived(len(item) if isinstance(item, bytes) else 0)
            if isinstance(item, Exception):
                raise _NoUse(_reason(item)) from item
            if item == b"":
                return
            if item:
                came += len(item)
                yield item
        raise _NoUse(f"it is too slow ({came:,} bytes came)" if came else "no answer")
    finally:
        abandoned.set()


def _transfer(url: str, size: int, inbox: Inbox, abandoned: threading.Event) -> None:
    """In a thread: put what the address gives into the inbox; b"" is its end, an exception its failure."""
    import requests

    try:
        with requests.Session() as session:
            session.max_redirects = 5
            # "identity": as published, not unpacked on the way.  The timeout ends a thread that was abandoned.
            headers = {"Accept-Encoding": "identity"}
            with session.get(url, stream=True, timeout=PATIENCE, headers=headers) as response:
                if response.status_code != 200:
                    raise _NoUse(f"the server answers {response.status_code} {response.reason}".rstrip())
                came = 0
                while not abandoned.is_set():
                    # read1: what is there, without waiting for a full chunk; no more of it than is wanted
                    chunk = (response.raw.read1(_CHUNK) or b"") if came <= size else b""
                    came += len(chunk)
                    inbox.put(chunk)
                    if not chunk:
                        return
    except Exception as error:  # whatever a network can raise: the caller is waiting for a word
        inbox.put(error)


def _reason(error: Exception) -> str:
    """A network failure in a few words."""
    if isinstance(error, _NoUse):
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
