"""Limits: how long, how much and how many, so that no client can hold the server up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Each deadline is for the whole of its part, however the bytes are spread over it.  Seconds, bytes, numbers."""

    header: float = 5.0  # from the connection, or a request's first byte, until its header is there
    body: float = 10.0  # from the header until the body is there: 1 MiB over a slow radio link
    idle: float = 15.0  # between two requests
    unread: float = 20.0  # for taking what was answered, where the client does not read on
    linger: float = 2.0  # for taking a refusal while the client still sends
    closing: float = 10.0  # for ending what is under way when the server stops
    connections: int = 64
    refused: int = 256  # connections that are being told so at one time
    header_bytes: int = 16 << 10
    body_bytes: int = 1 << 20


LIMITS = Limits()
