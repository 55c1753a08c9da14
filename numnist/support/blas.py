"""BLAS on one thread, so that a result does not depend on the number of cores."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

# The environment of a process whose BLAS is to have one thread from its start
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


class _Limit:
    """BLAS's number of threads belongs to the whole process.

    With several users at once, such as a training and a server, the first sets it and the last restores what was.
    """

    lock, users, stack = threading.Lock(), 0, ExitStack()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread inside."""
    with _Limit.lock:  # once for all users: changing the number costs as much as a small layer
        if not _Limit.users:
            _Limit.stack.enter_context(_blas().limit(limits=1))
        _Limit.users += 1
    try:
        yield
    finally:
        with _Limit.lock:
            _Limit.users -= 1
            if not _Limit.users:
                _Limit.stack.close()


@cache
def _blas() -> ThreadpoolController:
    """The BLAS libraries, found once: looking for them takes as long as a small training step."""
    return ThreadpoolController().select(user_api="blas")
