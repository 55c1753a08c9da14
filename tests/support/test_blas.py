"""BLAS on one thread: counted by thread, given back at the end, and never locked in a process that was forked."""

from __future__ import annotations

import os
import signal
import threading
from itertools import pairwise

import pytest

from numnist.support import blas
from numnist.support.blas import OneBlasThread, Switch

PATIENCE = 60  # seconds for what takes milliseconds, so that a busy machine fails no test


@pytest.fixture
def calls(monkeypatch):
    """What a made-up BLAS library of 4 threads was told."""
    told = [4]
    monkeypatch.setattr(blas, "_switches", lambda: [Switch(lambda: told[-1], told.append)])
    return told


def test_the_first_limits_it_and_the_last_gives_it_back(calls):
    one = OneBlasThread()
    with one, one:
        entered, left = threading.Event(), threading.Event()

        def other():
            with one:
                entered.set()
                left.wait(PATIENCE)

        thread = threading.Thread(target=other)
        thread.start()
        entered.wait(PATIENCE)
        assert calls == [4, 1]
    assert calls == [4, 1]  # the other is inside
    left.set()
    thread.join()
    assert calls == [4, 1, 4]


def test_another_thread_may_leave_for_one_that_entered(calls):
    """As when a generator is closed by another thread than the one that began it."""
    one = OneBlasThread()
    one.__enter__()
    thread = threading.Thread(target=one.__exit__)
    thread.start()
    thread.join()
    assert calls == [4, 1, 4]
    with one:
        assert calls == [4, 1, 4, 1]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on Windows")
def test_a_forked_process_finds_the_lock_free_and_counts_itself_alone(calls):
    one, stop = OneBlasThread(), threading.Event()

    def busy():
        while not stop.is_set():
            with one:
                pass

    def slow(threads):  # so that the lock is held nearly all the time
        for _ in range(20_000):
            pass
        calls.append(threads)

    calls[:] = [4]
    blas._switches = lambda: [Switch(lambda: calls[-1], slow)]  # put back by the fixture
    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for _ in range(10):
            pid = os.fork()
            if pid == 0:
                signal.alarm(PATIENCE)
                with one:
                    inside = calls[-1] == 1 and list(one._inside) == [threading.get_ident()]
                os._exit(0 if inside and calls[-1] == 4 else 3)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    finally:
        stop.set()
        thread.join()
    assert all(before != after for before, after in pairwise(calls))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on Windows")
@pytest.mark.parametrize("way", ["inside", "inside for too long", "held"])
def test_a_fork_waits_until_no_other_thread_calculates(calls, monkeypatch, way):
    """Since BLAS has locks of its own, which nobody would open in the child."""
    monkeypatch.setattr(blas, "MOMENT", 0.01 if way == "inside for too long" else PATIENCE)
    one, entered, forked = OneBlasThread(), threading.Event(), threading.Event()
    left = []

    def other():
        with one.held() if way == "held" else one:
            entered.set()
            while way == "inside" and not one._forking:
                pass
            if way != "inside":
                forked.wait(PATIENCE)
            left.append(way)

    thread = threading.Thread(target=other)
    thread.start()
    entered.wait(PATIENCE)
    with one.held():  # which registers it
        pass
    pid = os.fork()
    if pid == 0:
        signal.alarm(PATIENCE)
        alone = not one._inside and not one._holding and left == (["inside"] if way == "inside" else [])
        with one:
            pass
        os._exit(0 if alone and calls[-1] == 4 else 3)
    forked.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert calls == [4, 1, 4] or calls == [4, 1, 4, 1, 4]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on Windows")
def test_a_process_that_is_forked_inside_stays_inside(calls):
    one = OneBlasThread()
    with one:
        pid = os.fork()
        if pid == 0:
            with one:
                pass
            inside = calls == [4, 1]
            one.__exit__()
            os._exit(0 if inside and calls == [4, 1, 4] else 3)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert calls == [4, 1, 4]
