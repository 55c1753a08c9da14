"""The token: without it nothing is answered, a browser gets it by a cookie, a program sends it in a header."""

from __future__ import annotations

import re

import pytest

from numnist.serve.app import create_app
from numnist.serve.http.access import OPEN, new_token
from numnist.serve.routes.visitor import HEADER
from numnist.serve.schema.document import DOCUMENT
from tests.serve.raw import answer, connected

TOKEN = "of-this-test-0123456789"
HTML = {"Accept": "text/html,application/xhtml+xml"}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def locked(make_client, context):
    return make_client(context, token=TOKEN, follow_redirects=False)


def refused(response):
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert TOKEN not in response.text
    return response


def test_nothing_is_answered_without_it(locked, context):
    """Every address and method of the server, those that are added later, too."""
    asked = 0
    for route in create_app(context).routes:
        for method in route.methods:
            path = re.sub(r"{.*?}", "0", route.path)
            if path in OPEN:
                continue
            said = refused(locked.request(method, path))
            assert method == "HEAD" or said.json()["error"]["code"] == "token_needed"
            asked += 1
    assert asked > 30
    refused(locked.get("/nowhere"))


def test_what_is_open_is_little_and_the_same_for_everybody(locked):
    assert {"/healthz", "/page/joined/main.css", "/page/icon.svg"} == OPEN
    for path in OPEN:
        assert locked.get(path).content == locked.get(path, headers=BEARER).content
        assert locked.get(path).status_code == 200


@pytest.mark.parametrize(
    "given",
    ["", "Bearer", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Bearer {TOKEN.upper()}", f"Basic {TOKEN}",
     TOKEN, f"Bearer {TOKEN} {TOKEN}", "Bearer é"],
)  # fmt: skip
def test_a_wrong_one_is_none(locked, given):
    refused(locked.get("/api/models", headers={"Authorization": given.encode()}))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_program_sends_it_in_a_header(locked, scheme):
    assert locked.get("/api/models", headers={"Authorization": f"{scheme} {TOKEN}"}).status_code == 200
    assert not locked.cookies


def test_a_browser_gets_a_cookie_and_an_address_without_it(locked):
    said = locked.get(f"/?token={TOKEN}", headers={"Host": "localhost:8123"})
    assert (said.status_code, said.headers["location"], said.headers["cache-control"]) == (303, "/", "no-store")
    cookie = said.headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    assert name == "numnist-8123"  # a browser sends the cookies of all ports of a host
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(rest.split("; "))
    assert "max-age" not in rest.lower()
    assert "expires" not in rest.lower()
    for path in ("/", "/api/models", "/page/joined/main.js"):
        assert locked.get(path, headers={"Host": "localhost:8123", "Cookie": f"a=b; {name}={TOKEN}"}).status_code == 200


@pytest.mark.parametrize(
    "cookie", ["numnist-80=wrong", f"numnist-8000={TOKEN}", f"numnist={TOKEN}", "numnist-80", ";=;"]
)
def test_another_cookie_opens_nothing(locked, cookie):
    refused(locked.get("/api/models", headers={"Cookie": cookie}))


@pytest.mark.parametrize("path", [f"/api/models?token={TOKEN}", f"/page/joined/main.js?token={TOKEN}"])
def test_it_stands_in_no_address_but_the_pages(locked, path):
    refused(locked.get(path))


@pytest.mark.parametrize("query", ["token=", "token=wrong", "token", f"Token={TOKEN}", f"token={TOKEN}x", "token=%ff"])
def test_a_wrong_address_gets_no_cookie(locked, query):
    assert "set-cookie" not in refused(locked.get(f"/?{query}")).headers


def test_a_post_to_the_address_gets_no_cookie(locked):
    assert "set-cookie" not in refused(locked.post(f"/?token={TOKEN}")).headers


def test_a_person_is_told_what_to_do(locked):
    said = refused(locked.get("/", headers=HTML))
    assert said.headers["content-type"] == "text/html; charset=utf-8"
    assert said.headers["cache-control"] == "no-store"
    assert "?token=" in said.text
    assert set(re.findall(r'(?:src|href)="([^"]*)"', said.text)) <= OPEN
    assert "style=" not in said.text  # which the policy forbids
    assert said.headers["content-security-policy"]


def test_the_guard_comes_first(locked):
    assert locked.get("/", headers=BEARER | {"Host": "evil.example"}).status_code == 421
    assert locked.delete("/api/kept/last", headers=BEARER | {"Origin": "http://evil.example"}).status_code == 403


def test_the_pages_own_token_is_another(locked):
    refused(locked.get("/api/kept", headers={HEADER: TOKEN}))


def test_the_real_server_asks_for_it(start_server):
    place = start_server(token=TOKEN)
    assert place.endswith(f"/?token={TOKEN}")
    with connected(place.partition("/?")[0]) as client:
        for line, status in ((b"", 401), (b"Authorization: Bearer %b\r\n" % TOKEN.encode(), 200)):
            client.sendall(b"GET /api/models HTTP/1.1\r\nHost: localhost\r\n%b\r\n" % line)
            assert answer(client).status == status


def test_it_is_in_no_log_and_no_answer(locked, caplog):
    for path in (f"/?token={TOKEN}", f"/nowhere?token={TOKEN}", f"/api/model?model=none&token={TOKEN}", "/metrics"):
        said = locked.get(path, headers=BEARER)
        assert TOKEN not in said.text
    assert TOKEN not in caplog.text


def test_random_ones_differ():
    assert len({new_token() for _ in range(100)}) == 100


def test_the_schema_says_how():
    assert DOCUMENT["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert {"token": []} in DOCUMENT["security"]
    assert "401" in DOCUMENT["paths"]["/api/predict"]["post"]["responses"]
