"""What a launcher of several processes, such as mpiexec or Slurm's srun, has told this one in its environment."""

from __future__ import annotations

import os

# Open MPI's mpiexec; MPICH's and its relatives', and srun --mpi=pmi2; MVAPICH's
SIZES = "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"
POSITIONS = "OMPI_COMM_WORLD_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK", "PMIX_RANK"


def _number(name: str) -> int | None:
    text = os.environ.get(name, "")
    return int(text) if text.isdigit() else None


def processes() -> int | None:
    """How many processes of one MPI program this is one of; 1 if alone; None where only MPI itself knows.

    PMIx, with which `srun --mpi=pmix` starts Open MPI's programs, tells a process its position but not their number:
    that is Slurm's to tell.
    """
    told = [size for size in map(_number, SIZES) if size is not None]
    if told:
        return max(1, *told)
    return 1 if _number("PMIX_RANK") is None else _number("SLURM_STEP_NUM_TASKS")


def position() -> int:
    """The position of this process among them, from 0."""
    told = [rank for rank in map(_number, POSITIONS) if rank is not None]
    return told[0] if told else 0


def without_mpi() -> int:
    """How many processes srun has started that know nothing of each other, if this is the first of them; else 0."""
    if any(_number(name) is not None for name in POSITIONS) or _number("SLURM_PROCID") != 0:
        return 0
    tasks = _number("SLURM_STEP_NUM_TASKS")
    return tasks if tasks is not None and tasks > 1 else 0
