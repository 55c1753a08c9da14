"""First epoch: a process from its start to the end of an epoch, and what ends it early."""

from __future__ import annotations

import time

import pytest

from numnist.bench.first_epoch import first_epoch
from numnist.bench.process import BackendError
from tests.bench.made_up import work


def test_it_lasts_from_the_start_of_a_process_to_the_end_of_the_epoch(tmp_path):
    w, started = work(tmp_path), time.perf_counter()
    seconds = first_epoch("numnist", w)
    assert 0 < seconds < time.perf_counter() - started


def test_what_a_library_raises_is_told(tmp_path):
    w = work(tmp_path)
    (tmp_path / "labels.npy").write_bytes(b"no array")
    with pytest.raises(BackendError, match=r"numnist: \w+Error: .* in its first epoch"):
        first_epoch("numnist", w)


def test_a_process_that_ends_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.executable", "true")  # which reads nothing and writes nothing
    with pytest.raises(BackendError, match="has ended"):
        first_epoch("numnist", work(tmp_path))
