"""Worker processes: the same results as in the server's own process, and no call waits for another."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from numnist.serve.http.errors import ApiError
from numnist.serve.processes.pool import ProcessPool
from numnist.serve.processes.worker import HOLD, WorkerDiedError
from numnist.support.errors import DataError
from tests.serve import calls
from tests.serve.conftest import PATIENCE
from tests.serve.pools import HERE, lives, until, with_pool


def test_a_ready_process_computes():
    async def test(pool):
        pid, _ = await pool.submit(calls.where, calls.Shared(1))
        assert [pid] == pool.processes() != [HERE]

    with_pool(test)


def test_without_processes_a_thread_computes():
    async def test(pool):
        assert (await pool.submit(calls.where, calls.Shared(1)))[0] == HERE
        assert pool.processes() == []

    with_pool(test, most=0)


def test_nobody_waits_for_a_process_to_start():
    async def test(pool):
        shared = calls.Shared(1)
        assert (await pool.submit(calls.where, shared))[0] == HERE
        await until(pool.processes)
        assert [(await pool.submit(calls.where, shared))[0]] == pool.processes()

    with_pool(test, ready=0)


def test_no_more_processes_are_started_than_there_is_work_for():
    async def test(pool):
        shared = calls.Shared(1)
        pids = {(await pool.submit(calls.where, shared))[0] for _ in range(20)}
        assert list(pids) == pool.processes()

    with_pool(test, most=4, ready=1)


def test_many_calls_come_back_each_with_its_own_result():
    async def test(pool):
        shared = [calls.Shared(i) for i in range(3 * HOLD)]  # more than a process holds
        results = await asyncio.gather(*(pool.submit(calls.value, each) for each in shared * 3))
        assert results == [each.value for each in shared * 3]
        assert len(pool.processes()) == 2

    with_pool(test, most=2)


@pytest.mark.parametrize("objects", [1, 2, HOLD + 2])
def test_quick_calls_sent_ahead_come_back_each_with_its_own_result(objects):
    async def test(pool):
        shared = [calls.Shared(i) for i in range(objects)]
        asked = [(shared[i % objects], i) for i in range(60)]
        results = await asyncio.gather(*(pool.submit(calls.both, each, i, quick=True) for each, i in asked))
        assert results == [(each.value, i) for each, i in asked]

    with_pool(test)


def test_nothing_waits_behind_a_long_call(tmp_path):
    async def test(pool):
        shared, begun, go = calls.Shared(3), tmp_path / "begun", tmp_path / "go"
        long = pool.submit(calls.wait, shared, begun, go)
        await until(begun.exists)
        quick = [pool.submit(calls.value, shared, quick=True) for _ in range(20)]
        assert await asyncio.gather(*quick) == [3] * 20
        assert not long.done()
        go.touch()
        assert await long in pool.processes()

    with_pool(test, most=2)


def test_an_object_is_sent_once_and_again_after_it_was_dropped():
    async def test(pool):
        first, *others = (calls.Shared(i) for i in range(HOLD + 1))
        arrived = [(await pool.submit(calls.where, first))[1] for _ in range(3)]
        for each in others:
            await pool.submit(calls.where, each)
        return arrived, (await pool.submit(calls.where, first))[1]

    assert with_pool(test) == ([1, 1, 1], HOLD + 2)


def test_what_a_library_prints_is_no_answer(capfd):
    async def test(pool):
        pids = [await pool.submit(calls.printing, calls.Shared(1)) for _ in range(2)]
        assert pids == pool.processes() * 2

    with_pool(test)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("nor is this") == 2


def test_a_refusal_is_the_same_from_a_process():
    async def test(pool):
        with pytest.raises(ApiError) as refused:
            await pool.submit(calls.refused, calls.Shared(1))
        error = refused.value
        assert (error.status, error.code, error.message) == (418, "teapot", "no coffee: take tea.")
        assert error.headers == {"X-Tea": "green"}
        with pytest.raises(ApiError, match="draw one") as refused:  # as the server answers the library's own errors
            await pool.submit(calls.data_error, calls.Shared(1))
        assert (refused.value.status, refused.value.code) == (400, "refused")
        assert await pool.submit(calls.value, calls.Shared(5)) == 5

    with_pool(test)
    with pytest.raises(DataError):
        with_pool(lambda pool: pool.submit(calls.data_error, calls.Shared(1)), most=0)


@pytest.mark.parametrize(("function", "said"), [(calls.mistake, "what a mistake"), (calls.unpicklable, "pickle")])
def test_a_mistake_comes_with_its_traceback_for_the_log(function, said):
    async def test(pool):
        with pytest.raises(RuntimeError, match=said) as error:
            await pool.submit(function, calls.Shared(1))
        assert "Traceback" in str(error.value)
        assert await pool.submit(calls.value, calls.Shared(5)) == 5

    with_pool(test)


def test_closing_ends_processes_at_work_and_those_that_start(tmp_path):
    async def test():
        with ThreadPoolExecutor(1) as threads:
            pool = ProcessPool(2, threads)
            await pool.start()
            shared = calls.Shared(1)
            working = pool.submit(calls.wait, shared, tmp_path / "begun", tmp_path / "never")
            await until((tmp_path / "begun").exists)
            assert (await pool.submit(calls.where, shared))[0] == HERE  # and a second process begins to start
            pids = pool.processes()
            await pool.close()
            assert not any(map(lives, pids))
            with pytest.raises(WorkerDiedError):
                await working
            assert len(pool.processes()) == 0
            assert (await pool.submit(calls.where, shared))[0] == HERE

    asyncio.run(asyncio.wait_for(test(), PATIENCE))


def test_another_event_loop_uses_no_processes():
    with ThreadPoolExecutor(1) as threads:
        pool = ProcessPool(1, threads)

        async def used():
            async with asyncio.timeout(PATIENCE):
                await pool.start()
                return (await pool.submit(calls.where, calls.Shared(1)))[0]

        async def elsewhere():
            return (await pool.submit(calls.where, calls.Shared(1)))[0]

        with asyncio.Runner() as first:
            assert first.run(used()) != HERE
            assert ThreadPoolExecutor(1).submit(asyncio.run, elsewhere()).result(PATIENCE) == HERE
            first.run(pool.close())
