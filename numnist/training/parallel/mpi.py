"""A group over MPI, the Message Passing Interface, through mpi4py:   mpiexec -n 4 numnist train digits"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from numnist.nn.base import Array
from numnist.support.errors import UsageError
from numnist.support.extras import install
from numnist.support.launched import position, processes
from numnist.training.parallel.group import Alone, Group
from numnist.training.parallel.messages import pack

T = TypeVar("T")
STOP, ERROR = 1, 2


@cache
def mpi_group() -> Group:
    """The group of this process: of all that `mpiexec` or `srun --mpi` has started, else of this one alone.

    Raises UsageError if mpi4py is missing, or belongs to another MPI than the launcher.
    """
    told = processes()
    if told == 1:
        return Alone()
    started = "this process" if told is None else f"{told} processes"
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:  # without the package; without an MPI library for it
        raise UsageError(
            f"MPI has started {started}, but mpi4py cannot be used ({error}): {install('mpi')}, and an MPI such as "
            "Open MPI."
        ) from error
    found = MPI.COMM_WORLD.Get_size()
    if told is None and found == 1 and position() == 0:
        return Alone()
    if found != told and (told is not None or found == 1):
        raise UsageError(
            f"MPI has started {started}, but mpi4py finds {found}: it belongs to another MPI "
            f"({MPI.Get_library_version().split(',')[0].strip()}). Use that one's mpiexec, or another --mpi of srun."
        )
    return MPIGroup(MPI.COMM_WORLD)


class MPIGroup:
    """See `Group`.   comm: an mpi4py communicator"""

    def __init__(self, comm: Any):
        from mpi4py import MPI

        self.comm, self.position, self.size = comm, comm.Get_rank(), comm.Get_size()
        machine = comm.Split_type(MPI.COMM_TYPE_SHARED)
        self.here = machine.Get_size()
        machine.Free()
        self.host = MPI.Get_processor_name()
        self.stopped = self.asked = False
        self.sent = 0
        self.failed = False  # whether all have raised an error together

    def barrier(self) -> None:
        self.comm.Barrier()

    def agree(self, error: Exception | None = None) -> None:
        from mpi4py import MPI

        flag = np.array([ERROR if error is not None else STOP if self.asked else 0])
        self.comm.Allreduce(MPI.IN_PLACE, flag, MPI.MAX)
        self.stopped = flag[0] == STOP
        if flag[0] == ERROR:
            packed = self.comm.allgather(None if error is None else pack(error, self.name))
            self._fail(next(each for each in packed if each is not None), error)

    def broadcast(self, make: Callable[[], T]) -> T:
        if self.position:
            failed, packed = self.comm.bcast(None)
            if failed:
                self._fail(packed, None)
            return pickle.loads(packed)  # noqa: S301  (from our own processes)
        try:
            value = make()
            packed = pickle.dumps(value)
        except Exception as error:
            self.comm.bcast((True, pack(error, self.name)))
            self.failed = True
            raise
        self.comm.bcast((False, packed))
        self.sent += len(packed) * (self.size - 1)
        return value

    def collect(self, value: T) -> list[T]:
        return self.comm.allgather(value)

    def all_gather(self, array: Array, ends: Sequence[int]) -> None:
        from mpi4py import MPI
        from mpi4py.util import dtlib

        counts = np.diff(ends)
        self.sent += int(counts[self.position]) * array.itemsize * (self.size - 1)
        spec = [array, counts, ends[:-1], dtlib.from_numpy_dtype(array.dtype)]
        self.comm.Allgatherv(MPI.IN_PLACE, spec)

    def reduce_scatter(self, rows: Array, owners: Sequence[tuple[int, int]], ends: Sequence[int]) -> None:
        from mpi4py import MPI

        slices = [slice(a, b) for a, b in pairwise(ends)]
        under_way = []
        for row, owner in owners:
            for to in range(self.size) if owner == self.position else ():
                if to != owner and slices[to].start < slices[to].stop:
                    part = rows[row, slices[to]]
                    under_way.append(self.comm.Isend(part, to, row))
                    self.sent += part.nbytes
            if owner != self.position and slices[self.position].start < slices[self.position].stop:
                under_way.append(self.comm.Irecv(rows[row, slices[self.position]], owner, row))
        MPI.Request.Waitall(under_way)

    def stop(self) -> None:
        self.asked = True

    @property
    def name(self) -> str:
        """Of this process, for messages."""
        return f"MPI rank {self.position} on {self.host}"

    def abort(self, code: int) -> None:
        """End all processes at once."""
        self.comm.Abort(code)

    def _fail(self, packed: bytes, own: BaseException | None) -> None:
        """Raise an error that all raise: this process's own if it has one."""
        self.failed = True
        raise own if own is not None else pickle.loads(packed)  # noqa: S301
