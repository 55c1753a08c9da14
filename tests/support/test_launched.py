"""What launchers tell a process in its environment: as Open MPI, MPICH and Slurm 22.05 do it."""

from __future__ import annotations

import pytest

from numnist.support import launched

OPEN_MPI = {"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3", "PMIX_RANK": "3"}
MPICH = {"PMI_SIZE": "4", "PMI_RANK": "3"}
STEP = {"SLURM_STEP_NUM_TASKS": "4", "SLURM_NTASKS": "4"}


@pytest.fixture
def told(monkeypatch):
    """A function that sets what the launcher says, and returns (processes, position, without_mpi)."""
    for name in (*launched.SIZES, *launched.POSITIONS, *STEP, "SLURM_PROCID"):
        monkeypatch.delenv(name, raising=False)

    def tell(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return launched.processes(), launched.position(), launched.without_mpi()

    return tell


def test_nobody_says_anything(told):
    assert told() == (1, 0, 0)


@pytest.mark.parametrize("launcher", [OPEN_MPI, MPICH, {**STEP, "SLURM_PROCID": "3", "PMIX_RANK": "3"}])
def test_the_last_of_four(told, launcher):
    assert told(**launcher) == (4, 3, 0)


def test_pmi2_of_srun_tells_the_number_itself(told):
    assert told(**STEP, SLURM_PROCID="0", PMI_RANK="0", PMI_SIZE="4") == (4, 0, 0)


def test_mpiexec_inside_a_job_of_slurm(told):
    assert told(SLURM_NTASKS="4", SLURM_PROCID="0", OMPI_COMM_WORLD_SIZE="2", OMPI_COMM_WORLD_RANK="1") == (2, 1, 0)


def test_pmix_alone_does_not_tell_the_number(told):
    assert told(PMIX_RANK="3") == (None, 3, 0)


def test_srun_without_mpi_makes_strangers_and_the_first_knows(told):
    assert told(**STEP, SLURM_PROCID="0") == (1, 0, 4)
    assert told(SLURM_PROCID="1") == (1, 0, 0)


@pytest.mark.parametrize("alone", [{"SLURM_NTASKS": "4"}, {"SLURM_STEP_NUM_TASKS": "1"}])
def test_a_batch_script_and_a_step_of_one_process_have_no_strangers(told, alone):
    assert told(**alone, SLURM_PROCID="0") == (1, 0, 0)


def test_a_number_that_is_none_is_not_believed(told):
    assert told(OMPI_COMM_WORLD_SIZE="many", PMI_SIZE="0") == (1, 0, 0)
