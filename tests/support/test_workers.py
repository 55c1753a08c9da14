"""Workers: what a loop would give, on threads, with BLAS on one thread in each."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from numnist import UsageError
from numnist.support.workers import Workers, cores

THREADS = pytest.mark.parametrize("threads", [1, 2, 5])


@THREADS
@pytest.mark.parametrize("n", [0, 1, 2, 17])
def test_the_results_come_in_the_order_of_the_items(threads, n):
    with Workers(threads) as workers:
        assert workers.run(lambda i: i * i, range(n)) == [i * i for i in range(n)]


def test_the_work_is_done_on_several_threads_at_once():
    # each of three waits until all three are there, which on fewer threads would never happen
    barrier = threading.Barrier(3, timeout=30)
    with Workers(3) as workers:
        names = workers.run(lambda _: (barrier.wait(), threading.get_ident())[1], range(3))
    assert len(set(names)) == 3
    assert threading.get_ident() in names


@THREADS
@pytest.mark.parametrize("culprit", [0, 1, 3])
def test_an_error_is_raised_after_those_under_way_have_ended(threads, culprit):
    running = []

    def work(i):
        running.append(i)
        if i == culprit:
            raise ZeroDivisionError(f"planted in {i}")
        running.remove(i)

    with Workers(threads) as workers:
        with pytest.raises(ZeroDivisionError, match=f"planted in {culprit}"):
            workers.run(work, range(4))
        assert running == [culprit]
        assert workers.run(abs, [-1, -2]) == [1, 2]  # and they still work


def test_after_an_error_nothing_more_is_begun():
    begun = []

    def work(i):
        begun.append(i)
        raise ZeroDivisionError("planted")

    with Workers(2) as workers, pytest.raises(ZeroDivisionError):
        workers.run(work, range(1000))
    assert len(begun) <= 2


def test_an_error_on_the_callers_thread_waits_for_the_others():
    caller, begun, raised, ended = threading.get_ident(), threading.Event(), threading.Event(), []

    def work(_):
        if threading.get_ident() == caller:
            assert begun.wait(30)
            raised.set()
            raise ZeroDivisionError("planted")
        begun.set()
        assert raised.wait(30)
        ended.append(sum(range(300_000)))

    with Workers(2) as workers:
        with pytest.raises(ZeroDivisionError):
            workers.run(work, range(2))
        assert len(ended) == 1


def idents(workers):
    """Of the threads of a pool: each waits until all are there."""
    barrier = threading.Barrier(workers.threads, timeout=30)
    return set(workers.run(lambda _: (barrier.wait(), threading.get_ident())[1], range(workers.threads)))


def test_threads_are_used_again():
    with Workers(4) as first:
        used = idents(first)
    with Workers(4) as second:
        assert idents(second) == used
    assert len(used) == 4


def test_pools_at_the_same_time_have_threads_of_their_own():
    with Workers(2) as first, Workers(2) as second:
        assert idents(first) & idents(second) == {threading.get_ident()}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_process_starts_threads_of_its_own():
    with Workers(2) as workers:
        workers.run(abs, [-1, -2])
    child = os.fork()
    if not child:
        with Workers(2) as workers:
            os._exit(sum(workers.run(abs, [-1, -2])))  # it would wait for ever for a thread that it does not have
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3


def blas_threads():
    return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}


@THREADS
def test_blas_has_one_thread_inside_and_as_many_as_before_outside(threads):
    with threadpool_limits(3, user_api="blas"):
        with Workers(threads) as workers:
            assert workers.run(lambda _: blas_threads(), range(threads)) == [{1}] * threads
        assert blas_threads() == {3}


@pytest.fixture
def _three_blas_threads():
    """Set by a thread that ends, because threadpoolctl lets only one living thread at a time change the number."""

    def set_to(number):
        thread = threading.Thread(target=threadpool_limits, args=(number, "blas"))
        thread.start()
        thread.join()

    (before,) = blas_threads()
    set_to(3)
    yield
    set_to(before)


@pytest.mark.usefixtures("_three_blas_threads")
def test_blas_is_held_until_the_last_of_two_runs_at_once_ends():
    first_is_in, first_may_go = threading.Event(), threading.Event()

    def first(_):
        first_is_in.set()
        assert first_may_go.wait(30)

    def run_first():
        with Workers(1) as workers:
            workers.run(first, [0])

    def second(_):
        first_may_go.set()
        other.join(30)  # the first has ended while this one goes on
        return blas_threads()

    other = threading.Thread(target=run_first)
    other.start()
    assert first_is_in.wait(30)
    with Workers(1) as workers:
        assert workers.run(second, [0]) == [{1}]
    assert blas_threads() == {3}


@pytest.mark.usefixtures("_three_blas_threads")
def test_blas_is_restored_by_another_thread_than_the_one_that_limited_it():
    is_in, may_end = threading.Event(), threading.Event()
    first = Workers(1)

    def enter_and_wait():
        first.__enter__()
        is_in.set()
        assert may_end.wait(30)

    other = threading.Thread(target=enter_and_wait)
    other.start()
    assert is_in.wait(30)
    assert blas_threads() == {1}
    first.__exit__()
    assert blas_threads() == {3}  # though the thread that entered first is still alive
    may_end.set()
    other.join()


@THREADS
def test_floating_point_faults_are_silent_inside_and_only_there(threads):
    with Workers(threads) as workers:
        assert np.isinf(workers.run(lambda _: np.float32(1) / np.float32(0), range(5))).all()
    with pytest.raises(FloatingPointError):
        np.float32(1) / np.float32(0)


@pytest.mark.parametrize("threads", [0, -1, 2.0, True])
def test_a_number_of_threads_that_makes_no_sense_is_refused(threads):
    with pytest.raises(UsageError, match="threads is"):
        Workers(threads)


def test_the_default_is_all_cores():
    with Workers() as workers:
        assert workers.threads == cores() >= 1
