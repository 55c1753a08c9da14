"""BLAS on one thread, so that a result does not depend on the number of cores."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import NamedTuple

from threadpoolctl import LibController, ThreadpoolController

# The environment of a process whose BLAS is to have one thread from its start
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


class Switch(NamedTuple):
    """A BLAS library's number of threads."""

    get: Callable[[], int]
    set: Callable[[int], object]


class OneBlasThread:
    """A context manager: inside it BLAS has one thread, in every thread of the process.

    BLAS's number of threads belongs to the whole process.  With several users at once, such as a training and a server,
    the first sets it and the last restores what was.  threadpoolctl's own `limit` takes ten times as long, which counts
    beside a single picture, and restores nothing if another thread enters than leaves.

    A process that is forked has only the thread that forked it: the lock is free there, and other threads do not count
    as users any more.
    """

    def __init__(self) -> None:
        self._lock, self._forks = threading.Lock(), False
        self._users: dict[int, int] = {}  # by thread, how many times it is inside
        self._before: list[tuple[Switch, int]] = []

    def __enter__(self) -> None:
        if not self._forks:
            self._watch_forks()
        with self._lock:
            if not self._users:
                self._before = [(switch, switch.get()) for switch in _switches()]
                for switch, threads in self._before:
                    if threads != 1:
                        switch.set(1)
            thread = threading.get_ident()
            self._users[thread] = self._users.get(thread, 0) + 1

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            # the thread that leaves need not be one that has entered: a generator may be closed by another
            thread = threading.get_ident()
            thread = thread if thread in self._users else next(iter(self._users))
            self._users[thread] -= 1
            if not self._users[thread]:
                del self._users[thread]
                self._restore()

    def _restore(self) -> None:
        """Give BLAS its threads back when nobody is inside."""
        for switch, threads in () if self._users else self._before:
            if threads != 1:
                switch.set(threads)

    def _watch_forks(self) -> None:
        """From the first use on, since importing this must do nothing."""
        self._forks = True
        if hasattr(os, "register_at_fork"):
            free = self._lock.release
            os.register_at_fork(before=self._lock.acquire, after_in_parent=free, after_in_child=self._forked)

    def _forked(self) -> None:
        others = [thread for thread in self._users if thread != threading.get_ident()]
        for thread in others:
            del self._users[thread]
        if others:
            self._restore()
        self._lock.release()


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
