"""HTTP/1.1 over a socket: h11, which turns bytes into events and back, on asyncio's streams; and ASGI on top of it."""

from __future__ import annotations

import asyncio
import socket
import struct
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import h11
from starlette.types import Message, Scope

from numnist.serve.http.errors import ApiError, header_too_large
from numnist.serve.http.limits import Limits

CHUNK = 65536  # bytes read at a time


class HttpStream:
    """One client's socket, as HTTP events.   closing: whether the current response is to be the last."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: Limits):
        self.reader, self.writer, self.limits = reader, writer, limits
        self.http = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.header_bytes)
        self.closing = False
        writer.transport.set_write_buffer_limits(high=0)  # so that `drain` waits until the client has room for all

    @property
    def begun(self) -> bool:
        """Whether bytes of the next request have come."""
        return bool(self.http.trailing_data[0])

    async def read(self) -> None:
        """Wait for more bytes.  Raises OSError if the client has left."""
        data = await self.reader.read(CHUNK)
        if not data:
            raise ConnectionResetError("the client has left")
        self.http.receive_data(data)

    async def next_event(self) -> h11.Event:
        """The next part of a request.  Raises ApiError if it is no HTTP/1.1, OSError if the client left."""
        while (event := self.event_at_hand()) is None:
            await self.read()
        return event

    def event_at_hand(self) -> h11.Event | None:
        """The next part of a request in the bytes that have come.  Raises ApiError if it is no HTTP/1.1."""
        try:
            event = self.http.next_event()
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == 431:
                raise header_too_large(self.limits.header_bytes) from None
            message = f"this is not HTTP/1.1 as this server reads it ({str(error)[:100]})."
            raise ApiError(error.error_status_hint, "bad_http", message, {"Connection": "close"}) from None
        return event if isinstance(event, h11.Event) else None

    async def send(self, *events: h11.Event) -> None:
        """Send parts of a response.  Raises OSError if the client has left or does not read on."""
        self.writer.write(b"".join(self.http.send(event) or b"" for event in events))
        try:
            async with asyncio.timeout(self.limits.unread):
                await self.writer.drain()
        except TimeoutError:
            self.reset()
            raise ConnectionResetError("the client does not read the response") from None

    async def finish(self) -> None:
        """Send no more, and read on until the client has closed.

        Closing with bytes of the client unread would make the system throw the response away.
        """
        self.writer.write_eof()
        while await self.reader.read(CHUNK):
            pass

    def close(self) -> None:
        """Close once everything is sent."""
        self.writer.close()

    def reset(self) -> None:
        """Close without sending the rest, which the system would otherwise keep for a client that never reads it."""
        if not self.writer.transport.is_closing():
            option = socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            self.writer.get_extra_info("socket").setsockopt(*option)
            self.writer.transport.abort()


class Exchange:
    """One request and its response: the scope, receive and send of an ASGI app."""

    def __init__(self, stream: HttpStream, request: h11.Request):
        self.stream, self.request = stream, request
        self._body_read, self._left = False, asyncio.Event()
        self._head: list[h11.Event] = []  # of the response, until its body begins: both leave together

    @property
    def scope(self) -> Scope:
        path, _, query = self.request.target.partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},  # up to 2.3, Starlette notices who leaves a stream
            "http_version": self.request.http_version.decode("ascii"),
            "method": self.request.method.decode("ascii"),
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "headers": list(self.request.headers),
            "client": _host_and_port(self.stream.writer.get_extra_info("peername")),
            "server": _host_and_port(self.stream.writer.get_extra_info("sockname")),
        }

    async def receive(self) -> Message:
        """The next part of the body; after the last, waits until the client leaves."""
        try:
            if self._body_read or self._left.is_set():
                await self._wait_until_left()
            if self.stream.http.they_are_waiting_for_100_continue:
                await self.stream.send(h11.InformationalResponse(status_code=100, headers=[], reason="Continue"))
            event: h11.Event | None = await self.stream.next_event()
        except OSError:
            self._left.set()
            return {"type": "http.disconnect"}
        parts = []
        while isinstance(event, h11.Data):
            parts.append(event.data)
            event = self.stream.event_at_hand()
        self._body_read = event is not None
        return {"type": "http.request", "body": b"".join(parts), "more_body": not self._body_read}

    async def send(self, message: Message) -> None:
        """A part of the response, which is dropped if the client has left.  The head leaves with the body's begin."""
        if message["type"] == "http.response.start":
            headers = [*message["headers"], (b"date", formatdate(usegmt=True).encode())]
            if self.stream.closing or self.stream.http.they_are_waiting_for_100_continue:  # and may not send a body
                headers.append((b"connection", b"close"))
            status = HTTPStatus(message["status"])
            self._head = [h11.Response(status_code=status, headers=headers, reason=status.phrase)]
            return
        events, self._head = self._head, []
        if message.get("body") and self.request.method != b"HEAD":
            events.append(h11.Data(data=message["body"]))
        if not message.get("more_body", False):
            events.append(h11.EndOfMessage())
        try:
            if not self._left.is_set():
                await self.stream.send(*events)
        except OSError:
            self._left.set()

    async def _wait_until_left(self) -> None:
        """Raises OSError when the client has left.  Requests sent ahead wait in memory, up to `CHUNK` bytes."""
        while len(self.stream.http.trailing_data[0]) < CHUNK and not self._left.is_set():
            await self.stream.read()
        await self._left.wait()  # until a response cannot be sent
        raise ConnectionResetError("the client has left")


def _host_and_port(name: Any) -> tuple[str, int] | None:
    """The end of a connection as ASGI has it; None if the socket does not know it any more."""
    return (name[0], name[1]) if isinstance(name, tuple) else None
