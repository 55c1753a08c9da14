"""Threads that work for the server and never hold up its end.

Those of concurrent.futures are waited for when Python ends, however long their work still takes: with them Ctrl-C in
a computation of ten seconds would end the server only after it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")
Job = tuple[Future[Any], Callable[[], Any]]


class DaemonThreads(Executor):
    """At most `most` threads, started as they are needed.  What they still compute when Python ends is thrown away."""

    def __init__(self, most: int, name: str):
        self.most, self.name = most, name
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle, self._lock, self._closed = 0, threading.Lock(), False

    def submit(self, function: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:
        """The future result of function(*arguments, **named).  Raises RuntimeError after `shutdown`."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("these threads have been told to end")
            self._jobs.put((future, lambda: function(*arguments, **named)))
            if self._idle:
                self._idle -= 1
            elif len(self._threads) < self.most:
                thread = threading.Thread(target=self._work, name=f"{self.name}-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False, timeout: float | None = None) -> None:
        """Take no more work.   wait: until the threads have ended, or for so many seconds at most;
        cancel_futures: drop what none of them has begun."""
        with self._lock:
            self._closed = True
        if cancel_futures:
            with suppress(queue.Empty):
                while True:
                    job = self._jobs.get_nowait()
                    if job is not None:
                        job[0].cancel()
        for _ in self._threads:
            self._jobs.put(None)
        end = None if timeout is None else time.monotonic() + timeout
        for thread in self._threads if wait else ():
            thread.join(None if end is None else max(0.0, end - time.monotonic()))

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, function = job
            if future.set_running_or_notify_cancel():
                try:
                    result = function()
                except BaseException as error:
                    future.set_exception(error)
                else:
                    future.set_result(result)
            del job, future, function  # so that no result lives on while the thread waits
            with self._lock:
                self._idle += 1
