"""BLAS on one thread, so that a result does not depend on the number of cores."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import product
from typing import NamedTuple

from threadpoolctl import LibController, ThreadpoolController

# The environment of a process whose BLAS is to have one thread from its start
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)

MOMENT = 2.0  # seconds that a fork waits at most for the calculations of other threads; a training's step takes less


class Switch(NamedTuple):
    """A BLAS library's number of threads."""

    get: Callable[[], int]
    set: Callable[[int], object]


class OneBlasThread:
    """A context manager: inside it BLAS has one thread, in every thread of the process.

    BLAS's number of threads belongs to the whole process.  With several users at once, such as a training and a server,
    the first sets it and the last restores what was.  threadpoolctl's own `limit` takes ten times as long, which counts
    beside a single picture, and restores nothing if another thread enters than leaves.

    A process that is forked has only the thread that forked it: what other threads had locked, also in BLAS itself,
    would be locked there for ever.  So a fork waits until no other thread is inside, at most MOMENT; who stays inside
    for long, between its calculations, is in `held()`, for which no fork waits.
    """

    def __init__(self) -> None:
        self._lock, self._forks, self._forking = threading.Lock(), False, 0
        self._changed = threading.Condition(self._lock)
        self._inside: dict[int, int] = {}  # by thread, how many times it is inside
        self._holding: dict[int, int] = {}
        self._before: list[tuple[Switch, int]] = []

    def __enter__(self) -> None:
        if not self._forks:
            self._watch_forks()
        with self._lock:
            while self._forking and threading.get_ident() not in self._inside:
                self._changed.wait()
            self._limit()
            _count(self._inside, 1)

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            _count(self._inside, -1)
            self._restore()
            if self._forking:
                self._changed.notify_all()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside it BLAS has one thread, and this thread does not calculate, or in a `with` of its own."""
        if not self._forks:
            self._watch_forks()
        with self._lock:
            self._limit()
            _count(self._holding, 1)
        try:
            yield
        finally:
            with self._lock:
                _count(self._holding, -1)
                self._restore()

    def _limit(self) -> None:
        """Take BLAS all threads but one, unless somebody is inside already."""
        if not self._inside and not self._holding:
            self._before = [(switch, switch.get()) for switch in _switches()]
            for switch, threads in self._before:
                if threads != 1:
                    switch.set(1)

    def _restore(self) -> None:
        """Give BLAS its threads back when nobody is inside."""
        if not self._inside and not self._holding:
            for switch, threads in self._before:
                if threads != 1:
                    switch.set(threads)

    def _watch_forks(self) -> None:
        """From the first use on, since importing this must do nothing."""
        self._forks = True
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._before_fork, after_in_parent=self._after_fork, after_in_child=self._in_child
            )

    def _before_fork(self) -> None:
        self._lock.acquire()
        self._forking += 1
        own = {threading.get_ident()}
        self._changed.wait_for(lambda: self._inside.keys() <= own, MOMENT)

    def _after_fork(self) -> None:
        self._forking -= 1
        self._changed.notify_all()
        self._lock.release()

    def _in_child(self) -> None:
        self._forking, self._changed = 0, threading.Condition(self._lock)
        others = (self._inside.keys() | self._holding.keys()) - {threading.get_ident()}
        for thread in others:
            self._inside.pop(thread, None)
            self._holding.pop(thread, None)
        if others:
            self._restore()
        self._lock.release()


def _count(threads: dict[int, int], change: int) -> None:
    """Count one entry or one exit, of this thread, or of any where another leaves for one that has entered."""
    thread = threading.get_ident()
    if change < 0 and thread not in threads:  # such as a generator that is closed by another thread
        thread = next(iter(threads))
    threads[thread] = threads.get(thread, 0) + change
    if not threads[thread]:
        del threads[thread]


_ONE = OneBlasThread()


def one_blas_thread() -> OneBlasThread:
    """Limit BLAS to one thread inside."""
    return _ONE


def can_limit() -> bool:
    """Whether there is a BLAS whose threads can be limited; threadpoolctl does not know all, such as Accelerate."""
    return bool(_libraries())


@cache
def has_small_products() -> bool:
    """Whether BLAS multiplies small matrices where they are, as OpenBLAS's kernels for AVX-512 do."""
    found = {(library.internal_api, getattr(library, "architecture", "")) for library in _libraries()}
    return bool(found) and found <= {("openblas", kernel) for kernel in ("SkylakeX", "Cooperlake", "SapphireRapids")}


@cache
def _switches() -> list[Switch]:
    """Of all BLAS libraries."""
    return [_switch(library) for library in _libraries()]


@cache
def _libraries() -> list[LibController]:
    """All BLAS libraries, found once: looking for them takes as long as a small training step."""
    return ThreadpoolController().select(user_api="blas").lib_controllers


def _switch(library: LibController) -> Switch:
    """OpenBLAS's own functions where they are found, under one of the names that it is built with.

    Since threadpoolctl 3.7 the first thread that sets the number controls it, and what others set is ignored without a
    word; OpenBLAS itself takes it from any thread.
    """
    if library.internal_api == "openblas" and library.threading_layer == "pthreads":
        for prefix, suffix in product(("", "scipy_"), ("", "64_", "_64")):
            get, put = (f"{prefix}openblas_{verb}_num_threads{suffix}" for verb in ("get", "set"))
            if hasattr(library.dynlib, get) and hasattr(library.dynlib, put):
                return Switch(getattr(library.dynlib, get), getattr(library.dynlib, put))
    return Switch(library.get_num_threads, library.set_num_threads)
