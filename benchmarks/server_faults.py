"""What `numnist serve` does when asked wrongly, slowly and without end, and when stopped: docs/reliability.md.

    python benchmarks/server_faults.py                  # three quarters of an hour on two cores
    python benchmarks/server_faults.py malformed stop   # some parts, which keep the records of the others
    python benchmarks/server_faults.py --short          # tries everything out and writes nothing

malformed: 100,000 requests that are changed at random.  schema: schemathesis asks every address 200 times.  slow: 300
clients that send a byte now and then or never read, while a normal one connects again and again.  memory: 200,000
requests of all kinds.  stop: 20 times SIGTERM while a training runs, which pages watch, and requests are under way.
Each part has a server of its own, in a process, as the command line starts it.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from faults import RECORDS, Row, store
from records import ROOT, load, parser
from serving import pictures, resident
from serving_clients import CHUNK, HOST, Client, request, without_times

sys.path.append(str(ROOT))  # for what the tests share
from tests.serve.mutants import fault, mutant

COMMAND = "python benchmarks/server_faults.py"
PARTS = ("malformed", "schema", "slow", "memory", "stop")
PATIENCE = 60.0  # seconds for a response, and for the end of a process, on the busiest machine
SIDE_BY_SIDE = 16  # clients that send malformed requests
START = 300.0  # seconds until a training has drawn its data
QUICK = 0.5  # seconds in which a normal client is served beside slow ones
SLOW_SECONDS = 40.0  # longer than the longest deadline
ENDS = 5.0  # seconds in which a server that is asked to stops
MEMORY = 20  # MiB that it may grow
FEW = 0.1  # of everything, with --short


@dataclass
class Served:
    """A server in a process of its own.   folder: where it works;  log: its stderr"""

    process: subprocess.Popen[str]
    port: int
    folder: Path
    log: Path


@contextmanager
def serving() -> Iterator[Served]:
    with TemporaryDirectory() as temporary:
        folder, log = Path(temporary) / "work", Path(temporary) / "log"
        folder.mkdir()
        command = [sys.executable, "-u", "-m", "numnist", "serve", "--port", "0"]
        with (
            log.open("w") as err,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True, cwd=folder) as process,
        ):
            try:
                assert process.stdout is not None
                line = next(line for line in process.stdout if line.startswith("Page"))
                yield Served(process, int(line.split()[1].rpartition(":")[2]), folder, log)
            finally:
                process.kill()


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


# ---- malformed requests ------------------------------------------------------------------------------------


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


# ---- the schema --------------------------------------------------------------------------------------------


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


# ---- slow clients ------------------------------------------------------------------------------------------


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


# ---- memory ------------------------------------------------------------------------------------------------


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


# ---- SIGTERM -----------------------------------------------------------------------------------------------


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


# ---- the table ---------------------------------------------------------------------------------------------


def rows(parts: dict[str, Any]) -> Iterator[Row]:
    if one := parts.get("malformed"):
        count, found = one["count"], len(one["faults"]) + bool(one["traceback"])
        yield Row(
            "a wrong request is refused with a reason: never status 500, a path or a traceback",
            f"{count:,} requests changed at random",
            count - found,
            found,
        )
        yield Row(
            "the server is well afterwards",
            "the same prediction, to the last bit",
            int(one["well"]),
            int(not one["well"]),
        )
    if one := parts.get("schema"):
        count = one["addresses"] * one["examples"]
        yield Row(
            "the server answers as its OpenAPI schema says",
            f"schemathesis, {one['examples']} requests for each of {one['addresses']} addresses",
            count,
            len(one["faults"]),
        )
    if one := parts.get("slow"):
        lost = one["late"] + one["errors"]
        yield Row(
            f"slow clients keep nobody waiting: a new one is served within {QUICK:g} s",
            f"{one['clients']} clients that send bytes now and then or never read; median "
            f"{1e3 * one['median']:.0f} ms, worst {1e3 * one['worst']:.0f} ms; without them "
            f"{1e3 * one['median_alone']:.0f} and {1e3 * one['worst_alone']:.0f} ms",
            one["asked"] - lost,
            lost,
        )
    if one := parts.get("memory"):
        grown = (one["after"] - one["before"]) / 2**20
        yield Row(
            f"the server's memory, worker processes included, grows by at most {MEMORY} MiB",
            f"{one['count']:,} requests of all kinds: {grown:+.1f} MiB (from {one['before'] / 2**20:.0f})",
            int(grown <= MEMORY),
            int(grown > MEMORY),
        )
    if one := parts.get("stop"):
        trials = one["trials"]
        good = [
            each["code"] == 0 and each["seconds"] <= ENDS and not (each["running"] or each["left"] or each["traceback"])
            for each in trials
        ]
        yield Row(
            f"a server that is stopped ends within {ENDS:g} s and leaves no process and no file",
            f"{len(trials)} × SIGTERM with requests, streams and a training under way; worst "
            f"{max(each['seconds'] for each in trials):.1f} s",
            sum(good),
            len(good) - sum(good),
        )


def main() -> None:
    options = parser(__doc__, table=False)
    options.add_argument("parts", nargs="*", metavar="part", help=f"some of: {', '.join(PARTS)}; all by default")
    options.add_argument("--short", action="store_true", help="try a little of everything, and write nothing")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--share", type=float, default=1.0, help="of the full count")
    given = options.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        options.error(f"there is no part {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    share = FEW if given.short else given.share
    parts = {} if given.short else load(RECORDS / "server_faults.json").get("parts", {})
    work = {"malformed": malformed, "schema": schema, "slow": slow, "memory": memory, "stop": stop}
    for name in given.parts or PARTS:
        say(f"{name} ...")
        parts[name] = asyncio.run(work[name](share, given.seed))
        if not given.short:
            store("server_faults", COMMAND, list(rows(parts)), parts=parts)
    for row in rows(parts):
        print(asdict(row))
    for name, one in parts.items():
        for words in (*one.get("faults", [])[:20], one.get("traceback", "")):
            if words:
                print(f"{name}: {words}")


if __name__ == "__main__":
    main()
