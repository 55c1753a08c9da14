"""The app context: bounded work, long work done once, and a shutdown that all are told of."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from numnist.serve.http.errors import ApiError
from numnist.serve.state import context as app_context
from numnist.support.errors import DataError
from tests.serve.conftest import PATIENCE


def until_known(context, *arguments, **named):
    """Ask `later` again, as clients do, until its answer is there."""
    for _ in range(10_000):
        try:
            return context.in_background(*arguments, **named)
        except ApiError:
            context._background.submit(int).result(PATIENCE)  # behind it in the queue of one thread
    raise AssertionError("never known")


def test_what_a_piece_of_work_raises_reaches_its_route(context):
    def work():
        raise DataError("no such picture")

    with pytest.raises(DataError, match="no such picture"):
        asyncio.run(context.in_thread(work))


def test_more_work_than_may_wait_is_refused_and_counted_out_again(context):
    context.max_pending, go = 2, threading.Event()

    async def many():
        first = [asyncio.ensure_future(context.in_thread(go.wait, PATIENCE)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(ApiError, match="ask again") as refused:
            await context.in_thread(int)
        go.set()
        await asyncio.gather(*first)
        return refused.value, await context.in_thread(int)

    refused, answer = asyncio.run(many())
    assert (refused.status, refused.headers) == (503, {"Retry-After": "1"})
    assert answer == 0


def test_a_request_that_is_given_up_counts_until_its_work_has_ended(context):
    go = threading.Event()

    async def given_up():
        call = asyncio.ensure_future(context.in_thread(go.wait, PATIENCE))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        waiting = context.pending
        go.set()
        await context.in_thread(int)  # behind it, or beside it
        async with asyncio.timeout(PATIENCE):
            while context.pending:
                await asyncio.sleep(0.001)
        return waiting

    assert asyncio.run(given_up()) == 1


def test_long_work_is_done_once(context):
    calls = []

    def work(x):
        calls.append(x)
        return x + 1

    go = threading.Event()
    context._background.submit(go.wait, PATIENCE)
    with pytest.raises(ApiError, match="the sum is being worked out"):
        context.in_background("sum", work, 4, about="the sum")
    go.set()
    assert until_known(context, "sum", work, 4) == 5
    assert context.in_background("sum", work, 4) == 5
    assert calls == [4]


def test_long_work_that_failed_says_so_and_is_tried_again(context):
    results = [DataError("no data"), 7]

    def work():
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    with pytest.raises(DataError, match="no data"):
        until_known(context, "data", work)
    assert until_known(context, "data", work) == 7


def test_only_the_results_asked_for_last_are_kept(context):
    for i in range(2 * app_context.RESULTS):
        assert until_known(context, i, int, i) == i
    assert list(context._results) == list(range(app_context.RESULTS, 2 * app_context.RESULTS))


def test_asking_from_many_threads_starts_long_work_once(context):
    calls = []
    with ThreadPoolExecutor(8) as many:
        assert set(many.map(lambda _: until_known(context, "one", lambda: calls.append(1) or 3), range(32))) == {3}
    assert len(calls) == 1


def test_the_end_is_told_once_to_each(context):
    told = []
    context.on_shutdown(lambda: told.append(1))
    context.begin_shutdown()
    context.close()
    assert told == [1]
    assert context.stopping
