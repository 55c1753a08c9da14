"""Raw: clients that speak HTTP byte by byte, as slowly or wrongly as a test wants."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from tests.serve.conftest import PATIENCE

HEAD = b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\n"
PIXELS = b'{"pixels": [[0, 255, 0], [0, 255, 0], [0, 255, 0]]}'
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(PIXELS) + PIXELS


class Answer(NamedTuple):
    """What a server said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@contextmanager
def connected(address: str) -> Iterator[socket.socket]:
    """A connection to http://HOST:PORT, which waits with patience."""
    host, port = address.removeprefix("http://").rsplit(":", 1)
    with socket.create_connection((host, int(port)), PATIENCE) as connection:
        yield connection


def answer(connection: socket.socket) -> Answer:
    """The answer on a connection on which one request was sent.  Raises EOFError where it is closed without one."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    length = int(headers.get("content-length", 0))
    while len(body) < length:
        body += _more(connection)
    return Answer(int(first.split()[1]), headers, body[:length])


def closed(connection: socket.socket) -> bool:
    """Wait until the server has closed a connection."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def everything(connection: socket.socket) -> bytes:
    """All that a server still sends, until it closes."""
    data = b""
    with suppress(ConnectionError):
        while more := connection.recv(65536):
            data += more
    return data


def dribble(connection: socket.socket, byte: bytes = b"x", pause: float = 0.01) -> None:
    """Send a byte now and then until the server answers or closes."""
    connection.settimeout(pause)
    for _ in range(int(PATIENCE / pause)):
        try:
            connection.sendall(byte)
            connection.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            continue
        except ConnectionError:
            pass
        connection.settimeout(PATIENCE)
        return
    raise AssertionError("never cut off")


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise EOFError("the server closed the connection")
    return data
