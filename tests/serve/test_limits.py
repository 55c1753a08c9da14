"""Limits: slow, greedy and too many clients are cut off, and the others served meanwhile.  Deadlines are shortened."""

from __future__ import annotations

import select
import socket
from contextlib import ExitStack

import pytest

from numnist.serve.assets.files import assets
from numnist.serve.http.stream import HttpStream
from numnist.serve.server import UNSENT
from tests.serve.conftest import PATIENCE
from tests.serve.raw import HEAD, PIXELS, WHOLE, answer, closed, connected, dribble

SHORT = 0.2  # seconds: a deadline that a test waits for


def test_who_sends_nothing_is_closed_without_a_word(start_server):
    with connected(start_server(header=SHORT)) as client:
        assert closed(client)


def test_a_header_that_comes_byte_by_byte_is_cut_off(start_server):
    with connected(start_server(header=SHORT)) as client:
        client.sendall(HEAD + b"X: ")
        dribble(client)
        said = answer(client)
        assert said.status == 408
        assert said.json["error"]["code"] == "too_slow"
        assert "header" in said.json["error"]["message"]
        assert closed(client)


def test_a_body_that_comes_byte_by_byte_is_cut_off(start_server):
    with connected(start_server(body=SHORT)) as client:
        client.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n")
        dribble(client)
        said = answer(client)
        assert said.status == 408
        assert "body" in said.json["error"]["message"]
        assert closed(client)


def test_a_body_in_chunks_byte_by_byte_is_cut_off(start_server):
    with connected(start_server(body=SHORT)) as client:
        client.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        dribble(client, b"1\r\nx\r\n")
        assert answer(client).status == 408


def test_the_second_header_of_a_connection_has_a_deadline_too(start_server):
    with connected(start_server(header=SHORT)) as client:
        client.sendall(WHOLE)
        assert answer(client).status == 200
        client.sendall(HEAD)
        dribble(client)
        assert answer(client).status == 408


def test_an_idle_connection_is_closed(start_server):
    with connected(start_server(idle=SHORT)) as client:
        client.sendall(WHOLE)
        assert answer(client).status == 200
        assert closed(client)


def test_a_connection_may_ask_as_often_as_it_likes(start_server):
    with connected(start_server()) as client:
        for _ in range(20):
            client.sendall(WHOLE)
            assert answer(client).status == 200


def test_requests_sent_at_once_are_answered_one_after_the_other(start_server):
    with connected(start_server(header=5, body=5)) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3 + WHOLE)
        data = b""
        while data.count(b"HTTP/1.1 200 OK") < 4:
            data += client.recv(65536)
        assert data.count(b'{"status":"alive"}') == 3


def test_who_never_reads_is_sent_little(start_server, context):
    """The system would take megabytes for each such client, and the server would be busy making them."""
    port = int(start_server(unread=1.0).rpartition(":")[2])
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        state = select.poll()
        state.register(client, 0)
        client.sendall(b"GET /page/joined/main.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
        assert state.poll(1000 * PATIENCE), "never cut off"
    asked = {"route": "/page/{file:path}", "method": "GET", "status": "200"}
    size, sent = len(assets()["joined/main.js"].content), context.registry.get_sample_value
    # The system doubles what it is told, and takes the whole of an answer where it has room for a byte of it.
    assert sent("numnist_requests_total", asked) <= 3 + 2 * UNSENT // size


def test_who_does_not_read_is_cut_off(start_server):
    with connected(start_server(unread=SHORT)) as client:
        client.setblocking(False)
        state = select.poll()
        state.register(client, select.POLLOUT)
        requests = b"GET /api/model HTTP/1.1\r\nHost: localhost\r\n\r\n" * 10_000
        while requests:
            [(_, seen)] = state.poll(1000 * PATIENCE)  # the server reads on only while its answers are taken
            if seen & (select.POLLERR | select.POLLHUP):
                return
            requests = requests[client.send(requests) :]
        state.modify(client, 0)  # an error is told in any case
        assert state.poll(1000 * PATIENCE), "never cut off"


def test_one_connection_too_many_is_asked_to_come_again(start_server):
    address = start_server(connections=3)
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(address)) for _ in range(3)]
        for client in clients:  # all three are known to the server
            client.sendall(WHOLE)
            assert answer(client).status == 200
        with connected(address) as another:
            another.sendall(WHOLE)
            said = answer(another)
            assert said.status == 503
            assert said.headers["retry-after"] == "1"
            assert said.json["error"]["code"] == "busy"
            assert closed(another)
        clients[0].sendall(WHOLE)
        assert answer(clients[0]).status == 200
        clients[1].close()
        for _ in range(1000):  # until the server has noticed
            with connected(address) as another:
                another.sendall(WHOLE)
                if answer(another).status == 200:
                    return
        raise AssertionError("the place was never free again")


def test_slow_clients_keep_nobody_from_being_served(start_server):
    address = start_server(header=1.0, connections=64)
    with ExitStack() as stack:
        normal = stack.enter_context(connected(address))
        slow = [stack.enter_context(connected(address)) for _ in range(100)]
        waiting = set(slow)
        while waiting:
            normal.sendall(WHOLE)
            assert answer(normal).status == 200
            for client in list(waiting):
                client.setblocking(False)
                try:
                    client.sendall(b"G")
                    if client.recv(65536) == b"":
                        waiting.discard(client)
                except BlockingIOError:
                    pass
                except ConnectionError:
                    waiting.discard(client)
        normal.sendall(WHOLE)
        assert answer(normal).status == 200


def test_a_body_that_is_announced_too_large_is_refused_before_it_comes(start_server):
    with connected(start_server()) as client:
        client.sendall(HEAD + b"Content-Length: 1048577\r\nExpect: 100-continue\r\n\r\n")
        said = answer(client)
        assert said.status == 413
        assert said.json["error"]["code"] == "too_large"


@pytest.mark.parametrize("head", [b"Content-Length: 3000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n2dc6c0\r\n"])
def test_who_sends_on_regardless_still_reads_why_it_was_refused(start_server, head):
    with connected(start_server()) as client:
        client.sendall(HEAD + head + bytes(3_000_000))
        assert answer(client).status == 413


def test_who_was_refused_and_never_ends_is_closed(start_server):
    with connected(start_server(linger=SHORT, body=PATIENCE)) as client:
        client.sendall(HEAD + b"Content-Length: 3000000\r\n\r\n")
        assert answer(client).status == 413
        dribble(client)
        assert closed(client)


def test_a_client_that_goes_in_the_midst_of_its_body_harms_nobody(start_server, caplog):
    address = start_server()
    for _ in range(10):
        with connected(address) as client:
            client.sendall(HEAD + b"Content-Length: 1000\r\n\r\n" + PIXELS)
    with connected(address) as client:
        client.sendall(WHOLE)
        assert answer(client).status == 200
    assert not caplog.records


def test_small_answers_leave_at_once(start_server, monkeypatch):
    options, send = [], HttpStream.send

    async def noted(self, *events):
        options.append(self.writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await send(self, *events)

    monkeypatch.setattr(HttpStream, "send", noted)
    with connected(start_server()) as client:
        client.sendall(WHOLE)
        assert answer(client).status == 200
    assert options
    assert all(options)
