"""Division: which branches of lanes, and which chunks of the vector, are whose in a group of processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from numnist.training.tree import subtrees


@dataclass(frozen=True)
class Division:
    """How the processes of a group divide every step, by how many ranks each has.

    branches, chunks: where those of each process begin, and where the last one's end.
    """

    branches: tuple[int, ...]
    chunks: tuple[int, ...]

    @classmethod
    def of(cls, ranks: Sequence[int], branches: int, chunks: int) -> Division:
        """ranks: of each process."""
        ends = [0, *accumulate(ranks)]
        return cls(*(tuple(count * end // ends[-1] for end in ends) for count in (branches, chunks)))

    @property
    def processes(self) -> range:
        return range(len(self.chunks) - 1)

    def sums(self, position: int) -> list[tuple[int, int]]:
        """What a process adds up before it sends it: the largest parts of the tree that are its own, (start, stop).

        A process alone sends nothing; it adds up while it updates, in cache.
        """
        first, last = self.branches[position], self.branches[position + 1]
        if len(self.processes) == 1 or first == last:
            return []
        return subtrees(first, last, 0, self.branches[-1])

    def owners(self) -> list[tuple[int, int]]:
        """The rows that hold such a sum, and whose they are."""
        return [(start, position) for position in self.processes for start, _ in self.sums(position)]
