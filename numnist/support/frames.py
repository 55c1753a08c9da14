"""Frames: messages on a pipe between this program's own processes, each with its length in front.

A message is a pickle, which is safe here alone: both ends are numnist, and nobody else can write to the pipe.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

LENGTH = struct.Struct("<Q")


def frame(content: bytes) -> bytes:
    return LENGTH.pack(len(content)) + content


def frames(received: bytearray) -> Iterator[bytes]:
    """The contents of all whole frames, which are taken away from what was received."""
    while len(received) >= LENGTH.size:
        end = LENGTH.size + LENGTH.unpack_from(received)[0]
        if len(received) < end:
            return
        content = bytes(received[LENGTH.size : end])
        del received[:end]
        yield content


def read_frame(pipe: IO[bytes]) -> bytes:
    """Waits for a whole frame.  Raises EOFError if the other end is closed before its end."""
    return read_exactly(pipe, *LENGTH.unpack(read_exactly(pipe, LENGTH.size)))


def read_exactly(pipe: IO[bytes], size: int) -> bytes:
    """So many bytes, of a pipe with or without a buffer.  Raises EOFError if the other end is closed before."""
    content = b""
    while len(content) < size:
        part = pipe.read(size - len(content))
        if not part:
            raise EOFError(f"the pipe was closed after {len(content)} of {size} bytes")
        content += part
    return content
