"""Requests that are changed at random, or made up from the schema, for server_faults.py."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from typing import Any

from records import ROOT
from server_process import PATIENCE, SIDE_BY_SIDE, Served, say, serving
from serving import pictures
from serving_clients import HOST, Client, request, without_times

sys.path.append(str(ROOT))  # for what the tests share
from tests.serve.mutants import fault, mutant


async def answered(reader: asyncio.StreamReader, head_only: bool) -> tuple[int, bytes, bool]:
    """(status, head and body, whether the connection stays open); (0, b"", False) if it was closed without a word."""
    try:
        head = b"HTTP/1.1 100 "
        while head.split()[1] == b"100":  # Continue, before the answer
            head = await reader.readuntil(b"\r\n\r\n")
    except (OSError, EOFError):
        return 0, b"", False
    status, lower = int(head.split()[1]), head.lower()
    stays = b"connection: close" not in lower
    if head_only or status in (204, 304):
        return status, head, stays
    if b"content-length: " not in lower:
        return status, head + await reader.read(), False
    length = int(lower.split(b"content-length: ")[1].split(b"\r\n")[0])
    try:
        return status, head + await reader.readexactly(length), stays
    except (OSError, EOFError):
        return status, head, False


async def wrong_requests(served: Served, count: int, seed: int) -> dict[str, Any]:
    """Send that many; returns the statuses, and what was wrong with the answers."""
    statuses: Counter[int] = Counter()
    found: list[str] = []
    left = iter(range(count))

    async def client(number: int) -> None:
        draws = random.Random(1000 * seed + number)
        reader = writer = None
        for index in left:
            one = mutant(draws)
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection(HOST, served.port)
                assert reader is not None
                writer.write(one.data)
                if not one.whole:
                    writer.write_eof()
                async with asyncio.timeout(PATIENCE):
                    status, said, stays = await answered(reader, one.data.startswith(b"HEAD "))
            except OSError:
                status, said, stays = 0, b"", False
            except TimeoutError:
                status, said, stays = -1, b"", False
                found.append(f"no answer to {one.data[:300]!r}")
            statuses[status] += 1
            if wrong := fault(status, said, served.folder):
                found.append(f"{wrong} to {one.data[:300]!r}: {said[:300]!r}")
            if writer is not None and not (stays and one.whole):
                writer.close()
                writer = None
            if index % 10_000 == 9_999:
                say(f"{index + 1:,} malformed requests, {len(found)} faults")
        if writer is not None:
            writer.close()

    await asyncio.gather(*(client(number) for number in range(SIDE_BY_SIDE)))
    return {"statuses": {str(status): n for status, n in sorted(statuses.items())}, "faults": found}


async def malformed(share: float, seed: int) -> dict[str, Any]:
    count = int(100_000 * share)
    with serving() as served:
        asked = request(served.port, pictures()[0])

        async def state() -> bytes:
            async with Client(served.port) as client:
                return without_times((await client.send(asked))[2])

        before = await state()
        done = await wrong_requests(served, count, seed)
        well = await state() == before and served.process.poll() is None
        log = served.log.read_text("utf-8", "replace")
    return done | {"count": count, "well": well, "traceback": log[-3000:] if "Traceback" in log else ""}


async def schema(share: float, seed: int) -> dict[str, Any]:
    from tests.serve.asking import ask_everything

    examples = max(2, int(200 * share))
    with serving() as served:
        try:
            asked = await asyncio.to_thread(ask_everything, f"http://{HOST}:{served.port}", examples)
        except AssertionError as error:
            return {"addresses": 0, "examples": examples, "faults": [str(error)[:3000]]}
        log = served.log.read_text("utf-8", "replace")
    return {"addresses": len(asked), "examples": examples, "faults": [log[-3000:]] if "Traceback" in log else []}
