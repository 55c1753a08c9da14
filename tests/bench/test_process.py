"""Processes: a backend works in a process of its own, and its failures stay there."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from numnist.bench.backends import ours
from numnist.bench.process import OVERRIDES, BackendError, Process, conditions
from tests.bench.made_up import work


def test_a_process_does_the_work_of_its_backend(tmp_path):
    w = work(tmp_path)
    here = ours.Backend(w)
    with Process("numnist", 1) as process:
        process.load(w)
        assert np.array_equal(process.logits(5), here.logits(5))
        assert process.losses(3) == [here.step() for _ in range(3)]
        assert process.seconds("step", 2) > 0
        assert process.losses(1) == [[here.step() for _ in range(4)][-1]]  # three were timed, the first not counted
        memory = process.memory()
        assert memory.most is None or memory.most > 1 << 20  # Python alone holds more


def test_what_a_library_raises_is_told_and_the_process_goes_on(tmp_path):
    w = work(tmp_path)
    with Process("numnist", 1) as process:
        with pytest.raises(BackendError, match="numnist: AttributeError"):
            process.seconds("no_such_method", 1)
        process.load(w)
        assert len(process.losses(1)) == 1


def test_a_process_that_ends_is_told():
    with Process("numnist", 1) as process:
        process._process.kill()
        with pytest.raises(BackendError, match="has ended"):
            process.losses(1)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not hold processes to cores")
def test_processes_may_use_as_many_cores_as_they_have_threads():
    mine = os.sched_getaffinity(0)
    with conditions(cores=1):
        assert len(os.sched_getaffinity(0)) == 1
        program = "import os; print(len(os.sched_getaffinity(0)))"
        again = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {program!r}], check=True)"
        assert subprocess.check_output([sys.executable, "-c", again], text=True) == "1\n"  # those that it starts too
    assert os.sched_getaffinity(0) == mine


def test_processes_choose_blas_kernels_themselves_even_where_the_machine_sets_one(monkeypatch):
    for name in OVERRIDES:
        monkeypatch.setenv(name, "1048576" if name.endswith("SIZE") else "Prescott")
    with Process("numnist", 1) as process:
        blas = process.blas()
    assert "Prescott" not in blas
    assert blas
    assert all(name in os.environ for name in OVERRIDES)  # here nothing has changed
