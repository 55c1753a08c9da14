"""A rank: one process's part of every training step.

lanes     forward, loss and backward over lanes, as they come: ranks differ in speed, and the bits do not depend on who
          runs a lane
fold      in a group: the sums of this process's branches, which other processes need, over a slice of the vector
reduce    for clipping: the sum of the lanes' gradients, over this rank's slice of the vector
update    the same, and the optimizer: over this rank's slice
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np

from numnist.model.parameters import Parameters
from numnist.training.lane import Lanes
from numnist.training.memory import Job, Memory
from numnist.training.update import Update

LANES, FOLD, REDUCE, UPDATE = range(4)  # the commands


class Rank:
    """Does what the header in memory says.   lock: for one rank at a time."""

    def __init__(
        self, parameters: Parameters, job: Job, memory: Memory, lock: Callable[[], AbstractContextManager[None]]
    ):
        self.job, self.memory, self.lock = job, memory, lock
        self.lanes = Lanes(parameters, job, memory)
        self.update = Update(parameters, job, memory)

    def run(self, position: int, ranks: int) -> None:
        """Do one command as the rank at this position, from 0, of so many.

        Floating-point warnings are off inside: losses, gradients and weights are checked.  Raises NotFiniteError.
        """
        header = self.memory.header
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            command = int(header["command"][0])
            if command == LANES:
                self._run_lanes(position, ranks)
            elif command == FOLD:
                self.update.fold(position, ranks)
            elif command == REDUCE:
                self.update.reduce(position, ranks)
            else:
                step, rate, scale = (header[name][0].item() for name in ("step", "rate", "scale"))
                self.update.apply(position, ranks, step, rate, scale)

    def _run_lanes(self, position: int, ranks: int) -> None:
        """Run branches of lanes until none is left: the first is this rank's own, the others go to whoever is free."""
        first, stop = self.job.division.branches[self.job.position :][:2]
        branch = position
        while first + branch < stop:
            self.lanes.run_branch(first + branch)
            branch = branch + 1 if ranks == 1 else self._next_branch()

    def _next_branch(self) -> int:
        with self.lock():
            branch = int(self.memory.header["branch"][0])
            self.memory.header["branch"][0] = branch + 1
        return branch
