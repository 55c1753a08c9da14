"""Footprint: memory that is held is seen, also after it has been given back."""

from __future__ import annotations

import mmap

import pytest

from numnist.bench.footprint import CLEAR, STATUS, forget_most, held, most_held

MEGABYTES_64 = 64 << 20
SLACK = 4 << 20  # each core counts some pages for itself before it adds them to the sum


@pytest.mark.skipif(not (STATUS.exists() and CLEAR.exists()), reason="needs Linux's /proc")
def test_the_most_that_was_held_is_remembered_until_it_is_forgotten():
    pages = mmap.mmap(-1, MEGABYTES_64)  # not an array: malloc may be set to keep what is freed
    for at in range(0, MEGABYTES_64, mmap.PAGESIZE):
        pages[at] = 1
    before = held()
    pages.close()
    assert before >= MEGABYTES_64
    assert most_held() > before - SLACK
    forget_most()
    assert most_held() < before - MEGABYTES_64 + SLACK
