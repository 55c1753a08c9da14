"""Clients of benchmarks/serving.py, with one connection each: as fast as the server responds, or very slow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

HOST = "127.0.0.1"
CHUNK = 65536


@dataclass
class Requests:
    """Results of many requests: the seconds of each, the number of errors, and of unexpected responses."""

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

    async def send(self, request: bytes) -> tuple[int, bytes, bytes]:
        """Status, header and body of the response.  Raises OSError or EOFError if there is none."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return int(head.split()[1]), head, await self.reader.readexactly(length)


def request(port: int, body: bytes, path: str = "/api/predict") -> bytes:
    """The bytes of a POST, or of a GET without a body."""
    head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def without_times(body: bytes) -> bytes:
    """The body of a response without its times, which come last."""
    return body.partition(b',"times"')[0]


async def serial(port: int, requests: list[bytes]) -> list[bytes]:
    """The response to each request without other clients."""
    async with Client(port) as client:
        return [without_times((await client.send(each))[2]) for each in requests]


async def send_all(
    port: int, requests: list[bytes], expected: list[bytes], clients: int, more: Callable[[int], bool]
) -> Requests:
    """That many clients at once; each sends its next request after its response, while more(requests sent so far)."""
    done, numbers = Requests(), count()

    async def one() -> None:
        async with Client(port) as client:
            while more(number := next(numbers)):
                start = time.perf_counter()
                try:
                    status, _, body = await client.send(requests[number % len(requests)])
                except (OSError, EOFError):
                    done.errors += 1
                    return
                done.seconds.append(time.perf_counter() - start)
                done.errors += status != 200
                done.different += without_times(body) != expected[number % len(requests)]

    await asyncio.gather(*(one() for _ in range(clients)))
    return done


async def slow(port: int, pause: float) -> tuple[float, int]:
    """Send a header byte by byte until disconnected: (seconds until then, the status of the response or 0)."""
    start = time.perf_counter()
    reader, writer = await asyncio.open_connection(HOST, port)
    response = asyncio.ensure_future(reader.read(CHUNK))
    try:
        writer.write(b"POST /api/predict HTTP/1.1\r\nX: ")
        while not (await asyncio.wait([response], timeout=pause))[0]:
            writer.write(b"x")
        status = int((response.result().split() or [b"", b"0"])[1])
    except OSError:
        status = 0
    writer.close()
    return time.perf_counter() - start, status


async def newcomer(port: int, request: bytes) -> float:
    """Connect until there is a response, waiting as long as the server says: seconds until then."""
    start = time.perf_counter()
    while True:
        async with Client(port) as client:
            try:
                status, head, _ = await client.send(request)
            except (OSError, EOFError):
                continue
        if status == 200:
            return time.perf_counter() - start
        await asyncio.sleep(int(head.lower().split(b"retry-after: ")[1].split(b"\r\n")[0]))
