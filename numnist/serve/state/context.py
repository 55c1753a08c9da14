"""The desk: what all routes share: the models, the folders, the clock, and the threads that do the work."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry

from numnist.serve.http.responses import busy
from numnist.serve.state.models import Shelf
from numnist.support.workers import cores

T = TypeVar("T")
KEPT = 16  # results of long work: some are megabytes
WAITING = 64  # requests in the threads' queue at most: as many as there are connections


class Desk:
    """What the routes work with.

    shelf: the models;  runs: the folder that new runs go to;  kept: the folder of pictures with their true answers.
    clock: seconds, for measuring;  threads: that compute at one time;  waiting: pieces of work at most, begun or not.
    """

    def __init__(
        self,
        shelf: Shelf,
        runs: Path,
        kept: Path,
        clock: Callable[[], float] = time.perf_counter,
        threads: int | None = None,
        waiting: int = WAITING,
    ):
        self.shelf, self.runs, self.kept, self.clock, self.waiting = shelf, runs, kept, clock, waiting
        self.registry = CollectorRegistry()  # of what /metrics tells
        self.stopping = False
        self.under_way = 0  # pieces of work taken and not ended; touched by the event loop alone
        self._pool = ThreadPoolExecutor(threads or cores(), "numnist-work")
        self._long = ThreadPoolExecutor(1, "numnist-later")
        self._results: dict[Any, Future[Any]] = {}
        self._lock = threading.Lock()
        self._to_tell: list[Callable[[], object]] = []

    async def work(self, function: Callable[..., T], *arguments: Any) -> T:
        """function(*arguments) in the pool of threads.  Raises Refused 503 when too much is waiting already."""
        if self.under_way >= self.waiting:
            raise busy(f"{self.under_way} requests are being worked on: ask again in a second.")
        self.under_way += 1
        future = self._pool.submit(function, *arguments)
        future.add_done_callback(self._ended(asyncio.get_running_loop()))
        return await asyncio.wrap_future(future)

    def later(self, key: Any, function: Callable[..., T], *arguments: Any, about: str = "this") -> T:
        """The result of long work, which is done once in the background and then known.

        key: says what it is, hashable;  about: names it in messages.  The results asked for last are kept.
        Raises Refused 503 while it is being worked out, and what the function raised, once, so that it is tried again
        when asked again.
        """
        with self._lock:
            future = self._results.pop(key, None) or self._long.submit(function, *arguments)
            self._results[key] = future  # as the newest
            if not future.done():
                self._forget()
                raise busy(f"{about} is being worked out: ask again in a second.")
            if future.exception() is not None:
                del self._results[key]
        result: T = future.result()
        return result

    def on_closing(self, function: Callable[[], object]) -> None:
        """Have this called when the server stops: it must only tell others to end, and return at once."""
        self._to_tell.append(function)

    def closing(self) -> None:
        """The server stops: long answers and background work are told to end.  May be called more than once."""
        self.stopping = True
        to_tell, self._to_tell = self._to_tell, []
        for function in to_tell:
            function()

    def close(self) -> None:
        """After the last answer: nothing more is started, what is under way ends."""
        self.closing()
        self._long.shutdown(wait=False, cancel_futures=True)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _forget(self) -> None:
        """The results that were asked for longest ago, if there are too many."""
        done = [key for key, future in self._results.items() if future.done()]
        for key in done[: max(0, len(self._results) - KEPT)]:
            del self._results[key]

    def _ended(self, loop: asyncio.AbstractEventLoop) -> Callable[[Future[Any]], None]:
        """Counts a piece of work as ended, also where its client has gone meanwhile."""

        def one_less() -> None:
            self.under_way -= 1

        def tell(future: Future[Any]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(one_less)

        return tell
