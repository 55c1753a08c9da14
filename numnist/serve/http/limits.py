"""Limits on time, size and number, so that no client can hold up the others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Seconds, bytes and counts.  Each deadline is for the whole of its part, however the bytes are spread over it."""

    header: float = 5.0  # from the connection, or a request's first byte, until its header is complete
    body: float = 10.0  # from the header until the body is complete: 1 MiB over a slow radio link
    idle: float = 15.0  # between two requests
    unread: float = 20.0  # until the client has read a part of a response
    linger: float = 2.0  # for reading an error while the client still sends
    closing: float = 3.0  # for requests that are being answered when the server stops; Docker waits 10 s in all
    interrupted: float = 0.7  # the same after Ctrl-C
    connections: int = 512  # a class of thirty, whose browsers open up to six each, and some that mean harm
    refused: int = 256  # connections that are being sent an error at the same time
    header_bytes: int = 16 << 10
    body_bytes: int = 1 << 20


LIMITS = Limits()
