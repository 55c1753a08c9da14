"""One request and its response, as an ASGI app sees them."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import h11
from starlette.types import Message, Scope

from numnist.serve.http.stream import CHUNK, HttpStream

REASONS = {status.value: status.phrase for status in HTTPStatus}
ASGI = {"version": "3.0", "spec_version": "2.3"}  # with which Starlette watches for clients that leave a stream


class Exchange:
    """ASGI's scope, receive and send for one request."""

    def __init__(self, stream: HttpStream, request: h11.Request):
        self.stream, self.request = stream, request
        self._body_read, self._left = False, asyncio.Event()

    @property
    def scope(self) -> Scope:
        path, _, query = self.request.target.partition(b"?")
        return {
            "type": "http",
            "asgi": ASGI,
            "http_version": self.request.http_version.decode("ascii"),
            "method": self.request.method.decode("ascii"),
            "scheme": "http",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": list(self.request.headers),
            "client": self._address("peername"),
            "server": self._address("sockname"),
        }

    async def receive(self) -> Message:
        """The next part of the body; after the last, waits until the client leaves."""
        try:
            if self._body_read or self._left.is_set():
                await self._wait_until_left()
            if self.stream.http.they_are_waiting_for_100_continue:
                await self.stream.send(h11.InformationalResponse(status_code=100, headers=[], reason="Continue"))
            event = await self.stream.next_event()
        except ConnectionError:
            self._left.set()
            return {"type": "http.disconnect"}
        self._body_read = not isinstance(event, h11.Data)
        return {"type": "http.request", "body": getattr(event, "data", b""), "more_body": not self._body_read}

    async def send(self, message: Message) -> None:
        """A part of the response, which is dropped if the client has left."""
        if self._left.is_set():
            return
        try:
            await self.stream.send(*self._events(message))
        except ConnectionError:
            self._left.set()

    def _events(self, message: Message) -> list[h11.Event]:
        if message["type"] == "http.response.start":
            headers = [*message["headers"], (b"date", formatdate(usegmt=True).encode())]
            if self.stream.closing:
                headers.append((b"connection", b"close"))
            status = message["status"]
            return [h11.Response(status_code=status, headers=headers, reason=REASONS.get(status, ""))]
        events: list[h11.Event] = []
        if message.get("body") and self.request.method != b"HEAD":
            events.append(h11.Data(data=message["body"]))
        if not message.get("more_body", False):
            events.append(h11.EndOfMessage())
        return events

    async def _wait_until_left(self) -> None:
        """Raises ConnectionError when the client has left.  Requests sent ahead wait in memory, up to `CHUNK` bytes."""
        while len(self.stream.http.trailing_data[0]) < CHUNK and not self._left.is_set():
            await self.stream.read()
        await self._left.wait()  # until a response cannot be sent
        raise ConnectionResetError("the client has left")

    def _address(self, name: str) -> tuple[Any, ...] | None:
        address = self.stream.writer.get_extra_info(name)  # IPv6 has four parts, of which ASGI takes two
        return None if address is None else address[:2]
