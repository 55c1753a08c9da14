"""Workers: independent pieces of work on threads, with BLAS held to one thread in each.

NumPy's elementwise loops and matrix products release the GIL, so that threads really run side by side; BLAS's own
threads would only get in their way, and would let the machine's core count into the bits of a result.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from numnist.arguments import whole

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")
R = TypeVar("R")


class Workers:
    """`threads` threads, the caller's among them.  Use as a context manager, so that they end."""

    def __init__(self, threads: int | None = None):
        self.threads = cores() if threads is None else whole(threads, "threads")
        self._pool: ThreadPoolExecutor | None = None
        if self.threads > 1:
            from concurrent.futures import ThreadPoolExecutor  # here, because one answer needs no second thread

            self._pool = ThreadPoolExecutor(self.threads - 1)

    def run(self, function: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """[function(item) for item in items], on all threads.  What a function raises is raised here, after all ended.

        Floating-point faults are silent inside: who computes checks what comes out.
        """
        results: dict[int, R] = {}

        def part(first: int) -> None:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                for i in range(first, len(items), self.threads):
                    results[i] = function(items[i])

        with _ONE_BLAS_THREAD:
            if self._pool is None:
                part(0)
            else:
                from concurrent.futures import wait

                others = [self._pool.submit(part, k) for k in range(1, min(self.threads, len(items)))]
                try:
                    part(0)
                finally:
                    wait(others)
                for other in others:
                    other.result()
        return [results[i] for i in range(len(items))]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _OneBlasThread:
    """Holds BLAS to one thread as long as anyone needs it: the number belongs to the whole process.

    Where a model trains while another answers, who comes first sets it, and who goes last gives back what was.
    """

    def __init__(self) -> None:
        self._lock, self._users, self._limit = threading.Lock(), 0, ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if not self._users:
                self._limit.enter_context(_blas().limit(limits=1))
            self._users += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._users -= 1
            if not self._users:
                self._limit.close()


_ONE_BLAS_THREAD = _OneBlasThread()


@cache
def _blas() -> ThreadpoolController:
    """Found once: looking for the libraries takes as long as a small training step."""
    return ThreadpoolController().select(user_api="blas")
