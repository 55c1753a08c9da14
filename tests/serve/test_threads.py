"""Threads that never hold up the end: they work like concurrent.futures', and are left behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import CancelledError, wait

import pytest

from numnist.serve.state.threads import DaemonThreads
from tests.serve.conftest import PATIENCE


def test_results_and_errors_arrive():
    threads = DaemonThreads(2, "test")
    assert threads.submit(int, "7").result(PATIENCE) == 7
    with pytest.raises(ZeroDivisionError):
        threads.submit(divmod, 1, 0).result(PATIENCE)
    assert list(threads.map(abs, range(-50, 0))) == list(range(50, 0, -1))
    threads.shutdown(timeout=PATIENCE)


def test_so_many_work_at_the_same_time_and_no_more():
    threads, meet = DaemonThreads(3, "test"), threading.Barrier(3)
    assert sorted(f.result(PATIENCE) for f in [threads.submit(meet.wait, PATIENCE) for _ in range(3)]) == [0, 1, 2]
    names = {f.result(PATIENCE) for f in [threads.submit(lambda: threading.current_thread().name) for _ in range(99)]}
    assert len(names) <= 3
    threads.shutdown(timeout=PATIENCE)


def test_after_the_end_nothing_begins():
    threads, go = DaemonThreads(1, "test"), threading.Event()
    running, waiting = threads.submit(go.wait, PATIENCE), threads.submit(int)
    while not running.running():
        pass
    threads.shutdown(wait=False, cancel_futures=True)
    with pytest.raises(CancelledError):
        waiting.result(PATIENCE)
    with pytest.raises(RuntimeError, match="told to end"):
        threads.submit(int)
    go.set()
    assert wait([running], PATIENCE).done == {running}


def test_shutdown_waits_for_so_long_and_python_not_at_all():
    """The job would take an hour."""
    program = """if True:
        import threading
        from numnist.serve.state.threads import DaemonThreads
        threads = DaemonThreads(1, "test")
        future = threads.submit(threading.Event().wait, 3600)
        threads.shutdown(cancel_futures=True, timeout=0.01)
        assert not future.done()
        print("done")
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert (done.stdout, done.stderr) == ("done\n", "")
