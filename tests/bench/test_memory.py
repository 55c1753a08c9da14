"""The peak of memory is seen, also after the memory has been freed, and in processes that were started."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from numnist.bench.memory import PROC, current_memory, peak_memory, reset_peak

MEGABYTES_64 = 64 << 20
SLACK = 4 << 20  # Linux counts some pages per core before it adds them to the total
PYTHON = 16 << 20  # a Python without imports has less of its own; what it maps of its files counts once for all
TOUCH = f"for at in range(0, {MEGABYTES_64}, mmap.PAGESIZE): pages[at] = 1"

pytestmark = pytest.mark.skipif(not (PROC / "self" / "clear_refs").exists(), reason="needs Linux's /proc")


@contextmanager
def child(program: str, *arguments: str):
    """A process that has run this program and waits."""
    command = [sys.executable, "-c", f"import mmap, sys\n{program}\nprint(flush=True)\nsys.stdin.read()", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield
        process.stdin.close()


def test_the_peak_is_kept_until_it_is_reset():
    pages = mmap.mmap(-1, MEGABYTES_64)  # not an array: malloc may be set to keep what is freed
    for at in range(0, MEGABYTES_64, mmap.PAGESIZE):
        pages[at] = 1
    before = current_memory()
    pages.close()
    assert before >= MEGABYTES_64
    assert peak_memory() > before - SLACK
    reset_peak()
    assert peak_memory() < before - MEGABYTES_64 + SLACK


def test_processes_that_were_started_count_with_their_peaks():
    before = current_memory()
    reset_peak()
    with child(f"pages = mmap.mmap(-1, {MEGABYTES_64})\n{TOUCH}\npages.close()"):
        assert current_memory() - before < PYTHON
        assert MEGABYTES_64 - SLACK < peak_memory() - before < MEGABYTES_64 + PYTHON


def test_memory_that_processes_share_counts_once():
    path = Path("shared")
    path.touch()
    os.truncate(path, MEGABYTES_64)
    before = current_memory()
    share = f"file = open(sys.argv[1], 'r+b')\npages = mmap.mmap(file.fileno(), 0)\n{TOUCH}"
    with child(share, str(path)), child(share, str(path)):
        assert MEGABYTES_64 - SLACK < current_memory() - before < MEGABYTES_64 + 2 * PYTHON
