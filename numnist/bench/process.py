"""Processes: each side has its own, since malloc's settings, BLAS's threads and thread pools belong to a process.

It answers one order at a time, through a pipe, and sleeps in between.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, NamedTuple, Self

from numnist.bench.flops import peak_flops
from numnist.bench.footprint import forget_most, held, most_held
from numnist.bench.side import KINDS, Array, Kind, Side
from numnist.bench.work import Work
from numnist.support.errors import NumnistError
from numnist.support.malloc import keep_freed_pages


class SideError(NumnistError):
    """A side's library failed at what it was asked; the others go on without it."""


class Failed(NamedTuple):
    """What a process sends instead of an answer."""

    why: str


class Memory(NamedTuple):
    """Bytes, or None where the system does not say: held when all was loaded, and the most held since."""

    loaded: int | None
    most: int | None


class Process:
    """A side's process, seen from outside.  Use as a context manager, so that it ends.

    Each method asks, waits and answers; it raises SideError where the library fails or its process ends.
    """

    def __init__(self, name: str, threads: int):
        spawn = multiprocessing.get_context("spawn")
        self.name = name
        self._pipe, theirs = spawn.Pipe()
        with on_cores(threads):
            self._process = spawn.Process(target=serve, args=(name, theirs), daemon=True)
            self._process.start()
        theirs.close()  # so that its end is seen here

    def load(self, work: Work) -> None:
        """Make the network and all it needs, in place of what was there."""
        self._ask("load", work)

    def losses(self, count: int) -> list[float]:
        """The loss before each of the next `count` steps."""
        return list(self._ask("losses", count))

    def logits(self, count: int) -> Array:
        """Of the first `count` pictures: (count, 10)."""
        return self._ask("logits", count)

    def seconds(self, method: str, repeats: int, *arguments: int) -> float:
        """For one call of a method of the side, the mean of some, after one that is not counted."""
        return float(self._ask("seconds", method, repeats, *arguments))

    def memory(self) -> Memory:
        return Memory(*self._ask("memory"))

    def peak_flops(self, threads: int) -> float:
        """What matrix products reach there, operations a second."""
        return float(self._ask("peak_flops", threads))

    def _ask(self, *order: Any) -> Any:
        try:
            self._pipe.send(order)
            answer = self._pipe.recv()
        except (EOFError, OSError):
            raise SideError(f"{self.name}: its process has ended without a word (out of memory?)") from None
        if isinstance(answer, Failed):
            raise SideError(f"{self.name}: {answer.why}")
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.close()  # which it takes for its end
        self._process.join(PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


PATIENCE = 10.0  # seconds that a library gets to let go of its threads


def serve(name: str, pipe: Connection) -> None:
    """The process itself: carries out one order after another until the other end is closed."""
    kind = KINDS[name]
    if kind.keeps_pages:
        keep_freed_pages()
    server = Server(kind)
    while True:
        try:
            method, *arguments = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            answer = getattr(server, method)(*arguments)
        except KeyboardInterrupt:
            return
        except Exception as error:  # whatever a library raises: its own affair, and said so
            answer = Failed(f"{type(error).__name__}: {error}")
        pipe.send(answer)


class Server:
    """What a side's process can be asked."""

    def __init__(self, kind: Kind):
        self.kind = kind
        self.side: Side | None = None
        self.loaded: int | None = None

    def load(self, work: Work) -> None:
        self.side = None  # first lets go of what was there
        self.side = self.kind.side(work)
        forget_most()
        self.loaded = held()

    def losses(self, count: int) -> list[float]:
        assert self.side is not None
        return [self.side.step() for _ in range(count)]

    def logits(self, count: int) -> Array:
        assert self.side is not None
        return self.side.answer(count)

    def seconds(self, method: str, repeats: int, *arguments: int) -> float:
        call = getattr(self.side, method)
        call(*arguments)  # wakes the threads up, and fetches back what others have driven from the caches
        started = time.perf_counter()
        for _ in range(repeats):
            call(*arguments)
        return (time.perf_counter() - started) / repeats

    def memory(self) -> Memory:
        return Memory(self.loaded, most_held())

    def peak_flops(self, threads: int) -> float:
        return peak_flops(threads)


@contextmanager
def on_cores(count: int) -> Iterator[None]:
    """Processes started inside may use only that many cores, where the system can hold them to it (Linux).

    Not every library can be told a number of threads, and none counts those of the libraries below it.
    """
    if not hasattr(os, "sched_getaffinity"):
        yield
        return
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(mine)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)
