"""Watch it learn, over HTTP: one training at a time, followed by any number of readers, stopped, kept, or dropped."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from starlette.applications import Starlette

from numnist import Dataset, Split, load_model
from numnist.cli import main
from numnist.data.strokes.drawing import draw
from numnist.serve.http.responses import ON_ERROR
from numnist.serve.routes import training as learning
from tests.serve.conftest import TestClient
from tests.serve.trainings import BLANK, PATIENCE, Clock, refused, sheet

ASKED = {"recipe": "mlp-quick", "epochs": 1, "data": "strokes"}


def digits(request):
    """A few hundred drawn digits in place of 60,000."""
    x, labels = draw(1000, seed=3)
    splits = (Split(x[part, None], labels[part]) for part in (slice(800), slice(800, 900), slice(900, 1000)))
    return Dataset("strokes", *splits, tuple("0123456789"), "digits")


FOUR = sheet(draw(20, seed=9)[0][0])


@pytest.fixture
def clock(context):
    """The context's clock, which can hold a training up; it goes on when the test ends."""
    context.clock = Clock()
    yield context.clock
    context.clock.go.set()


@pytest.fixture
def app(context, clock):
    made = learning.TrainingRoutes(context, digits, heartbeat=PATIENCE)
    app = Starlette(routes=made.routes(), exception_handlers=ON_ERROR)
    app.state.context, app.state.learning = context, made
    yield app
    context.begin_shutdown()
    clock.go.set()
    if made.trainer is not None:
        made.trainer.join(PATIENCE)
        assert made.trainer.ended


@pytest.fixture
def client(app):
    with TestClient(app) as client:
        yield client


def begin(client, asked=ASKED, headers=None):
    """The address of a training that has begun."""
    response = client.post("/api/learning", json=asked, headers=headers)
    assert response.status_code == 201, response.text
    return f"/api/learning/{response.json()['id']}"


def events(client, one, after=None, page=None):
    """All events until the end, as (id, kind, data).   page: the token of the page that reads them"""
    headers, query = {} if after is None else {"Last-Event-ID": str(after)}, {} if page is None else {"page": page}
    response = client.get(f"{one}/events", params=query, headers=headers)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    found = []
    for block in response.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if "data" in fields:
            found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


def test_a_training_from_the_first_event_to_the_last(client):
    one = begin(client)
    found = events(client, one)
    kinds = [kind for _, kind, _ in found]
    assert (kinds[0], kinds[-1]) == ("start", "finished")
    assert {"step", "epoch", "filters"} <= set(kinds)
    assert [number for number, _, _ in found] == sorted(number for number, _, _ in found)
    assert found[0][2]["id"] == one.split("/")[-1]
    assert found[-1][2]["accuracy"] > 0.3  # 7 steps; a guess would be right in 0.1


