"""SIGTERM while a server is busy, for server_faults.py."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from server_clients import slow_client
from server_process import PATIENCE, say, serving
from serving import pictures
from serving_clients import CHUNK, HOST, Client, request

START = 300.0  # seconds until a training has drawn its data


def children(parent: int) -> set[int]:
    """The processes that a process has started."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            if int(file.read_text("utf-8").rpartition(")")[2].split()[1]) == parent:
                found.add(int(file.parent.name))
    return found


def alive(process: int) -> bool:
    """Whether a process still runs; one that nobody has waited for yet does not."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    return False


async def watch(port: int, one: str, moved: asyncio.Event) -> None:
    """A page that watches a training, and says when its first step has come."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(f"GET /api/learning/{one}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            if b"event: step" in data:
                moved.set()
    writer.close()


async def ask_on(port: int, asked: bytes) -> None:
    """A client that asks until the server is gone."""
    with suppress(OSError, EOFError):
        async with Client(port) as client:
            while True:
                await client.send(asked)


async def stopped(draws: random.Random) -> dict[str, Any]:
    """One server with a training, two pages that watch it, clients that ask and one that never ends its body."""
    with serving() as served:
        asked, moved = request(served.port, pictures()[0]), asyncio.Event()
        wanted = json.dumps({"recipe": "mlp-quick", "epochs": 20, "data": "strokes"}).encode()
        async with Client(served.port) as client:
            status, _, body = await client.send(request(served.port, wanted, "/api/learning"))
        assert status == 201, body
        one = json.loads(body)["id"]
        tasks = [asyncio.ensure_future(watch(served.port, one, moved)) for _ in range(2)]
        tasks += [asyncio.ensure_future(ask_on(served.port, asked)) for _ in range(4)]
        tasks.append(asyncio.ensure_future(slow_client(served.port, 1, time.monotonic() + START)))
        with suppress(TimeoutError):
            async with asyncio.timeout(START):
                await moved.wait()
        await asyncio.sleep(draws.uniform(0.0, 2.0))
        workers = children(served.process.pid)
        start = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        try:
            code = await asyncio.to_thread(served.process.wait, PATIENCE)
        except subprocess.TimeoutExpired:
            code = None
        seconds = time.monotonic() - start
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        end = time.monotonic() + PATIENCE / 10
        while (running := [each for each in workers if alive(each)]) and time.monotonic() < end:
            await asyncio.sleep(0.05)
        there = served.folder.rglob("*")
        left = [str(path.relative_to(served.folder)) for path in there if path != served.folder / "runs"]
        log = served.log.read_text("utf-8", "replace")
    return {
        "seconds": seconds,
        "code": code,
        "trained": moved.is_set(),
        "running": len(running),
        "left": left,
        "traceback": "Traceback" in log,
    }


async def stop(share: float, seed: int) -> dict[str, Any]:
    draws, trials = random.Random(seed), []
    for number in range(max(2, int(20 * share))):
        trials.append(await stopped(draws))
        say(f"SIGTERM {number + 1}: {trials[-1]}")
    return {"trials": trials}
