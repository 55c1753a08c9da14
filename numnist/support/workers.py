"""Independent tasks on threads, with BLAS limited to one thread in each.

NumPy's elementwise loops and matrix products release the GIL, so the threads run in parallel.  BLAS's own threads would
get in their way, and would make the bits of a result depend on the number of cores.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import count
from queue import SimpleQueue
from typing import Self, TypeVar

import numpy as np

from numnist.support.blas import one_blas_thread
from numnist.support.checks import whole

T = TypeVar("T")
R = TypeVar("R")


class Workers:
    """A pool of `threads` threads, the caller's among them.  A context manager: inside it BLAS has one thread.

    Threads that are not needed any more wait for the next pool: starting one and warming up its memory takes as long
    as 60 pictures through a small network.
    """

    def __init__(self, threads: int | None = None):
        self.threads = cores() if threads is None else whole(threads, "threads")
        self._others: list[_Thread] = []  # borrowed when there is work for them
        self._blas = ExitStack()

    def run(self, function: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """[function(item) for item in items], on all threads, each taking the next item when it is free.

        Raises what a function raised, after those under way have ended; no other item is begun.
        Floating-point warnings are off inside: the caller checks the results.
        """
        results: dict[int, R] = {}
        ended: SimpleQueue[BaseException | None] = SimpleQueue()
        todo, failed = count(), threading.Event()

        def part() -> None:
            try:
                with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                    while (i := next(todo)) < len(items) and not failed.is_set():
                        with one_blas_thread():
                            results[i] = function(items[i])
            except BaseException:
                failed.set()
                raise

        def elsewhere() -> None:
            try:
                part()
                ended.put(None)
            except BaseException as error:
                ended.put(error)

        others = min(self.threads, len(items)) - 1
        while len(self._others) < others:
            self._others.append(_idle_thread())
        for other in self._others[: max(0, others)]:
            other.tasks.put(elsewhere)
        try:
            part()
        finally:
            errors = [ended.get() for _ in range(others)]
        for error in errors:
            if error is not None:
                raise error
        return [results[i] for i in range(len(items))]

    def __enter__(self) -> Self:
        self._blas.enter_context(one_blas_thread().held())
        return self

    def __exit__(self, *exception: object) -> None:
        _idle.extend(self._others)
        self._others.clear()
        self._blas.close()


class _Thread(threading.Thread):
    """Runs tasks until the process ends.  Its queue is written in C: a call may last less than a millisecond."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.start()

    def run(self) -> None:
        while True:
            self.tasks.get()()


_idle: list[_Thread] = []


def _idle_thread() -> _Thread:
    """One that waits, or a new one."""
    while True:
        try:
            thread = _idle.pop()
        except IndexError:
            return _Thread()
        if thread.is_alive():  # it is not in a process that was forked from the one that started it
            return thread


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
