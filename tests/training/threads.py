"""A group of threads, each of which takes itself for a process: what MPI does, where MPI is not installed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

PATIENCE = 60  # seconds for the others to come; a test that needs them is wrong


class Hub:
    def __init__(self, size):
        self.size, self.barrier = size, threading.Barrier(size, timeout=PATIENCE)
        self.values = [None] * size

    def exchange(self, position, value):
        """The values of all."""
        self.values[position] = value
        self.barrier.wait()
        found = list(self.values)
        self.barrier.wait()
        return found


class ThreadGroup:
    """See numnist.training.parallel.group.Group."""

    def __init__(self, hub, position):
        self.hub, self.position, self.size, self.here = hub, position, hub.size, hub.size
        self.stopped = self.asked = False
        self.sent = 0

    def barrier(self):
        self.hub.barrier.wait()

    def agree(self, error=None):
        found = self.hub.exchange(self.position, (error, self.asked))
        for each, _ in found:
            if each is not None:
                raise each
        self.stopped = any(asked for _, asked in found)

    def broadcast(self, make):
        value = error = None
        if self.position == 0:
            try:
                value = make()
            except Exception as caught:
                error = caught
        value, error = self.hub.exchange(self.position, (value, error))[0]
        if error is not None:
            raise error
        return value

    def collect(self, value):
        return self.hub.exchange(self.position, value)

    def all_gather(self, array, ends):
        own = array[ends[self.position] : ends[self.position + 1]].copy()
        for k, part in enumerate(self.hub.exchange(self.position, own)):
            array[ends[k] : ends[k + 1]] = part
        self.sent += own.nbytes * (self.size - 1)

    def reduce_scatter(self, rows, owners, ends):
        own = {row: rows[row].copy() for row, owner in owners if owner == self.position}
        here = slice(*ends[self.position : self.position + 2])
        for other, found in enumerate(self.hub.exchange(self.position, own)):
            for row, numbers in found.items() if other != self.position else ():
                rows[row, here] = numbers[here]
        self.sent += sum(numbers.nbytes - numbers[here].nbytes for numbers in own.values())

    def stop(self):
        self.asked = True


def together(size: int, work: Callable) -> list:
    """What work(group) returns in each of so many processes.  Raises what the first of them raises."""
    hub = Hub(size)
    with ThreadPoolExecutor(size) as pool:
        running = [pool.submit(work, ThreadGroup(hub, position)) for position in range(size)]
        return [each.result() for each in running]
