"""A group: processes that train one model together, each with memory of its own.

Each has a part of every step: some branches of lanes, and a slice of the vector.  The operations are those of any
training on several machines:

    reduce-scatter    every process gets the gradients of its slice from all others, and adds them up along the tree
    all-gather        every process gets the slices that the others have changed
    broadcast         every process gets what the first has made
    barrier           all wait for each other

Ranks (ranks.py) divide the part of one process among processes with shared memory, where the same operations move
nothing.  mpi.py is a group over MPI.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from numnist.nn.base import Array

T = TypeVar("T")


class Group(Protocol):
    """position: of this process, from 0;  size: how many there are;  here: of them on this machine.

    All processes must call the same operations in the same order.  stopped: whether one has called `stop`, which all
    learn at the same `agree`.  sent: bytes that this process has sent.
    """

    position: int
    size: int
    here: int
    stopped: bool
    sent: int

    def barrier(self) -> None:
        """Wait for all."""

    def agree(self, error: Exception | None = None) -> None:
        """Wait for all; raise in every process what one of them has met, the first one's first."""

    def broadcast(self, make: Callable[[], T]) -> T:
        """What `make` returns in the first process, in all.  Raises in all what it raises there."""

    def collect(self, value: T) -> list[T]:
        """The values of all processes, in their order."""

    def all_gather(self, array: Array, ends: Sequence[int]) -> None:
        """Fill an array (n,) of which each process has the part ends[position]..ends[position + 1]."""

    def reduce_scatter(self, rows: Array, owners: Sequence[tuple[int, int]], ends: Sequence[int]) -> None:
        """Give each process its slice of these rows, for it to add up.   rows (k, n);  owners: (row, who has it)"""

    def stop(self) -> None:
        """Ask all to stop after the step under way."""


class Alone:
    """A group of one process."""

    position, size, here, sent = 0, 1, 1, 0

    def __init__(self) -> None:
        self.stopped = self.asked = False

    def barrier(self) -> None: ...

    def agree(self, error: Exception | None = None) -> None:
        self.stopped = self.asked
        if error is not None:
            raise error

    def broadcast(self, make: Callable[[], T]) -> T:
        return make()

    def collect(self, value: T) -> list[T]:
        return [value]

    def all_gather(self, array: Array, ends: Sequence[int]) -> None: ...

    def reduce_scatter(self, rows: Array, owners: Sequence[tuple[int, int]], ends: Sequence[int]) -> None: ...

    def stop(self) -> None:
        self.asked = True
