"""HTTP/1.1 as the server speaks it: methods, versions, lengths, and what becomes of a connection after a response."""

from __future__ import annotations

import asyncio
import errno
import threading
from email.utils import parsedate_to_datetime

import pytest
from starlette.responses import StreamingResponse
from starlette.routing import Route

from numnist.serve.app import create_app
from numnist.serve.http.limits import LIMITS
from numnist.serve.server import Server, address, listen
from numnist.support.errors import ModelFileError
from tests.serve.conftest import PATIENCE
from tests.serve.raw import HEAD, PIXELS, WHOLE, answer, closed, connected

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


def everything(connection) -> bytes:
    """All that comes until the server closes."""
    data = b""
    while more := connection.recv(65536):
        data += more
    return data


def test_head_is_answered_without_a_body(start_server):
    with connected(start_server()) as client:
        client.sendall(b"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        head, _, body = everything(client).partition(b"\r\n\r\n")
        assert b"content-length: 18" in head
        assert body == b""


def test_a_response_has_a_date(start_server):
    with connected(start_server()) as client:
        client.sendall(GET + b"\r\n")
        assert parsedate_to_datetime(answer(client).headers["date"]).tzinfo is not None


@pytest.mark.parametrize(
    "request_", [GET + b"Connection: close\r\n\r\n", b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n"]
)
def test_a_connection_is_closed_when_the_client_asks_for_it(start_server, request_):
    with connected(start_server()) as client:
        client.sendall(request_)
        assert everything(client).endswith(b'{"status":"alive"}')


def test_a_body_that_no_route_reads_leaves_the_connection_usable(start_server):
    with connected(start_server()) as client:
        client.sendall(b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(PIXELS))
        assert answer(client).status == 404
        client.sendall(PIXELS + WHOLE)
        assert answer(client).status == 200


def test_who_was_refused_holds_no_place(start_server):
    address = start_server(connections=1, header=0.2, linger=PATIENCE)
    with connected(address) as slow:
        slow.sendall(HEAD)
        assert answer(slow).status == 408  # and it is still connected
        with connected(address) as another:
            another.sendall(WHOLE)
            assert answer(another).status == 200


def test_more_clients_than_can_be_told_why_are_closed_at_once(start_server):
    address = start_server(connections=1, refused=1)
    with connected(address) as first, connected(address) as second, connected(address) as third:
        first.sendall(WHOLE)
        assert answer(first).status == 200
        assert answer(second).status == 503
        assert closed(third)


@pytest.fixture
def streaming(context):
    """(a server with a response without end at /long, its address, whether a client's leaving was noticed)"""
    left = threading.Event()

    async def long(request):
        async def parts():
            try:
                while True:
                    yield b"on"
                    await asyncio.sleep(0.01)
            finally:
                left.set()

        return StreamingResponse(parts())

    app = create_app(context)
    app.router.routes.append(Route("/long", long))
    server, listening = Server(app, LIMITS), listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, args=[listening])
    thread.start()
    yield server, address("127.0.0.1", listening), left
    server.stop()
    server.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


LONG = b"GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_who_leaves_a_stream_is_noticed(streaming):
    _, place, left = streaming
    with connected(place) as client:
        client.sendall(LONG)
        assert client.recv(1000)
        assert not left.is_set()
    assert left.wait(PATIENCE)


def test_a_second_stop_breaks_off_what_is_under_way(streaming, caplog):
    server, place, left = streaming
    with connected(place) as client:
        client.sendall(LONG)
        assert client.recv(1000)
        server.stop()
        assert not left.wait(0.3)  # a few looks at the flag: the response goes on
        server.stop()
        assert left.wait(PATIENCE)
        everything(client)
    assert not caplog.records


def test_a_client_whose_body_breaks_off_in_the_middle_reads_why(start_server):
    broken = HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"
    with connected(start_server()) as client:
        client.sendall(broken + bytes(8_000_000))  # far more than the system buffers: the server must read it
        assert answer(client).status == 400
        assert closed(client)


def test_a_client_that_was_not_told_to_continue_is_told_that_the_connection_ends(start_server):
    with connected(start_server()) as client:
        client.sendall(HEAD + b"Content-Length: 1048577\r\nExpect: 100-continue\r\n\r\n")
        said = answer(client)
        assert (said.status, said.headers["connection"]) == (413, "close")


def test_a_network_that_breaks_is_no_mistake(start_server, caplog, monkeypatch):
    async def unreachable(writer):
        raise OSError(errno.EHOSTUNREACH, "No route to host")

    with connected(start_server()) as client, monkeypatch.context() as patch:
        patch.setattr(asyncio.StreamWriter, "drain", unreachable)
        client.sendall(GET + b"\r\n")
        everything(client)
    assert not caplog.records


def test_a_run_that_is_read_slowly_keeps_nobody_from_being_served(start_server, context, monkeypatch):
    """The event loop must not wait for the registry, which reads the runs one after the other."""
    reading, go = threading.Event(), threading.Event()

    def slow(path):
        reading.set()
        assert go.wait(PATIENCE)
        raise ModelFileError("no model")

    (context.runs / "one").mkdir(parents=True)
    (context.runs / "one" / "model.safetensors").write_bytes(b"none")
    monkeypatch.setattr("numnist.serve.state.models.load_model", slow)
    address = start_server()
    with connected(address) as first, connected(address) as second, connected(address) as third:
        first.sendall(b"GET /api/models HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert reading.wait(PATIENCE)
        second.sendall(WHOLE.replace(b"/api/predict", b"/api/look?model=one"))
        third.sendall(GET + b"\r\n")
        assert answer(third).status == 200
        go.set()
        assert answer(first).status == 200
        assert answer(second).status == 404
