"""Receiving the bytes at an address within a budget of time, whatever the network does.

Each request runs in a thread of its own, because looking up a host's name cannot be interrupted.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator

PATIENCE = 11.0  # seconds to wait in all: an error must come within 15
STEADY = 50_000  # bytes a second; while so much flows, no time is counted
CREDIT = 1.0  # seconds that a burst may make up for, as networks deliver in bursts
_CHUNK = 65_536

Inbox = queue.SimpleQueue[bytes | Exception | None]


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
            # "identity": as published, not unpacked on the way.  Some servers refuse the names that libraries give
            # themselves.  The timeout ends a thread that was abandoned.
            headers = {"Accept-Encoding": "identity", "User-Agent": "numnist"}
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
