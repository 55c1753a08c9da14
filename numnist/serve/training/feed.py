"""The feed: numbered events from one thread to any number of readers, each at its own pace, in bounded memory.

Of each kind only the last events are kept, and readers take from what is kept: a slow one misses pictures that newer
ones have replaced, and nobody's delay fills memory or holds up who publishes.  A reader that was cut off says the last
number it had, and goes on from there.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

HEARTBEAT = 15.0  # seconds of silence after which a reader is given a sign of life, so that one that is gone is noticed


class Message(NamedTuple):
    """One event.  number: from 1, rising;  data: JSON, on one line."""

    number: int
    kind: str
    data: str

    def encode(self) -> bytes:
        """As the browser's EventSource reads it (server-sent events, HTML standard, section 9.2)."""
        return f"id: {self.number}\nevent: {self.kind}\ndata: {self.data}\n\n".encode()


class Reader:
    """Somebody who waits for more, in an event loop."""

    def __init__(self) -> None:
        self.loop, self.woken = asyncio.get_running_loop(), asyncio.Event()

    def wake(self) -> None:
        """From any thread."""
        with suppress(RuntimeError):  # its loop has ended, and so has the reader
            self.loop.call_soon_threadsafe(self.woken.set)


class Feed:
    """Events of these kinds, of each of which the last `keep[kind]` are kept."""

    def __init__(self, keep: Mapping[str, int]):
        self._kept: dict[str, deque[Message]] = {kind: deque(maxlen=most) for kind, most in keep.items()}
        self._lock = threading.Lock()
        self._readers: set[Reader] = set()
        self._last, self._ended = 0, False

    def publish(self, kind: str, data: Mapping[str, Any]) -> None:
        """Tell all readers.  After the end it does nothing.  Raises ValueError for numbers that are not finite."""
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        with self._lock:
            if self._ended:
                return
            self._last += 1
            self._kept[kind].append(Message(self._last, kind, text))
            self._wake()

    def end(self) -> None:
        """Nothing more will come: readers end when they have read all."""
        with self._lock:
            self._ended = True
            self._wake()

    @property
    def ended(self) -> bool:
        return self._ended

    @property
    def readers(self) -> int:
        """How many are reading now."""
        return len(self._readers)

    def since(self, number: int) -> list[Message]:
        """What is kept of the events after that number, in order."""
        with self._lock:
            return sorted(m for kept in self._kept.values() for m in kept if m.number > number)

    async def read(self, after: int = 0, heartbeat: float = HEARTBEAT) -> AsyncIterator[Message | None]:
        """The events after that number, those to come too, until the end; None after each `heartbeat` of silence."""
        reader = Reader()
        with self._lock:
            self._readers.add(reader)
        try:
            while True:
                reader.woken.clear()
                ended = self._ended  # before looking: what was published before the end is then seen
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
