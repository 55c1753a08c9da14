"""The guard: foreign requests are refused, our own pass, and every answer carries the security headers."""

from __future__ import annotations

import pytest
from starlette.routing import Route

from numnist.serve.app import create_app
from numnist.serve.http.guard import HEADERS, is_loopback
from numnist.serve.http.responses import json_response
from tests.serve.conftest import TestClient

PIXELS = b'{"pixels": [[0, 255, 0], [0, 255, 0]]}'


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8000"])
def test_this_machine_is_asked_by_any_of_its_names_at_any_port(client, host):
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9"])
def test_the_page_itself_may_send(client, host):
    headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/predict", content=PIXELS, headers=headers).status_code == 200


def test_a_program_that_names_no_origin_may_send(client):
    assert client.post("/api/predict", content=PIXELS).status_code == 200


def test_a_link_from_elsewhere_may_open_the_page(client):
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_no_method_that_changes_something_is_open_to_foreign_pages(client, method):
    answer = client.request(method, "/api/kept/last", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "https://evil.example" in answer.json()["error"]["message"]


def test_no_other_origin_is_told_that_it_may_read(client):
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "http://127.0.0.1"}):
        answer = client.get("/api/models", headers=headers)
        assert not any(name.startswith("access-control-") for name in answer.headers)


@pytest.mark.parametrize("path", ["/", "/api/models", "/nowhere", "/healthz", "/metrics", "/api/model?model=none"])
def test_every_answer_carries_the_security_headers(client, path):
    answer = client.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_the_policy_lets_the_page_load_nothing_from_elsewhere():
    policy = dict(each.strip().split(" ", 1) for each in HEADERS["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["img-src"] == "'self' data: blob:"
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("host", "itself"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("localhost", True), ("::1", True), ("[::1]", True),
     ("0.0.0.0", False), ("::", False), ("192.168.1.5", False), ("numnist.example", False), ("", False)],
)  # fmt: skip
def test_which_addresses_reach_this_machine_alone(host, itself):
    assert is_loopback(host) is itself


@pytest.mark.parametrize(
    ("asked", "status"), [("192.168.1.5:8000", 200), ("[fe80::1]:8000", 200), ("localhost", 200), ("evil.example", 421)]
)
def test_a_server_for_others_is_asked_by_number_but_not_by_foreign_names(context, asked, status):
    with TestClient(create_app(context, "0.0.0.0"), base_url="http://localhost") as client:
        assert client.get("/healthz", headers={"Host": asked}).status_code == status


def test_a_server_is_asked_by_the_name_that_it_was_given(context):
    with TestClient(create_app(context, "numnist.example"), base_url="http://NUMNIST.example") as client:
        assert client.get("/healthz").status_code == 200


def test_a_mistake_of_ours_shows_no_traceback(make_client, context, caplog):
    async def fails(request):
        return json_response(secret.number)  # noqa: F821  the mistake

    client = make_client(context, raise_server_exceptions=False)
    client.app.router.routes.append(Route("/fails", fails))
    said = client.get("/fails")
    assert said.status_code == 500
    assert said.json()["error"]["code"] == "mistake"
    assert "secret" not in said.text
    assert said.headers["x-content-type-options"] == "nosniff"


def test_numbers_that_json_lacks_are_a_mistake_and_not_sent(make_client, context):
    async def fails(request):
        return json_response({"loss": float("nan")})

    client = make_client(context, raise_server_exceptions=False)
    client.app.router.routes.append(Route("/fails", fails))
    assert client.get("/fails").json()["error"]["code"] == "mistake"
