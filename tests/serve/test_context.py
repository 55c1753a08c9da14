"""The desk: bounded work, long work done once, and the end told to all."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from numnist.serve.http.responses import Refused
from numnist.serve.state import context as desks
from numnist.support.errors import DataError
from tests.serve.conftest import PATIENCE


def until_known(desk, *arguments, **named):
    """Ask `later` again, as clients do, until its answer is there."""
    for _ in range(10_000):
        try:
            return desk.later(*arguments, **named)
        except Refused:
            desk._long.submit(int).result(PATIENCE)  # behind it in the queue of one thread
    raise AssertionError("never known")


def test_what_a_piece_of_work_raises_reaches_its_route(desk):
    def work():
        raise DataError("no such picture")

    with pytest.raises(DataError, match="no such picture"):
        asyncio.run(desk.work(work))


def test_more_work_than_may_wait_is_refused_and_counted_out_again(desk):
    desk.waiting, go = 2, threading.Event()

    async def many():
        first = [asyncio.ensure_future(desk.work(go.wait, PATIENCE)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Refused, match="ask again") as refused:
            await desk.work(int)
        go.set()
        await asyncio.gather(*first)
        return refused.value, await desk.work(int)

    refused, answer = asyncio.run(many())
    assert (refused.status, refused.headers) == (503, {"Retry-After": "1"})
    assert answer == 0


def test_long_work_is_done_once(desk):
    calls = []

    def work(x):
        calls.append(x)
        return x + 1

    go = threading.Event()
    desk._long.submit(go.wait, PATIENCE)
    with pytest.raises(Refused, match="the sum is being worked out"):
        desk.later("sum", work, 4, about="the sum")
    go.set()
    assert until_known(desk, "sum", work, 4) == 5
    assert desk.later("sum", work, 4) == 5
    assert calls == [4]


def test_long_work_that_failed_says_so_and_is_tried_again(desk):
    results = [DataError("no data"), 7]

    def work():
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    with pytest.raises(DataError, match="no data"):
        until_known(desk, "data", work)
    assert until_known(desk, "data", work) == 7


def test_only_the_results_asked_for_last_are_kept(desk):
    for i in range(2 * desks.KEPT):
        assert until_known(desk, i, int, i) == i
    assert list(desk._results) == list(range(desks.KEPT, 2 * desks.KEPT))


def test_asking_from_many_threads_starts_long_work_once(desk):
    calls = []
    with ThreadPoolExecutor(8) as many:
        assert set(many.map(lambda _: until_known(desk, "one", lambda: calls.append(1) or 3), range(32))) == {3}
    assert len(calls) == 1


def test_the_end_is_told_once_to_each(desk):
    told = []
    desk.on_closing(lambda: told.append(1))
    desk.closing()
    desk.close()
    assert told == [1]
    assert desk.stopping
