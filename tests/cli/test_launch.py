"""What is one process's work, where a launcher has started several."""

from __future__ import annotations

import pytest

from numnist.cli import COMMANDS
from numnist.cli.shared.launch import INSTEAD
from numnist.support import launched


@pytest.fixture(params=[("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"), ("PMI_SIZE", "PMI_RANK")], ids=str)
def two(request, monkeypatch):
    """two(rank): this process is that one of two."""
    for name in (*launched.SIZES, *launched.POSITIONS, "SLURM_STEP_NUM_TASKS"):
        monkeypatch.delenv(name, raising=False)
    size, place = request.param
    monkeypatch.setenv(size, "2")
    return lambda rank: monkeypatch.setenv(place, str(rank))


@pytest.mark.parametrize("command", [*INSTEAD])
def test_the_first_refuses_and_the_others_are_silent(numnist, two, command):
    two(0)
    first = numnist(command, "whatever")
    assert (first.code, first.out) == (2, "")
    assert f"2 processes have been started, and each would do all the work of numnist {command}: " in first.err
    assert INSTEAD[command] in first.err
    two(1)
    other = numnist(command, "whatever")
    assert (other.code, other.out, other.err) == (0, "", "")
    assert numnist(command, "--help").code == 0


def test_what_each_machine_may_do_is_not_refused(numnist, two):
    assert INSTEAD.keys() <= COMMANDS.keys()
    two(1)
    for command in (["recipes", "quick"], ["data", "list"]):
        assert numnist(*command).out, command


def test_one_process_of_mpiexec_is_none_of_several(numnist, trained, digits, monkeypatch):
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "1")
    monkeypatch.setenv("OMPI_COMM_WORLD_RANK", "0")
    assert numnist("evaluate", trained, "--dataset", digits).code == 0
