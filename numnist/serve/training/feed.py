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
    """One event.  number: from 1, rising;  data: JSON, on one line."""

    number: int
    kind: str
    data: str

    def encode(self) -> bytes:
        """As the browser's EventSource reads it (server-sent events, HTML standard, section 9.2)."""
        return f"id: {self.number}\nevent: {self.kind}\ndata: {self.data}\n\n".encode()


class Reader:
    """Wakes a coroutine that waits for events."""

    def __init__(self) -> None:
        self.loop, self.woken = asyncio.get_running_loop(), asyncio.Event()

    def wake(self) -> None:
        """May be called from any thread."""
        with suppress(RuntimeError):  # its event loop has ended
            self.loop.call_soon_threadsafe(self.woken.set)


class Feed:
    """Events of several kinds.   keep: how many of each kind are kept"""

    def __init__(self, keep: Mapping[str, int]):
        self._kept: dict[str, deque[Message]] = {kind: deque(maxlen=most) for kind, most in keep.items()}
        self._lock = threading.Lock()
        self._readers: set[Reader] = set()
        self._last, self._ended = 0, False

    def publish(self, kind: str, data: Mapping[str, Any]) -> None:
        """Add an event; does nothing after the end.  Raises ValueError for numbers that are not finite."""
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        with self._lock:
            if self._ended:
                return
            self._last += 1
            self._kept[kind].append(Message(self._last, kind, text))
            self._wake()

    def end(self) -> None:
        """Publish nothing more: readers end when they have read all events."""
        with self._lock:
            self._ended = True
            self._wake()

    @property
    def ended(self) -> bool:
        return self._ended

    @property
    def readers(self) -> int:
        """The number of readers."""
        return len(self._readers)

    def since(self, number: int) -> list[Message]:
        """The kept events after that number, in order."""
        with self._lock:
            return sorted(m for kept in self._kept.values() for m in kept if m.number > number)

    async def read(self, after: int = 0, heartbeat: float = HEARTBEAT) -> AsyncIterator[Message | None]:
        """All events after that number, present and future, until the end; None after each `heartbeat` of silence."""
        reader = Reader()
        with self._lock:
            self._readers.add(reader)
        try:
            while True:
                reader.woken.clear()
                ended = self._ended  # read first, so that no event published before the end is missed
                messages = self.since(after)
                for message in messages:
                    yield message
                    after = message.number
                if messages:
                    continue  # more may have come meanwhile
                if ended:
                    return
                try:
                    await asyncio.wait_for(reader.woken.wait(), heartbeat)
                except TimeoutError:
                    yield None
        finally:
            with self._lock:
                self._readers.discard(reader)

    def _wake(self) -> None:
        for reader in self._readers:
            reader.wake()
