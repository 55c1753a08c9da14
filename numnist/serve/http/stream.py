"""HTTP/1.1 over a socket: h11, which turns bytes into events and back, on asyncio's streams."""

from __future__ import annotations

import asyncio
import socket
import struct

import h11

from numnist.serve.http.limits import Limits
from numnist.serve.http.responses import ApiError, header_too_large

CHUNK = 65536  # bytes read at a time


class HttpStream:
    """One client's socket, as HTTP events.   closing: whether the response under way is to be the last."""

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
        """Wait for more bytes.  Raises ConnectionError if the client has left."""
        data = await self.reader.read(CHUNK)
        if not data:
            raise ConnectionResetError("the client has left")
        self.http.receive_data(data)

    async def next_event(self) -> h11.Event:
        """The next part of a request.  Raises ApiError if it is no HTTP/1.1, ConnectionError if the client left."""
        while True:
            try:
                event = self.http.next_event()
            except h11.RemoteProtocolError as error:
                raise _unreadable(error, self.limits.header_bytes) from None
            if isinstance(event, h11.Event):
                return event
            await self.read()

    async def send(self, *events: h11.Event) -> None:
        """Send parts of a response.  Raises ConnectionError if the client has left or does not read on."""
        self.writer.write(b"".join(self.http.send(event) or b"" for event in events))
        try:
            async with asyncio.timeout(self.limits.unread):
                await self.writer.drain()
        except TimeoutError:
            self.reset()
            raise ConnectionResetError("the client does not read the response") from None

    def close(self) -> None:
        """Close once everything is sent."""
        self.writer.close()

    def reset(self) -> None:
        """Close without sending the rest, which the system would otherwise keep for a client that never reads it."""
        if not self.writer.transport.is_closing():
            option = socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            self.writer.get_extra_info("socket").setsockopt(*option)
            self.writer.transport.abort()


def _unreadable(error: h11.RemoteProtocolError, header_bytes: int) -> ApiError:
    if error.error_status_hint == 431:
        return header_too_large(header_bytes)
    message = f"this is not HTTP/1.1 as this server reads it ({str(error)[:100]})."
    return ApiError(error.error_status_hint, "bad_http", message, {"Connection": "close"})
