"""Workers: independent pieces of work on threads, with BLAS held to one thread in each.

NumPy's elementwise loops and matrix products release the GIL, so that threads really run side by side; BLAS's own
threads would only get in their way, and would let the machine's core count into the bits of a result.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from types import TracebackType
from typing import Self, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

T = TypeVar("T")
R = TypeVar("R")


class Workers:
    """`threads` threads, the caller's among them.  Use as a context manager, so that they end."""

    def __init__(self, threads: int | None = None):
        self.threads = cores() if threads is None else threads
        self._pool = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None

    def run(self, function: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """[function(item) for item in items], on all threads.  What a function raises is raised here, after all ended.

        Floating-point faults are silent inside: who computes checks what comes out.
        """
        results: dict[int, R] = {}

        def part(first: int) -> None:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                for i in range(first, len(items), self.threads):
                    results[i] = function(items[i])

        with _blas().limit(limits=1):
            if self._pool is None:
                part(0)
            else:
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


@cache
def _blas() -> ThreadpoolController:
    """Found once: looking for the libraries takes as long as a small training step."""
    return ThreadpoolController().select(user_api="blas")
