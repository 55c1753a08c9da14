"""The peak of memory is seen, also after the memory has been freed."""

from __future__ import annotations

import mmap

import pytest

from numnist.bench.memory import CLEAR, STATUS, current_memory, peak_memory, reset_peak

MEGABYTES_64 = 64 << 20
SLACK = 4 << 20  # Linux counts some pages per core before it adds them to the total


@pytest.mark.skipif(not (STATUS.exists() and CLEAR.exists()), reason="needs Linux's /proc")
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