def test_who_was_cut_off_goes_on_where_he_was(client):
    one = begin(client)
    found = events(client, one)
    middle = found[len(found) // 2][0]
    kinds = ("step", "epoch", "finished")  # of pictures only the last is told again
    rest = [event for event in found if event[0] > middle and event[1] in kinds]
    assert [event for event in events(client, one, middle) if event[1] in kinds] == rest
    assert rest


def test_who_has_heard_all_is_told_not_to_come_again(client):
    one = begin(client)
    last = events(client, one)[-1][0]
    response = client.get(f"{one}/events", headers={"Last-Event-ID": str(last)})
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize("said", ["x", "-1", "1.5", "9" * 30])
def test_an_id_that_is_none_is_refused(client, said):
    one = begin(client)
    response = client.get(f"{one}/events", headers={"Last-Event-ID": said})
    assert "must be an event's id" in refused(response, 400, "bad_event_id")


def test_only_one_trains_at_a_time(client, clock):
    clock.stop_after = 6
    one = begin(client)
    assert clock.reached.wait(PATIENCE)
    said = client.get("/api/learning").json()
    assert (said["running"], said["to_keep"]) == (one.split("/")[-1], None)
    assert "watch it, or stop it" in refused(client.post("/api/learning", json=ASKED), 409, "running")
    refused(client.post(f"{one}/keep", json={"name": "mine"}), 409, "running")
    clock.go.set()
    events(client, one)
    assert client.get("/api/learning").json()["running"] is None
    another = begin(client)
    refused(client.post(f"{one}/stop"), 404, "no_such_training")
    events(client, another)


def test_what_may_be_trained_is_offered(client):
    offered = client.get("/api/learning").json()
    assert offered["running"] is None
    assert [choice["recipe"] for choice in offered["choices"]][:2] == ["quick", "mlp-quick"]


def test_the_drawing_is_answered_while_it_learns(client, clock):
    clock.stop_after = 6
    one = begin(client)
    assert clock.reached.wait(PATIENCE)
    response = client.put(f"{one}/drawing", content=FOUR)
    assert (response.status_code, response.json()) == (202, {"following": True})
    clock.go.set()
    answer = [data for _, kind, data in events(client, one) if kind == "drawing"][-1]
    assert len(answer["probabilities"]) == 10
    assert sum(each["probability"] for each in answer["probabilities"]) == pytest.approx(
        1, abs=1e-5
    )  # ten float32 rounded to 7 digits
    assert client.put(f"{one}/drawing", content=BLANK).json() == {"following": False}
    refused(client.put(f"{one}/drawing", content=b"nothing"), 415, "unknown_format")


def test_a_stopped_training_is_evaluated_and_can_be_kept(client, clock, context):
    clock.stop_after = 6
    one = begin(client)
    assert clock.reached.wait(PATIENCE)
    assert client.post(f"{one}/stop").status_code == 202
    clock.go.set()
    finished = events(client, one)[-1][2]
    assert finished["stopped"] is True
    assert client.get("/api/learning").json()["to_keep"] == one.split("/")[-1]  # for a page that was loaded again
    assert client.post(f"{one}/keep", json={"name": "mine"}).json() == {"model": "mine"}
    assert client.get("/api/learning").json()["to_keep"] is None
    entry = context.models.get("mine")
    assert (entry.source, entry.accuracy) == ("kept", finished["accuracy"])


def test_a_kept_model_is_registered_and_a_run_that_the_commands_take(client, context, tmp_path, capsys):
    one = begin(client)
    events(client, one)
    assert client.post(f"{one}/keep", json={"name": "mine"}).status_code == 200
    folder = context.runs / "mine"
    assert context.models.get("mine").sha256 == load_model(folder).weights_sha256
    assert context.models.get("mine").model.about["sure"] > 0.5
    (tmp_path / "four.png").write_bytes(FOUR)
    capsys.readouterr()
    assert main(["predict", str(tmp_path / "four.png"), "--model", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["label"] in "0123456789"
    assert "it is kept already" in client.post(f"{one}/keep", json={"name": "again"}).json()["error"]["message"]
    again = begin(client, {"from": "mine", "epochs": 1, "data": "strokes"})
    assert events(client, again)[0][2]["from"] == "mine"
    assert load_model(folder)  # what is kept outlives the next training


@pytest.mark.parametrize("name", ["", "a b", "../x", "-x", "x" * 65, "ü", 5, None, ".x", "a/b"])
def test_names_that_are_no_folders_are_refused(client, name):
    one = begin(client)
    events(client, one)
    refused(client.post(f"{one}/keep", json={"name": name}), 400, "bad_name")


def test_a_name_that_is_taken_is_refused_and_another_may_follow(client, context):
    one = begin(client)
    events(client, one)
    refused(client.post(f"{one}/keep", json={"name": "digits"}), 409, "name_taken")
    (context.runs / "other").mkdir()
    refused(client.post(f"{one}/keep", json={"name": "other"}), 409, "name_taken")
    assert client.post(f"{one}/keep", json={"name": "mine"}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"recipe": "nothing"}, 400, "refused"),
        ({"recipe": "quick", "epochs": 1000}, 400, "refused"),
        ({"from": "nobody"}, 404, "no_such_model"),
        ({"from": 5}, 404, "no_such_model"),
        ([1], 400, "bad_json"),
    ],
)
def test_requests_that_make_no_sense_are_refused(client, asked, status, code):
    refused(client.post("/api/learning", json=asked), status, code)
    assert client.get("/api/learning").json()["running"] is None


