"""The app's context: what all routes share: models, data, folders, a clock, and the processes that compute."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry

from numnist.serve.http.errors import busy
from numnist.serve.processes.pool import ProcessPool
from numnist.serve.state.drawings import DrawingStore
from numnist.serve.state.models import ModelEntry, ModelRegistry
from numnist.serve.state.pictures import PictureCache
from numnist.serve.state.threads import DaemonThreads
from numnist.support.workers import cores

T = TypeVar("T")
RESULTS = 16  # background results in memory: some are megabytes
MAX_SIDE_BY_SIDE = 8  # requests computed at the same time: HTTP, which has one core, cannot feed more
MAX_PENDING = 64  # requests in the pool at most: a second's work on two cores
LAST_WAIT = 0.3  # seconds for the threads to end, whose work nobody waits for any more


class AppContext:
    """What the routes work with.

    models: the models that can be asked;  runs: the folder for new runs;  kept: the folder for stored drawings;
    clock: in seconds, for measuring;  threads: that work at the same time;  processes: that compute for them, at most;
    by default one for each core, none on one core;  max_pending: calls that wait or run, at most.
    """

    def __init__(
        self,
        models: ModelRegistry,
        runs: Path,
        kept: Path,
        clock: Callable[[], float] = time.perf_counter,
        threads: int | None = None,
        processes: int | None = None,
        max_pending: int = MAX_PENDING,
    ):
        self.models, self.runs, self.kept, self.clock, self.max_pending = models, runs, kept, clock, max_pending
        self.pictures, self.drawings = PictureCache(), DrawingStore(kept)
        self.registry = CollectorRegistry()  # the metrics of /metrics
        self.stopping = False
        self.pending = 0  # calls that wait or run; changed by the event loop alone
        side_by_side = min(cores(), MAX_SIDE_BY_SIDE)
        self._pool = DaemonThreads(threads or side_by_side, "numnist-work")
        most = (side_by_side if side_by_side > 1 else 0) if processes is None else processes
        self.processes = ProcessPool(most, self._pool)
        self._background = DaemonThreads(1, "numnist-background")
        self._results: dict[Any, Future[Any]] = {}  # the one used last is last
        self._lock = threading.Lock()
        self._on_shutdown: list[Callable[[], object]] = []
        self._on_close: list[Callable[[float], object]] = []

    async def in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """function(*arguments), run in the pool of threads.  Raises ApiError 503 if too much is pending already."""
        self._check_pending()
        return await self._counted(asyncio.wrap_future(self._pool.submit(function, *arguments)))

    async def in_process(
        self, function: Callable[..., T], entry: ModelEntry, *arguments: Any, quick: bool = False
    ) -> T:
        """function(entry, *arguments), computed by a worker process if there is one.  Raises ApiError 503 likewise.

        function: of a module, so that another process can find it;  quick: see `ProcessPool.submit`.
        """
        self._check_pending()
        return await self._counted(self.processes.submit(function, entry, *arguments, quick=quick))

    def in_background(self, key: Any, function: Callable[..., T], *arguments: Any, about: str = "this") -> T:
        """The result of a long computation, which runs once in the background and is then remembered.

        key: identifies the result, hashable;  about: names it in messages.  The results used last are remembered.
        Raises ApiError 503 while it runs.  Raises what the function raised, once: the next call tries again.
        """
        with self._lock:
            future = self._results.pop(key, None) or self._background.submit(function, *arguments)
            self._results[key] = future  # as the newest
            if not future.done():
                self._forget()
                raise busy(f"{about} is being worked out: ask again in a second.")
            if future.exception() is not None:
                del self._results[key]
        result: T = future.result()
        return result

    def on_shutdown(self, function: Callable[[], object]) -> None:
        """Call this function when the server stops.  It must return at once."""
        self._on_shutdown.append(function)

    def on_close(self, function: Callable[[float], object]) -> None:
        """Call this function at the very end.  It may wait for so many seconds as it is given."""
        self._on_close.append(function)

    def begin_shutdown(self) -> None:
        """Tell long responses and background work to end.  May be called more than once."""
        self.stopping = True
        functions, self._on_shutdown = self._on_shutdown, []
        for function in functions:
            function()

    def close(self) -> None:
        """After the last response: start nothing more, and wait for a moment for what is running."""
        self.begin_shutdown()
        self._background.shutdown(wait=False, cancel_futures=True)
        self._pool.shutdown(wait=True, cancel_futures=True, timeout=LAST_WAIT)
        functions, self._on_close = self._on_close, []
        for function in functions:
            function(LAST_WAIT)

    def _forget(self) -> None:
        """Drop the results that were used longest ago, if there are too many."""
        done = [key for key, future in self._results.items() if future.done()]
        for key in done[: max(0, len(self._results) - RESULTS)]:
            del self._results[key]

    def _check_pending(self) -> None:
        if self.pending >= self.max_pending:
            raise busy(f"{self.pending} requests are being worked on: ask again in a second.")

    async def _counted(self, call: asyncio.Future[T]) -> T:
        """The result of a call, which counts as pending until it ends, even if its request is cancelled."""
        self.pending += 1
        call.add_done_callback(self._call_ended)
        return await asyncio.shield(call)

    def _call_ended(self, call: asyncio.Future[Any]) -> None:
        self.pending -= 1
