"""Serving's clients: they ask over one connection each as quickly as they are answered, or as slowly as they can."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

HOST = "127.0.0.1"
PIECE = 65536


@dataclass
class Asked:
    """What many requests came to: seconds each took, how many went wrong, how many were answered differently."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    different: int = 0


class Client:
    """One connection, kept alive."""

    def __init__(self, port: int):
        self.port = port

    async def __aenter__(self) -> Client:
        self.reader, self.writer = await asyncio.open_connection(HOST, self.port)
        return self

    async def __aexit__(self, *error: object) -> None:
        self.writer.close()

    async def ask(self, request: bytes) -> tuple[int, bytes, bytes]:
        """Status, header and body of the answer.  Raises OSError or EOFError where there is none."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return int(head.split()[1]), head, await self.reader.readexactly(length)


def request(port: int, body: bytes, path: str = "/api/predict") -> bytes:
    """A POST as bytes, or a GET where there is no body."""
    head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def said(body: bytes) -> bytes:
    """An answer without its times, which come last."""
    return body.partition(b',"times"')[0]


async def serial(port: int, requests: list[bytes]) -> list[bytes]:
    """What each request is answered when nobody else asks."""
    async with Client(port) as client:
        return [said((await client.ask(each))[2]) for each in requests]


async def ask_on(
    port: int, requests: list[bytes], expected: list[bytes], clients: int, go_on: Callable[[int], bool]
) -> Asked:
    """So many clients at once; each asks again as soon as it is answered while go_on(requests sent so far)."""
    asked, numbers = Asked(), count()

    async def one() -> None:
        async with Client(port) as client:
            while go_on(number := next(numbers)):
                start = time.perf_counter()
                try:
                    status, _, body = await client.ask(requests[number % len(requests)])
                except (OSError, EOFError):
                    asked.errors += 1
                    return
                asked.seconds.append(time.perf_counter() - start)
                asked.errors += status != 200
                asked.different += said(body) != expected[number % len(requests)]

    await asyncio.gather(*(one() for _ in range(clients)))
    return asked


async def slow(port: int, pause: float) -> tuple[float, int]:
    """Send a header a byte at a time until cut off: (seconds until then, the status that was answered or 0)."""
    start = time.perf_counter()
    reader, writer = await asyncio.open_connection(HOST, port)
    answer = asyncio.ensure_future(reader.read(PIECE))
    try:
        writer.write(b"POST /api/predict HTTP/1.1\r\nX: ")
        while not (await asyncio.wait([answer], timeout=pause))[0]:
            writer.write(b"x")
        status = int((answer.result().split() or [b"", b"0"])[1])
    except OSError:
        status = 0
    writer.close()
    return time.perf_counter() - start, status


async def newcomer(port: int, request: bytes) -> float:
    """Connect anew, as often as it takes, waiting as long as is asked: seconds until answered."""
    start = time.perf_counter()
    while True:
        async with Client(port) as client:
            try:
                status, head, _ = await client.ask(request)
            except (OSError, EOFError):
                continue
        if status == 200:
            return time.perf_counter() - start
        await asyncio.sleep(int(head.lower().split(b"retry-after: ")[1].split(b"\r\n")[0]))
