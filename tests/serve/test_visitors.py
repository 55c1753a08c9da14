"""Several people on one server: what a page keeps and trains is its own, and the server's machine sees all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from starlette.applications import Starlette

from numnist.data.strokes.drawing import draw
from numnist.serve.app import create_app
from numnist.serve.http.responses import ON_ERROR
from numnist.serve.routes import training as learning
from numnist.serve.routes.visitor import HEADER
from numnist.serve.state.drawings import LEAST
from tests.serve.conftest import HERE, TestClient
from tests.serve.raw import answer, connected
from tests.serve.test_training import ASKED, FOUR, begin, digits, events
from tests.serve.trainings import PATIENCE, Clock, refused, sheet

ANNA, BERT = {HEADER: "anna-anna"}, {HEADER: "bert-bert"}
PICTURES, LABELS = draw(LEAST + 5, seed=11)
AWAY = ("192.0.2.7", 50_000)  # an address for documentation (RFC 5737), so nobody's


def keep(client, page, i=0):
    response = client.post(
        "/api/kept", params={"label": str(LABELS[i])}, content=sheet(PICTURES[i]), headers=page or {}
    )
    assert response.status_code == 201, response.text
    return response.json()


def kept(client, page=None):
    return client.get("/api/kept", headers=page or {}).json()


def test_no_page_sees_what_another_has_kept(make_client, context):
    client = make_client(context, client=AWAY)
    for page, times in ((ANNA, 2), (BERT, 1), (None, 3)):
        for i in range(times):
            said = keep(client, page, i)
        assert (said["count"], said["all"]) == (times, None)
        assert said["file"] == Path(said["file"]).name  # no path of the server's machine
    assert [kept(client, page)["count"] for page in (ANNA, BERT, None)] == [2, 1, 3]
    client.delete("/api/kept/last", headers=BERT)
    refused(client.delete("/api/kept/last", headers=BERT), 404, "nothing_kept")
    assert [kept(client, page)["count"] for page in (ANNA, BERT, None)] == [2, 0, 3]


def test_the_servers_machine_is_told_of_all(make_client, context):
    away = make_client(context, client=AWAY)
    here = TestClient(away.app, base_url=HERE, client=("127.0.0.1", 1))
    for page in (ANNA, BERT):
        keep(away, page)
    said = kept(here, {HEADER: "the-teacher"})
    assert (said["count"], said["all"]["count"], said["all"]["folder"]) == (0, 2, str(context.kept / "digits"))


def test_a_token_does_not_stand_in_a_response_or_on_disk(client, context):
    said = json.dumps([keep(client, ANNA), kept(client, ANNA)])
    assert "anna" not in said
    assert not [path for path in context.kept.rglob("*") if "anna" in path.name]


@pytest.mark.parametrize("token", ["", "short", "x" * 65, "../../etc/passwd", "ä" * 9, "with a space"])
def test_a_token_that_is_none_is_refused(client, token):
    headers = {HEADER: token.encode("utf-8")}
    assert "chosen at random" in refused(client.get("/api/kept", headers=headers), 400, "bad_page")
    assert refused(client.get("/api/learning", headers=headers), 400, "bad_page")


@pytest.mark.parametrize(
    ("peer", "own", "local"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::1", True),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1", True),
        ("192.0.2.7", "192.0.2.7", True),  # its own address, as --host 0.0.0.0 prints it
        ("192.0.2.7", "192.0.2.8", False),
        ("testclient", "testclient", False),
    ],
)
def test_who_is_at_the_servers_machine(context, peer, own, local):
    async def app(scope, receive, send):
        await create_app(context)(scope | {"client": (peer, 1), "server": (own, 2)}, receive, send)

    client = TestClient(app, base_url=HERE)
    assert (kept(client)["all"] is not None) == local


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_who_comes_through_a_proxy_is_not_at_the_servers_machine(client, header):
    assert kept(client)["all"] is not None
    assert kept(client, {header: "192.0.2.7"})["all"] is None


def test_the_real_server_knows_who_asks(start_server):
    with connected(start_server()) as client:
        client.sendall(b"GET /api/kept HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answer(client).json["all"]["count"] == 0


# ---- training ----------------------------------------------------------------------------------------------


@pytest.fixture
def clock(context):
    context.clock = Clock()
    yield context.clock
    context.clock.go.set()


@pytest.fixture
def make_school(context, clock):
    """make_school(reachable=False, client=AWAY) returns a client of the routes of training, on a few drawn digits."""
    made = []

    def make(reachable=False, client=AWAY):
        routes = learning.TrainingRoutes(context, digits, heartbeat=PATIENCE, reachable=reachable)
        made.append(routes)
        app = Starlette(routes=routes.routes(), exception_handlers=ON_ERROR)
        app.state.learning = routes
        return TestClient(app, client=client)

    yield make
    context.begin_shutdown()
    clock.go.set()
    for routes in made:
        if routes.trainer is not None:
            routes.trainer.join(PATIENCE)


def test_others_watch_a_training_but_do_not_stop_it(make_school, clock):
    client = make_school()
    clock.stop_after = 6
    one = begin(client, headers=ANNA)
    assert clock.reached.wait(PATIENCE)
    status = {page[HEADER]: client.get("/api/learning", headers=page).json() for page in (ANNA, BERT)}
    assert [status[name]["running"] for name in status] == [one.split("/")[-1]] * 2
    assert [(each["yours"], each["may_stop"]) for each in status.values()] == [(True, True), (False, False)]
    assert "you can watch" in refused(client.post(f"{one}/stop", headers=BERT), 403, "not_yours")
    said = refused(client.post("/api/learning", json=ASKED, headers=BERT), 409, "running")
    assert "someone else is training: you can watch" in said
    assert client.post(f"{one}/stop", headers=ANNA).status_code == 202
    clock.go.set()
    assert events(client, one, page="bert-bert")[-1][1] == "finished"
    assert [client.get("/api/learning", headers=page).json()["to_keep"] is None for page in (ANNA, BERT)] == [
        False, True,
    ]  # fmt: skip
    refused(client.post(f"{one}/keep", json={"name": "bertas"}, headers=BERT), 403, "not_yours")
    assert client.post(f"{one}/keep", json={"name": "annas"}, headers=ANNA).status_code == 200


def test_a_result_waits_to_be_kept_while_others_train(make_school):
    client = make_school()
    one = begin(client, headers=ANNA)
    events(client, one)
    another = begin(client, headers=BERT)
    events(client, another)
    assert client.get("/api/learning", headers=ANNA).json()["to_keep"] == one.split("/")[-1]
    assert client.post(f"{one}/keep", json={"name": "annas"}, headers=ANNA).status_code == 200


def test_only_the_last_results_wait(make_school, monkeypatch, context):
    monkeypatch.setattr(learning, "TO_KEEP", 2)
    client, pages = make_school(), [{HEADER: f"page-{i}-x"} for i in range(3)]
    for page in pages:
        events(client, begin(client, headers=page))
    waiting = [client.get("/api/learning", headers=page).json()["to_keep"] is not None for page in pages]
    assert waiting == [False, True, True]
    assert len([path for path in context.runs.iterdir() if path.is_dir()]) == 2


def test_each_page_is_told_of_its_own_drawing_alone(make_school, clock):
    client = make_school()
    clock.stop_after = 6
    one = begin(client, headers=ANNA)
    assert clock.reached.wait(PATIENCE)
    assert client.put(f"{one}/drawing", content=FOUR, headers=BERT).status_code == 202
    clock.go.set()
    found = {page: [kind for _, kind, _ in events(client, one, page=page)] for page in ("anna-anna", "bert-bert", None)}
    assert [("drawing" in kinds) for kinds in found.values()] == [False, True, False]


@pytest.mark.parametrize(
    ("reachable", "client", "may"), [(True, HERE, True), (True, AWAY, False), (False, HERE, False)]
)
def test_the_servers_machine_stops_what_others_have_started(make_school, clock, reachable, client, may):
    school = make_school(reachable, ("127.0.0.1", 1) if client == HERE else client)
    clock.stop_after = 6
    one = begin(school, headers=ANNA)
    assert clock.reached.wait(PATIENCE)
    assert school.get("/api/learning", headers=BERT).json()["may_stop"] is may
    assert school.post(f"{one}/stop", headers=BERT).status_code == (202 if may else 403)


def test_a_page_trains_on_its_own_drawings_and_the_servers_machine_on_all(make_school, context):
    model = context.models.get("digits").model
    folders = []
    for client, data in ((AWAY, "kept"), (AWAY, "all"), (("127.0.0.1", 1), "all")):
        school = make_school(client=client)
        response = school.post("/api/learning", json={"from": "digits", "data": data, "epochs": 1}, headers=ANNA)
        trainer = school.app.state.learning.trainer
        folders.append(None if trainer is None else trainer.request.recipe.dataset)
        if response.status_code != 201:
            assert "at the server's machine" in refused(response, 400, "refused")
    own = hashlib.sha256(ANNA[HEADER].encode()).hexdigest()[:16]
    assert folders == [str(context.drawings.folder(model, own)), None, str(context.drawings.folder(model))]
