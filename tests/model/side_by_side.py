"""Answers and weights of one model from many threads and processes at once, and of one after the other.

A few of each are tests; benchmarks/surroundings.py asks 32 threads and 8 processes.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from numnist import Model, Settings, read, train
from tests.small import CONV, dataset

PATIENCE = 300  # seconds for what takes one, so that a busy machine fails nothing
METHODS = tuple(name for name in ("fork", "forkserver", "spawn") if name in multiprocessing.get_all_start_methods())


def asked(number: int) -> str:
    """A hash over what a model says in every way in which it is asked."""
    data, digest = dataset(), hashlib.sha256()
    model = Model(CONV, data, seed=number % 3)
    for count in (1, 3, len(data.test)):
        digest.update(model.predict_proba(data.test.x[:count]).tobytes())
    digest.update(repr([reading.probability for reading in read(model, data.test.x[:4])]).encode())
    digest.update(repr(model.loss(*data.test)).encode())
    return digest.hexdigest()


def trained(number: int) -> str:
    """The hash of the weights of a short training."""
    data = dataset()
    model = Model(CONV, data, seed=number % 3)
    for _ in train(model, data, Settings(batch_size=20, seed=number % 3), threads=1):
        pass
    return model.weights_sha256


def in_threads(function: Callable[[int], str], count: int) -> list[str]:
    """What `count` threads say that all begin at the same moment."""
    ready = threading.Barrier(count)

    def one(number: int) -> str:
        ready.wait(PATIENCE)
        return function(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count), timeout=PATIENCE))


def in_processes(function: Callable[[int], str], count: int, method: str) -> list[str]:
    """What a pool of `count` processes says."""
    with multiprocessing.get_context(method).Pool(count) as pool:
        return pool.map_async(function, range(count)).get(PATIENCE)


@contextmanager
def at_work(function: Callable[[int], str], threads: int = 2) -> Iterator[None]:
    """Threads that ask or train without end meanwhile."""
    stop = threading.Event()

    def busy(number: int) -> None:
        while not stop.is_set():
            function(number)

    with ThreadPoolExecutor(threads) as pool:
        found = [pool.submit(busy, number) for number in range(threads)]
        try:
            yield
        finally:
            stop.set()
    for each in found:
        each.result()


def forked(function: Callable[[int], str], expected: str) -> bool:
    """Whether a process that is forked now says the same, and ends."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(PATIENCE)
        with np.errstate(all="ignore"):
            os._exit(0 if function(0) == expected else 3)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
