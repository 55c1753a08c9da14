"""Worker processes: the same results as in the server's own process, and no harm done where one dies."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import pickle
import re
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import pytest

from numnist.data.strokes.drawing import draw
from numnist.ink.prepare import prepare
from numnist.model.model import Model
from numnist.serve.http.errors import ApiError
from numnist.serve.inference import predictions
from numnist.serve.processes.pool import ProcessPool
from numnist.serve.processes.worker import HOLD, WorkerDiedError
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import ModelEntry, ModelRegistry
from numnist.support.errors import DataError, ModelFileError
from numnist.support.frames import frame, frames
from tests.serve import calls, malformed
from tests.serve.conftest import PATIENCE
from tests.serve.trainings import BLANK, sheet
from tests.small import MLP

HERE = os.getpid()
DRAWN = draw(1, seed=2)[0][0].repeat(10, axis=0).repeat(10, axis=1)  # (280, 280), light on dark
DRAWING = sheet(draw(1, seed=2)[0][0])  # the same as a PNG, dark on light


@asynccontextmanager
async def pool_of(most: int, ready: int | None = None) -> AsyncIterator[ProcessPool]:
    """A pool of at most so many processes, all or so many of them ready."""
    with ThreadPoolExecutor(2) as threads:
        pool = ProcessPool(most, threads)
        try:
            for _ in range(most if ready is None else ready):
                await pool.start()
            yield pool
        finally:
            await pool.close()
            assert not any(map(lives, pool.processes()))


def lives(pid: int) -> bool:
    """Whether a process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def with_pool(test: Callable[[ProcessPool], Any], most: int = 1, ready: int | None = None) -> Any:
    """What a test returns that runs in an event loop, with patience."""

    async def run() -> Any:
        async with asyncio.timeout(PATIENCE), pool_of(most, ready) as pool:
            return await test(pool)

    return asyncio.run(run())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


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


def test_quick_calls_beside_one_that_kills_its_process_are_all_computed():
    async def test(pool):
        shared = calls.Shared(3)
        await pool.submit(calls.value, shared)  # it has arrived, so that calls are sent ahead
        jobs = [pool.submit(calls.die if i == 7 else calls.value, shared, quick=True) for i in range(20)]
        results = await asyncio.gather(*jobs, return_exceptions=True)
        assert isinstance(results.pop(7), WorkerDiedError)
        assert results == [3] * 19

    with_pool(test)


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


def test_frames_are_found_however_the_bytes_come():
    contents = [b"", b"a", b"bc" * 1000]
    sent = b"".join(map(frame, contents))
    received, found = bytearray(), []
    for byte in sent:
        received.append(byte)
        found += frames(received)
    assert found == contents
    assert received == b""
    assert list(frames(bytearray(sent))) == contents


def test_a_model_arrives_to_the_bit_or_not_at_all():
    model = Model(MLP, (1, 12, 12), seed=3)
    model.about = {"result": {"test_accuracy": 0.5}}
    entry = ModelEntry("mine", model, model.weights_sha256, "kept")
    again = pickle.loads(pickle.dumps(entry))  # noqa: S301  (our own)
    assert (again.name, again.sha256, again.source, again.path) == ("mine", entry.sha256, "kept", None)
    assert again.model.weights_sha256 == entry.sha256
    assert again.model.about == model.about
    model.theta[0] += 1
    with pytest.raises(ModelFileError, match="have changed"):
        pickle.loads(pickle.dumps(entry))  # noqa: S301  (our own)


# ---- the app ------------------------------------------------------------------------------------------------


@pytest.fixture
def two_clients(tmp_path, make_client):
    """Clients of an app without processes, and of one with a process that is ready."""
    contexts = [
        AppContext(ModelRegistry(runs=tmp_path / "runs"), tmp_path / "runs", tmp_path / "drawn", processes=count)
        for count in (0, 1)
    ]
    clients = [make_client(context, raise_server_exceptions=False) for context in contexts]
    clients[1].portal.call(contexts[1].processes.start)
    return (*clients, contexts[1])


def test_every_route_answers_the_same_from_a_process(two_clients):
    threads, processes, context = two_clients
    paths = [
        *(f"/api/predict{name}" for name in ("", "?model=fashion", "?model=none")),
        *(f"/api/look{off}" for off in ("", "?off=ink,center", "?off=fit", "?off=nothing")),
        "/api/inside", "/api/inside?backward=3", "/api/inside?backward=x",
        "/api/unit?place=0&index=1,2,3", "/api/unit?place=0&index=99&backward=2", "/api/unit?place=x&index=1",
        "/api/towards?label=3", "/api/towards",
    ]  # fmt: skip
    bodies = [DRAWING, BLANK, b'{"pixels": [[0, 1]]}']
    requests = [("POST", path, body, {}) for path in paths for body in bodies]
    requests += [(w.method, w.path, w.content, w.headers) for w in malformed.ALL]
    busy = context.processes.processes()
    for method, path, body, headers in requests:
        a, b = (each.request(method, path, content=body, headers=headers) for each in (threads, processes))
        assert (a.status_code, told(a)) == (b.status_code, told(b)), (path, body)
        assert a.headers.keys() == b.headers.keys()
    assert context.processes.processes() == busy != []


def told(response: Any) -> Any:
    """What a response says, without times, and without the addresses in Pillow's messages."""
    answer = json.loads(re.sub(r"0x[0-9a-f]+", "", response.text))
    return {name: value for name, value in answer.items() if name != "times"}


def test_a_run_that_was_written_anew_is_answered_by_its_new_weights(two_clients, tmp_path):
    """The weights that answer are those that the answer names, which are those on disk."""
    _, client, context = two_clients
    file = tmp_path / "runs" / "mine" / "model.safetensors"
    file.parent.mkdir(parents=True)
    for seed in range(3):
        model = Model(MLP, (1, 12, 12), seed=seed, preparation="digits")
        model.save(file)
        os.utime(file, ns=(seed, seed))  # as if some time had passed
        answer = client.post("/api/predict?model=mine", content=DRAWING).json()
        assert answer["model"]["sha256"] == model.weights_sha256
        picture = prepare(DRAWN, "digits", (1, 12, 12)).picture
        expected = model.predict_proba(picture[None], threads=1)[0].tolist()
        assert [each["probability"] for each in answer["probabilities"]] == expected
    assert len(context.processes.processes()) == 1


def test_a_mistake_in_a_process_is_a_mistake_and_logged(two_clients, caplog, monkeypatch):
    monkeypatch.setattr(predictions, "one", calls.mistake_with_body)
    _, client, _ = two_clients
    with caplog.at_level(logging.ERROR):
        said = client.post("/api/predict", content=b"x")
    assert said.status_code == 500
    assert said.json()["error"]["code"] == "mistake"


def test_a_process_loads_no_web_framework(two_clients):
    """It would take a quarter more memory, in every process."""
    _, client, context = two_clients
    for path in ("predict", "look", "inside", "towards?label=1"):
        assert client.post(f"/api/{path}", content=DRAWING).status_code == 200
    entry = context.models.get(None)
    loaded = client.portal.call(context.processes.submit, calls.loaded, entry)
    assert {"numpy", "numnist.serve.inference.live"} <= loaded
    assert not loaded & {"starlette", "h11", "prometheus_client", "asyncio", "requests"}
