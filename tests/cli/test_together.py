"""What a training says where a launcher has started several processes that cannot work together."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from numnist.cli.shared.training import check_group
from numnist.experiment.recipe import load_recipe
from numnist.support import launched
from numnist.support.errors import UsageError
from numnist.training.parallel.mpi import mpi_group


@pytest.fixture(autouse=True)
def _four_of_slurm(monkeypatch):
    """srun has started four processes."""
    for name in (*launched.SIZES, *launched.POSITIONS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "4")
    monkeypatch.setenv("SLURM_PROCID", "0")
    mpi_group.cache_clear()
    yield
    mpi_group.cache_clear()


def test_processes_of_srun_without_mpi_train_alone_and_say_so(numnist, digits, monkeypatch):
    command = ["train", "mlp-quick", "--dataset", digits, "--epochs", 1, "--no-report"]
    done = numnist(*command)
    assert done.code == 0
    assert "srun has started 4 processes, and each trains alone" in done.err
    assert "--mpi=pmix" in done.err
    monkeypatch.setenv("SLURM_PROCID", "1")
    assert "srun" not in numnist(*command).err, "the first alone says it"


def test_overfitting_is_for_one_process():
    recipe = load_recipe("mlp-quick")
    check_group(recipe, SimpleNamespace(size=4))
    check_group(replace(recipe, overfit=True), SimpleNamespace(size=1))
    with pytest.raises(UsageError, match="leave mpiexec out"):
        check_group(replace(recipe, overfit=True), SimpleNamespace(size=4))


def test_processes_of_srun_with_pmix_need_mpi4py(numnist, digits, monkeypatch):
    monkeypatch.setenv("PMIX_RANK", "0")
    monkeypatch.setitem(sys.modules, "mpi4py", None)  # as if it were not installed
    done = numnist("train", "mlp-quick", "--dataset", digits)
    assert done.code == 2
    assert "MPI has started 4 processes, but mpi4py cannot be used" in done.err
    assert "pip install '.[mpi]'" in done.err


@pytest.mark.parametrize("position", [0, 1])
def test_another_mpi_is_refused(position, monkeypatch):
    """Its processes find themselves alone, and each would train everything."""

    class Comm:
        def Get_size(self):  # noqa: N802  (mpi4py's own name)
            return 1

    class MPI:
        COMM_WORLD = Comm()

        @staticmethod
        def Get_library_version():  # noqa: N802
            return "Other MPI 1.0, of somebody"

    monkeypatch.setitem(sys.modules, "mpi4py", type(sys)("mpi4py"))
    monkeypatch.setattr(sys.modules["mpi4py"], "MPI", MPI, raising=False)
    monkeypatch.setenv("PMIX_RANK", str(position))
    with pytest.raises(UsageError, match=r"started 4 processes, but mpi4py finds 1: .*\(Other MPI 1.0\).* of srun"):
        mpi_group()
    monkeypatch.delenv("SLURM_STEP_NUM_TASKS")  # now nobody knows the number but MPI
    if position == 0:
        assert mpi_group().size == 1
    else:
        with pytest.raises(UsageError, match="MPI has started this process, but mpi4py finds 1"):
            mpi_group()
