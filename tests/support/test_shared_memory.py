"""Memory that processes share: the same arrays by its handle, locked by one at a time, and nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from numnist.support.shared_memory import SharedMemory

LAYOUT = {"numbers": ((2, 3), np.float32), "none": ((0,), np.int64), "counts": ((5,), np.int64)}
OTHER = """
import sys
import numpy as np
from numnist.support.shared_memory import SharedMemory
layout = {"numbers": ((2, 3), np.float32), "none": ((0,), np.int64), "counts": ((5,), np.int64)}
shared = SharedMemory(layout, sys.argv[1])
shared.arrays["numbers"][1, 2] += 1
for _ in range(2000):
    with shared.lock():
        shared.arrays["counts"][0] += 1
"""


@pytest.fixture(params=["memfd", "a file without a name"], autouse=True)
def kind(request, monkeypatch, tmp_path):
    if request.param != "memfd":
        monkeypatch.delattr(os, "memfd_create", raising=False)
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    elif not hasattr(os, "memfd_create"):
        pytest.skip("only Linux has memfd_create")
    return request.param


def other(shared):
    root = Path(__file__).parents[2]
    arguments = [sys.executable, "-c", OTHER, shared.handle]
    return subprocess.Popen(arguments, cwd=root, pass_fds=(shared.fd,))


def test_another_process_has_the_same_arrays(tmp_path):
    shared = SharedMemory(LAYOUT)
    assert {name: (array.shape, array.dtype) for name, array in shared.arrays.items()} == {
        name: (shape, np.dtype(kind)) for name, (shape, kind) in LAYOUT.items()
    }
    assert not any(array.any() for array in shared.arrays.values())
    shared.arrays["numbers"][1, 2] = 41
    assert other(shared).wait(60) == 0
    assert shared.arrays["numbers"].tolist() == [[0, 0, 0], [0, 0, 42]]
    shared.close()
    shared.arrays["numbers"][0, 0] = 1  # the memory is there as long as its arrays
    assert not list(tmp_path.glob("tmp*"))


def test_one_process_at_a_time_holds_the_lock():
    shared = SharedMemory(LAYOUT)
    processes = [other(shared) for _ in range(2)]
    for _ in range(2000):
        with shared.lock():
            shared.arrays["counts"][0] += 1
    assert [process.wait(60) for process in processes] == [0, 0]
    assert shared.arrays["counts"][0] == 6000
    shared.close()


def test_an_error_inside_releases_the_lock():
    shared = SharedMemory(LAYOUT)
    with pytest.raises(ZeroDivisionError), shared.lock():
        raise ZeroDivisionError
    assert other(shared).wait(60) == 0
    shared.close()


def test_a_full_disk_is_an_error_at_once(kind, monkeypatch):
    """And not a bus error at the first number that has no place."""
    if kind == "memfd":
        pytest.skip("memory without a file system")

    def full(fd, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        SharedMemory(LAYOUT)
