"""Each backend's own process, because malloc's settings, BLAS threads and thread pools belong to a process.

It serves one request at a time, through a pipe, and sleeps in between.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import wraps
from multiprocessing.connection import Connection
from typing import Any, Concatenate, NamedTuple, ParamSpec, Self, TypeVar

from numnist.bench.flops import peak_flops
from numnist.bench.memory import current_memory, peak_memory, reset_peak
from numnist.bench.peers import CONTENDERS, Contender
from numnist.bench.work import Array, Work
from numnist.support.environment import environment
from numnist.support.errors import NumnistError
from numnist.support.malloc import keep_freed_pages

P = ParamSpec("P")
T = TypeVar("T")
PATIENCE = 10.0  # seconds that a library gets to stop its threads
OVERRIDES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # environment variables by which some machines slow OpenBLAS down


class BackendError(NumnistError):
    """A backend failed; the comparison continues without it."""


class Memory(NamedTuple):
    """Bytes of a process and those it starts, None if the system does not tell: once all was loaded, the peak since."""

    loaded: int | None
    most: int | None


class Server:
    """The requests that a backend's process serves."""

    def __init__(self, contender: Contender):
        self.contender = contender
        self.backend: Any = None
        self.loaded: int | None = None

    def load(self, work: Work) -> None:
        """Create the backend for this work, in place of the previous one."""
        self.backend = None  # free the previous one first
        self.backend = self.contender.backend(work)
        reset_peak()
        self.loaded = current_memory()

    def losses(self, count: int) -> list[float]:
        """The loss before each of the next `count` steps."""
        return [self.backend.step() for _ in range(count)]

    def logits(self, count: int) -> Array:
        """The logits of the first `count` pictures: (count, 10)."""
        return self.backend.logits(count)

    def seconds(self, method: str, repeats: int, *arguments: int) -> float:
        """Mean time of one call of a method of the backend, after one call to warm up."""
        call = getattr(self.backend, method)
        call(*arguments)  # wakes threads up, and refills caches that others have used
        started = time.perf_counter()
        for _ in range(repeats):
            call(*arguments)
        return (time.perf_counter() - started) / repeats

    def memory(self) -> Memory:
        return Memory(self.loaded, peak_memory())

    def peak_flops(self, threads: int) -> float:
        """The peak of matrix products in that process, operations per second."""
        return peak_flops(threads)

    def blas(self) -> str:
        """NumPy's BLAS in that process, and which of its kernels runs."""
        return str(environment()["blas"])


def serve(name: str, pipe: Connection) -> None:
    """The main loop of the process: serves requests until the other end is closed.

    It replies with an error's text, "" if there is none, and a result.
    """
    contender = CONTENDERS[name]
    if contender.keeps_pages:
        keep_freed_pages()
    server = Server(contender)
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            method, arguments, options = pipe.recv()
            try:
                reply = "", getattr(server, method)(*arguments, **options)
            except Exception as error:  # libraries raise anything: it is reported, and only this backend fails
                reply = f"{type(error).__name__}: {error}", None
            pipe.send(reply)


def remote(method: Callable[Concatenate[Server, P], T]) -> Callable[Concatenate[Process, P], T]:
    """The method of Process that sends a request and waits for the result of this method of Server."""

    @wraps(method)
    def request(process: Process, /, *arguments: P.args, **options: P.kwargs) -> T:
        try:
            process.pipe.send((method.__name__, arguments, options))
            error, result = process.pipe.recv()
        except (EOFError, OSError):
            raise BackendError(f"{process.name}: its process has ended without an error (out of memory?)") from None
        if error:
            raise BackendError(f"{process.name}: {error}")
        return result

    return request


class Process:
    """Client of a backend's process.  Use as a context manager, so that the process ends.

    Its methods raise BackendError if the library fails or the process dies.
    """

    load, losses, logits = remote(Server.load), remote(Server.losses), remote(Server.logits)
    seconds, memory = remote(Server.seconds), remote(Server.memory)
    peak_flops, blas = remote(Server.peak_flops), remote(Server.blas)

    def __init__(self, name: str, threads: int):
        spawn = multiprocessing.get_context("spawn")
        self.name = name
        self.pipe, theirs = spawn.Pipe()
        with conditions(threads):
            self._process = spawn.Process(target=serve, args=(name, theirs))  # no daemon: a library may start processes
            self._process.start()
        theirs.close()  # so that a dead process is noticed here

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.pipe.close()  # at which it ends
        self._process.join(PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


@contextmanager
def conditions(cores: int) -> Iterator[None]:
    """What processes that are started inside inherit, and pass on to those that they start.

    They may use that many cores, where the system supports it (Linux): not every library has a setting for its threads,
    and none counts those of the libraries below it.  OpenBLAS chooses its kernel itself.
    """
    with ExitStack() as stack:
        stack.callback(os.environ.update, {name: os.environ.pop(name) for name in OVERRIDES if name in os.environ})
        if hasattr(os, "sched_getaffinity"):
            mine = os.sched_getaffinity(0)
            stack.callback(os.sched_setaffinity, 0, mine)
            os.sched_setaffinity(0, sorted(mine)[:cores])
        yield