def test_there_is_no_training_by_another_id(client):
    for method, path in [("GET", "events"), ("POST", "stop"), ("POST", "keep"), ("PUT", "drawing")]:
        refused(client.request(method, f"/api/learning/zero/{path}", json={}), 404, "no_such_training")


def test_when_the_server_stops_the_training_ends_and_leaves_nothing(app, client, clock, context):
    clock.stop_after = 6
    begin(client)
    assert clock.reached.wait(PATIENCE)
    context.begin_shutdown()
    clock.go.set()
    app.state.learning.trainer.join(PATIENCE)
    assert list(context.runs.iterdir()) == []
    refused(client.post("/api/learning", json=ASKED), 503, "busy")  # nor does another begin


async def asked_of(app, function):
    """What a client does that reads answers as they come."""
    async with httpx.AsyncClient(transport=Streaming(app), base_url="http://test") as client:
        return await asyncio.wait_for(function(client), PATIENCE)


class Streaming(httpx.AsyncBaseTransport):
    """An application's answers, piece by piece; closing an answer is a client that leaves."""

    def __init__(self, app):
        self.app = app

    async def handle_async_request(self, request):
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "method": request.method,
            "path": request.url.path, "raw_path": request.url.raw_path, "query_string": request.url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw], "scheme": "http",
            "http_version": "1.1", "server": ("test", 80), "client": ("test", 1), "root_path": "",
        }  # fmt: skip
        sent, left, given = asyncio.Queue(), asyncio.Event(), [await request.aread()]

        async def receive():
            if given:
                return {"type": "http.request", "body": given.pop(), "more_body": False}
            await left.wait()
            return {"type": "http.disconnect"}

        task = asyncio.create_task(self.app(scope, receive, sent.put))
        head = await sent.get()
        return httpx.Response(head["status"], headers=head["headers"], stream=Body(sent, left, task))


class Body(httpx.AsyncByteStream):
    def __init__(self, sent, left, task):
        self.sent, self.left, self.task = sent, left, task

    async def __aiter__(self):
        more = True
        while more:
            message = await self.sent.get()
            more = message.get("more_body", False)
            yield message["body"]

    async def aclose(self):
        self.left.set()
        await self.task


def test_events_come_as_they_happen_and_who_leaves_is_forgotten(app, clock):
    async def follow(client):
        clock.stop_after = 6
        one = f"/api/learning/{(await client.post('/api/learning', json=ASKED)).json()['id']}"
        async with client.stream("GET", f"{one}/events") as answer:
            lines = answer.aiter_lines()
            async for line in lines:
                if line == "event: step":  # while the training is held up in its middle
                    break
            feed = app.state.learning.trainer.feed
            assert feed.readers == 1
            assert not feed.ended
        assert feed.readers == 0
        clock.go.set()
        response = await client.get(f"{one}/events")
        assert "event: finished" in response.text

    asyncio.run(asked_of(app, follow))


def test_more_readers_than_a_training_needs_wait(app, clock, monkeypatch):
    monkeypatch.setattr(learning, "READERS", 2)

    async def crowd(client):
        clock.stop_after = 6
        one = f"/api/learning/{(await client.post('/api/learning', json=ASKED)).json()['id']}"
        async with client.stream("GET", f"{one}/events") as a, client.stream("GET", f"{one}/events") as b:
            for answer in (a, b):
                await anext(answer.aiter_lines())
            while app.state.learning.trainer.feed.readers < 2:
                await asyncio.sleep(0)
            third = await client.get(f"{one}/events")
            refused(third, 503, "busy")
            assert third.headers["retry-after"] == "5"
        clock.go.set()

    asyncio.run(asked_of(app, crowd))


def test_head_of_the_events_does_not_wait_for_them(app, clock):
    async def head(client):
        clock.stop_after = 6
        one = f"/api/learning/{(await client.post('/api/learning', json=ASKED)).json()['id']}"
        response = await asyncio.wait_for(client.head(f"{one}/events"), PATIENCE)  # while the training is held up
        assert response.headers["content-type"].startswith("text/event-stream")
        clock.go.set()

    asyncio.run(asked_of(app, head))
