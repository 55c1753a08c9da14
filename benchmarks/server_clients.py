"""Clients that are slow or never read, and more requests than anybody sends, for server_faults.py."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from contextlib import suppress
from typing import Any

import numpy as np
from server_process import PATIENCE, SIDE_BY_SIDE, say, serving
from serving import pictures, resident
from serving_clients import HOST, Client, request

QUICK = 0.5  # seconds in which a normal client is served beside slow ones
SLOW_SECONDS = 40.0  # longer than the longest deadline


async def slow_client(port: int, kind: int, end: float) -> int:
    """Be slow until then, in a new connection whenever the last was cut off; returns how many there were.

    kind: 0 sends a head byte by byte, 1 a body, 2 never reads what it has asked for
    """
    connections = 0
    while time.monotonic() < end:
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.setblocking(False)
            loop = asyncio.get_running_loop()
            with suppress(OSError):
                await loop.sock_connect(sock, (HOST, port))
                connections += 1
                script = b"GET /page/joined/main.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
                head = b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\n"
                begun = (head + b"X: ", head + b"Content-Length: 100000\r\n\r\n", script * 50)[kind]
                await loop.sock_sendall(sock, begun)
                while time.monotonic() < end:
                    await asyncio.sleep(0.5)
                    await loop.sock_sendall(sock, b"x" if kind < 2 else script)
    return connections


async def newcomers(port: int, asked: bytes, end: float) -> tuple[list[float], int]:
    """Connect, ask and leave, again and again: the seconds of each, and the number of errors."""
    seconds, errors = [], 0
    while time.monotonic() < end:
        start = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE), Client(port) as client:
                status, _, _ = await client.send(asked)
            errors += status != 200
        except (OSError, EOFError):
            errors += 1
        seconds.append(time.perf_counter() - start)
        await asyncio.sleep(0.05)
    return seconds, errors


async def slow(share: float, seed: int) -> dict[str, Any]:
    count, last = max(3, int(300 * share)), max(3.0, SLOW_SECONDS * share)
    with serving() as served:
        asked = request(served.port, pictures()[0])
        await newcomers(served.port, asked, time.monotonic() + last / 4)  # until all worker processes are there
        alone, _ = await newcomers(served.port, asked, time.monotonic() + last / 4)
        end = time.monotonic() + last
        clients = [asyncio.ensure_future(slow_client(served.port, i % 3, end)) for i in range(count)]
        await asyncio.sleep(1)  # all of them are connected
        seconds, errors = await newcomers(served.port, asked, end - 0.5)
        connections = sum(await asyncio.gather(*clients))
    return {
        "clients": count,
        "connections": connections,
        "asked": len(seconds),
        "errors": errors,
        "late": sum(each > QUICK for each in seconds),
        "median": float(np.median(seconds)),
        "worst": max(seconds),
        "median_alone": float(np.median(alone)),
        "worst_alone": max(alone),
    }


def kinds(port: int) -> list[bytes]:
    """Requests of many kinds, in which those for a prediction are the most, as on the page."""
    picture = pictures()[0]
    gets = ("/api/models", "/api/kept", "/nowhere", "/page/joined/main.css", "/api/learning", "/metrics", "/healthz")
    posts = ("/api/predict", "/api/look", "/api/inside", "/api/predict?model=none", "/api/unit?place=0&index=0,1,1")
    return [
        *(request(port, b"", path) for path in gets),
        *(request(port, picture, path) for path in posts),
        *(request(port, each) for each in pictures(6)),
        request(port, picture[:40]),
        request(port, b'{"pixels": [[0, NaN]]}'),
    ]


async def many(port: int, count: int, draws: random.Random) -> None:
    left, requests = iter(range(count)), kinds(port)

    async def one() -> None:
        async with Client(port) as client:
            for index in left:
                await client.send(draws.choice(requests))
                if index % 50_000 == 49_999:
                    say(f"{index + 1:,} requests, {resident() / 2**20:.1f} MiB")

    await asyncio.gather(*(one() for _ in range(SIDE_BY_SIDE)))


async def memory(share: float, seed: int) -> dict[str, Any]:
    count, draws = int(200_000 * share), random.Random(seed)
    with serving() as served:
        await many(served.port, max(500, int(10_000 * share)), draws)
        before = resident()
        await many(served.port, count, draws)
        after = resident()
    return {"count": count, "before": before, "after": after}
