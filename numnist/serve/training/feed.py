"""The feed: numbered events from one thread to any number of readers, each at its own pace, in bounded memory.

Only the last events of each kind are kept, and readers read from these: a slow reader misses pictures that newer ones
have replaced, but fills no memory and does not delay the publisher.  A reader that was cut off continues after the last
number it had.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

HEARTBEAT = 15.0  # seconds of silence after which something is sent, so that a reader that has left is noticed


class Message(NamedTuple):
    """One event.  number: from 1, rising;  data: JSON, on one line;  to: the only page that reads it, None for all."""

    number: int
    kind: str
    data: str
    to: str | None = None

    def encode(self) -> bytes:
        """As the browser's EventSource reads it (server-sent events, HTML standard, section 9.2)."""
        return f"id: {self.number}\nevent: {self.kind}\ndata: {self.data}\n\n".encode()


class Feed:
    """Events of several kinds.   keep: how many of each kind are kept for each page that they are for, or for all;
    ended: whether no more will come"""

    def __init__(self, keep: Mapping[str, int]):
        self.keep = keep
        self._kept: dict[tuple[str, str | None], deque[Message]] = {}
        self._lock = threading.Lock()
        self._readers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}  # what wakes each, and where it waits
        self._last, self.ended = 0, False

    def publish(self, kind: str, data: Mapping[str, Any], to: str | None = None) -> None:
        """Add an event, for one page or for all; does nothing after the end.

        Raises ValueError for numbers that are not finite.
        """
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        with self._lock:
            if self.ended:
                return
            self._last += 1
            kept = self._kept.setdefault((kind, to), deque(maxlen=self.keep[kind]))
            kept.append(Message(self._last, kind, text, to))
            self._wake()

    def forget(self, page: str) -> None:
        """Drop the events that are for this page alone."""
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if key[1] != page}

    def end(self) -> None:
        """Publish nothing more: readers end when they have read all events."""
        with self._lock:
            self.ended = True
            self._wake()

    @property
    def readers(self) -> int:
        """The number of readers."""
        return len(self._readers)

    def since(self, number: int, page: str | None = None) -> list[Message]:
        """The kept events after that number, in order: those for all, and those for this page."""
        with self._lock:
            read = [kept for (_, to), kept in self._kept.items() if to in (None, page)]
            return sorted((m for kept in read for m in kept if m.number > number), key=lambda m: m.number)

    async def read(
        self, after: int = 0, heartbeat: float = HEARTBEAT, page: str | None = None
    ) -> AsyncIterator[Message | None]:
        """All events after that number, present and future, until the end; None after each `heartbeat` of silence."""
        woken = asyncio.Event()
        with self._lock:
            self._readers[woken] = asyncio.get_running_loop()
        try:
            while True:
                woken.clear()
                ended = self.ended  # read first, so that no event published before the end is missed
                messages = self.since(after, page)
                for message in messages:
                    yield message
                    after = message.number
                if messages:
                    continue  # more may have come meanwhile
                if ended:
                    return
                try:
                    await asyncio.wait_for(woken.wait(), heartbeat)
                except TimeoutError:
                    yield None
        finally:
            with self._lock:
                del self._readers[woken]

    def _wake(self) -> None:
        for woken, loop in self._readers.items():
            with suppress(RuntimeError):  # its event loop has ended
                loop.call_soon_threadsafe(woken.set)
