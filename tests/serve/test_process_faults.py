"""Worker processes that die, do not start, or cannot have what they are sent: no harm is done."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from numnist.serve.processes.worker import WorkerDiedError
from tests.serve import calls
from tests.serve.pools import HERE, lives, until, with_pool


def test_quick_calls_beside_one_that_kills_its_process_are_all_computed():
    async def test(pool):
        shared = calls.Shared(3)
        await pool.submit(calls.value, shared)  # it has arrived, so that calls are sent ahead
        jobs = [pool.submit(calls.die if i == 7 else calls.value, shared, quick=True) for i in range(20)]
        results = await asyncio.gather(*jobs, return_exceptions=True)
        assert isinstance(results.pop(7), WorkerDiedError)
        assert results == [3] * 19

    with_pool(test)


def test_another_process_computes_what_one_died_of(tmp_path, caplog):
    async def test(pool):
        before = pool.processes()
        pid = await pool.submit(calls.die_once, calls.Shared(1), tmp_path / "died")
        assert pid not in (HERE, *before)
        assert pool.processes() == [pid]

    with_pool(test)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_what_kills_two_processes_is_given_up_and_the_others_go_on():
    """It must not come to the server's own process, which would die of it too."""

    async def test(pool):
        shared = calls.Shared(3)
        deadly = pool.submit(calls.die, shared)
        others = [pool.submit(calls.value, shared) for _ in range(10)]
        with pytest.raises(WorkerDiedError, match="ended"):
            await deadly
        assert await asyncio.gather(*others) == [3] * 10

    with_pool(test)


def test_a_process_that_dies_while_nobody_asks_is_replaced():
    async def test(pool):
        [pid] = pool.processes()
        os.kill(pid, 9)
        await until(lambda: not lives(pid))
        assert await pool.submit(calls.value, calls.Shared(4)) == 4

    with_pool(test)


def test_where_no_process_can_be_started_the_server_computes_by_itself(monkeypatch, caplog):
    monkeypatch.setattr(sys, "executable", "/there/is/no/python")

    async def test(pool):
        assert [(await pool.submit(calls.where, calls.Shared(i)))[0] for i in range(20)] == [HERE] * 20
        await until(lambda: not pool.most)
        assert (await pool.submit(calls.where, calls.Shared(1)))[0] == HERE

    with_pool(test, most=2, ready=0)
    [record] = caplog.records
    assert "/there/is/no/python" in record.message


def test_a_process_that_ends_before_it_is_ready_is_reported(monkeypatch):
    monkeypatch.setattr(sys, "executable", "false")
    with pytest.raises(WorkerDiedError, match="ended"):
        with_pool(lambda pool: pool.start(), most=1, ready=0)


def test_an_object_that_only_the_server_can_have_stays_there(caplog):
    class Local(calls.Shared):
        __reduce__ = object.__reduce__

    async def test(pool):
        local, shared = Local(1), calls.Shared(1)
        assert [(await pool.submit(calls.where, local))[0] for _ in range(3)] == [HERE] * 3
        assert [(await pool.submit(calls.where, shared))[0]] == pool.processes()

    with_pool(test)
    assert len(caplog.records) == 1


def test_an_object_that_does_not_arrive_stays_in_the_server(monkeypatch, caplog):
    made_up = type("MadeUp", (), {"__module__": "tests.serve.calls", "__qualname__": "MadeUp"})
    monkeypatch.setattr(calls, "MadeUp", made_up, raising=False)  # which the process will not find

    async def test(pool):
        shared = made_up()
        assert [(await pool.submit(calls.where, shared))[0] for _ in range(2)] == [HERE] * 2
        assert await pool.submit(calls.value, calls.Shared(2)) == 2

    with_pool(test)
    [record] = caplog.records
    assert "MadeUp" in record.message
