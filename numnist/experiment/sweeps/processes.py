"""Several processes of this machine, side by side."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

from numnist.experiment.sweeps.trial import Stopped, never
from numnist.support.errors import RankError

T = TypeVar("T")


def in_processes(
    function: Callable[..., T], tasks: Sequence[tuple[Any, ...]], jobs: int, stop: Callable[[], bool] = never
) -> Iterator[T]:
    """function(*task, stop=...) of each, `jobs` at a time, as they are done.   Large arrays are shared, not copied.

    Where the system has no means to let processes talk to each other, one after the other in this one.
    function: stops when the `stop` that it is given returns True, which it does once this process has died.
    stop(): whether to stop now; called after each result.  Raises Stopped, and RankError if a process dies.
    """
    from joblib import Parallel, delayed, effective_n_jobs

    if effective_n_jobs(jobs) == 1:  # as without /dev/shm, of which joblib warns; `stop` need not get to a process then
        yield from (function(*task, stop=stop) for task in tasks)
        return
    work = Parallel(n_jobs=jobs, return_as="generator_unordered")
    try:
        with without_interrupts():
            started = work(delayed(run_task)(function, task, os.getpid()) for task in tasks)
        with ended(started) as results:
            for result in results:
                yield result
                if stop():
                    raise Stopped
    except BrokenProcessPool as error:
        raise RankError(
            f"a process of the sweep has died ({error}), for example because memory was short. What is finished is "
            "kept: give the same command again, with fewer --jobs, and with the same --run."
        ) from None


def run_task(function: Callable[..., T], task: tuple[Any, ...], parent: int) -> T:
    """function(*task, stop=...) in a process that this parent has started.  It ends once the parent has died.

    Windows keeps the number of a dead parent: there the task is worked to its end.
    """

    def orphaned() -> bool:
        return os.getppid() != parent

    try:
        return function(*task, stop=orphaned)
    except Stopped:
        if orphaned():
            os._exit(1)  # nobody is there to take a result, or to end this process
        raise


@contextmanager
def ended(results: Generator[T]) -> Iterator[Generator[T]]:
    """joblib's results, which are closed at the end; it would warn that tasks were cancelled, which is meant."""
    try:
        yield results
    finally:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "(?s).*could benefit from adjusting the input task", UserWarning)
            results.close()


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back until the block ends; the processes that it starts never see one, as this one ends them.

    They inherit which signals are blocked.  joblib cannot be told to start them in a process group of their own.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing.resource_tracker import ensure_running

    ensure_running()  # it is started with the first process, and would unblock signals (Python 3.11)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
