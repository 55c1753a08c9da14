"""Whatever is wrong with a request, the answer says so: a 4xx with a reason, and never a traceback."""

from __future__ import annotations

import asyncio
import errno
import random
import socket

import pytest

from numnist.serve.app import create_app
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import ModelRegistry
from tests.serve import malformed
from tests.serve.conftest import HERE, TestClient
from tests.serve.mutants import fault, mutant
from tests.serve.raw import answer, closed, connected, everything


@pytest.fixture(scope="module")
def one_client(tmp_path_factory):
    """One app for all, so that a request which harmed it would show in the next."""
    folder = tmp_path_factory.mktemp("malformed")
    with TestClient(
        create_app(AppContext(ModelRegistry(), folder, folder)), base_url=HERE, raise_server_exceptions=True
    ) as client:
        yield client


def assert_reason(error: dict) -> None:
    """A code for programs, a sentence for people, nothing from inside."""
    assert set(error) == {"code", "message"}
    assert error["code"].isidentifier()
    assert len(error["message"].split()) >= 4
    assert "Traceback" not in error["message"]
    assert ".py" not in error["message"]
    assert len(error["message"]) < 600


def test_there_are_more_than_a_hundred():
    assert len(malformed.ALL) > 100
    assert len({wrong.why for wrong in malformed.ALL}) == len(malformed.ALL)


@pytest.mark.parametrize("wrong", malformed.ALL, ids=lambda wrong: wrong.why)
def test_a_malformed_request_is_refused_with_a_reason(one_client, wrong):
    said = one_client.request(wrong.method, wrong.path, content=wrong.content, headers=wrong.headers)
    assert said.status_code == wrong.status, said.text
    assert said.headers["content-type"] == "application/json"
    assert said.headers["x-content-type-options"] == "nosniff"
    assert_reason(said.json()["error"])


def test_malformed_http_is_refused_with_a_reason(start_server, caplog):
    address = start_server()
    for why, status, sent in malformed.RAW:
        with connected(address) as client:
            client.sendall(sent)
            said = answer(client)
        assert said.status == status, (why, said)
        assert_reason(said.json["error"])
    assert "Traceback" not in caplog.text


def test_a_client_that_leaves_before_it_is_refused_is_no_mistake(start_server, caplog, monkeypatch):
    def gone(writer):
        raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")

    monkeypatch.setattr(asyncio.StreamWriter, "write_eof", gone)
    with connected(start_server()) as client:
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")  # refused twice, of which most clients read the first
        while not closed(client):
            pass
    assert "Traceback" not in caplog.text


def test_a_request_changed_at_random_is_answered_or_refused(start_server, context, caplog):
    """A few of the 100,000 of benchmarks/server_faults.py."""
    address, draws = start_server(), random.Random(3)
    for _ in range(300):
        one = mutant(draws)
        with connected(address) as client:
            client.sendall(one.data)
            client.shutdown(socket.SHUT_WR)
            said = everything(client)
        status = int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/1.1 ") else 0
        assert fault(status, said, context.runs.parent) == "", one.data
    assert "Traceback" not in caplog.text
