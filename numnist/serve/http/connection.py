"""The protocol: uvicorn's HTTP/1.1, with a deadline for each part of a request and a limit of connections.

    connection ──> header (5 s) ──> body (10 s) ──> answer (read on within 20 s) ──> idle (15 s) ──> header ...

A deadline is for the whole part: a client that sends a byte now and then is cut off as one that sends nothing.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from numnist.serve.http.limits import Limits


class Config(uvicorn.Config):
    """uvicorn's settings, and ours for every connection."""

    def __init__(self, app: Any, limits: Limits, **settings: Any):
        super().__init__(
            app,
            http=Connection,
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_keep_alive=limits.idle,  # type: ignore[arg-type]  # handed to call_later, which takes fractions
            timeout_graceful_shutdown=limits.closing,  # type: ignore[arg-type]  # handed to wait_for
            **settings,
        )
        self.limits = limits
        self.refused: set[Connection] = set()  # connections that are being told so


class Connection(H11Protocol):
    """One client's connection."""

    config: Config

    def __init__(self, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self.limits = self.config.limits
        self._part: tuple[str, object] | None = None  # of which request what is being waited for
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # the body goes out at once, and does not wait 40 ms until the client has acknowledged the header
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if len(self.connections) > self.limits.connections:
            most = f"{self.limits.connections} connections are open, which is the most: ask again in a second."
            self._refuse(503, "busy", most, (b"retry-after", b"1"))
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        if not self._refused:  # else what still comes is of no interest
            super().data_received(data)
            self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self._until(self.limits.linger, self.transport.close)  # answered before all had come
        else:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.config.refused.discard(self)
        self._until(None)
        self._taken()
        self._unset_keepalive_if_required()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(self.limits.unread, self._reset)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._taken()

    def send_400_response(self, msg: str) -> None:
        """What h11 cannot read.  uvicorn calls this while it handles h11's exception, which says why."""
        error = sys.exception()
        status = getattr(error, "error_status_hint", 400)
        why = str(error or msg)[:100]
        self._refuse(status, "bad_http", f"this is not HTTP/1.1 as this server reads it ({why}).")

    def _watch(self) -> None:
        """Start the deadline of the part that is waited for now, unless it runs already."""
        part = self._awaited()
        if part == self._part:
            return
        self._part = part
        if part is None:
            self._until(None)
        elif part[0] == "header":
            self._until(self.limits.header, self._too_slow, "header", self.limits.header)
        else:
            self._until(self.limits.body, self._too_slow, "body", self.limits.body)

    def _awaited(self) -> tuple[str, object] | None:
        """("header" or "body", of which request), or None while the answer is made or the connection idle."""
        if self._refused or self.transport.is_closing():
            return None
        if self.conn.their_state is h11.SEND_BODY:
            return "body", self.cycle
        begun = self.cycle is None or bool(self.conn.trailing_data[0])
        return ("header", self.cycle) if self.conn.their_state is h11.IDLE and begun else None

    def _too_slow(self, part: str, seconds: float) -> None:
        if part == "header" and not self.conn.trailing_data[0]:
            self.transport.close()  # connected and sent nothing, as browsers do to be quick later
        else:
            self._refuse(408, "too_slow", f"the request's {part} was not there after {seconds:g} s.")

    def _refuse(self, status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> None:
        """Answer without the app, and close once the client has read it.

        Closing at once, with bytes of the client unread, would make the system throw the answer away.
        """
        self._refused = True
        self.connections.discard(self)
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # for the app the client is gone
            self.cycle.message_event.set()
        self.flow.resume_reading()
        self._unset_keepalive_if_required()
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE) or len(self.config.refused) >= self.limits.refused:
            self.transport.close()  # in the midst of an answer nothing else can be said
            return
        self.config.refused.add(self)
        body = json.dumps({"error": {"code": code, "message": message}}).encode()
        head = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            (b"cache-control", b"no-store"),
            *headers,
        ]
        for event in (h11.Response(status_code=status, headers=head), h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        try:
            if self.transport.can_write_eof():
                self.transport.write_eof()
        except OSError:  # the client left meanwhile
            self.transport.abort()
        else:
            self._until(self.limits.linger, self._reset)

    def _reset(self) -> None:
        """Close without sending what is left, which the system would else keep for a client that never takes it."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _until(self, seconds: float | None, then: Callable[..., object] | None = None, *arguments: object) -> None:
        """Replace the deadline."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None and then is not None:
            self._deadline = self.loop.call_later(seconds, then, *arguments)

    def _taken(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
