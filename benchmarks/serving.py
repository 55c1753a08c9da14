"""`numnist serve` under load, beside a training, with slow clients, and over many requests.

    python benchmarks/serving.py                # a quarter of an hour on two cores; its part `page` needs Chromium
    python benchmarks/serving.py load slow      # some parts
    python benchmarks/serving.py --short        # tries everything out and writes nothing
    python benchmarks/serving.py --table        # only rewrites the table

The server and its clients share the machine.  Each request is a PNG for the pretrained model `digits`.  The part `load`
sends 28×28 pixels, as in data sets; all others send drawings as the page does, of 280×280 pixels with alpha, whose
decoding and preparation take longer than the network.  Writes benchmarks/serving.json and the table of docs/api.md.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from records import HERE, ROOT, load, made_by, parser, save, server, write_between
from serving_clients import Client, Requests, newcomer, request, send_all, serial, slow

from numnist.bench.tables import Table
from numnist.data.strokes.drawing import draw
from numnist.ink.pixels import resize
from numnist.serve.http.limits import LIMITS
from numnist.support.environment import stamp

RECORD = HERE / "serving.json"
PARTS = ("alone", "training", "page", "load", "drawings", "slow", "memory")
CLIENTS, SLOW, WARM = 32, 200, 2000
BEFORE = 300  # requests before a measurement, until all worker processes have been started
PAUSE = 0.03  # seconds between two requests of a client that draws
TRAINED = ("quick", "mlp-quick")  # a network with convolutions, and one whose steps last a millisecond
Record = dict[str, Any]


def pictures(n: int = 20) -> list[bytes]:
    """PNG files of drawn digits of 28×28 pixels, light on black, as in data sets."""
    return [png(Image.fromarray(picture)) for picture in draw(n, seed=8)[0]]


def drawings(n: int = 20) -> list[bytes]:
    """PNG files of drawn digits, dark on white, as the page sends them."""
    large = (np.rint(255 - 255 * resize(picture[None] / 255, 280, 280)[0]) for picture in draw(n, seed=8)[0])
    return [png(Image.fromarray(each.astype(np.uint8)).convert("RGBA")) for each in large]


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


async def alone(port: int, requests: list[bytes], expected: list[bytes], requests_sent: int) -> Record:
    """One client: the latency of a prediction."""
    return summary(await send_all(port, requests, expected, 1, lambda sent: sent < requests_sent))


async def beside_training(port: int, requests: list[bytes], expected: list[bytes], requests_sent: int) -> Record:
    """One client that draws, without a training and during one of each recipe: the latency of a prediction."""
    records = {"": await drawing(port, requests, expected, requests_sent)}
    async with Client(port) as client:
        for recipe in TRAINED:
            wanted = json.dumps({"recipe": recipe, "epochs": 20}).encode()
            status, _, body = await client.send(request(port, wanted, "/api/learning"))
            assert status == 201, body
            one = f"/api/learning/{json.loads(body)['id']}"
            await asyncio.sleep(3)  # its data is loaded by now
            records[recipe] = await drawing(port, requests, expected, requests_sent)
            assert await running(client, port), "it ended before the measurement"
            await client.send(request(port, b"{}", f"{one}/stop"))
            while await running(client, port):
                await asyncio.sleep(0.1)
    return {"trained": records}


async def drawing(port: int, requests: list[bytes], expected: list[bytes], requests_sent: int) -> Record:
    """The latency of a client that pauses between its requests."""
    done = Requests()
    for number in range(requests_sent):
        one = await send_all(port, requests[number % 20 :], expected[number % 20 :], 1, lambda sent: sent < 1)
        done.seconds += one.seconds
        done.errors += one.errors + one.different
        await asyncio.sleep(PAUSE)
    return summary(done)


async def running(client: Client, port: int) -> bool:
    """Whether the server trains."""
    return json.loads((await client.send(request(port, b"", "/api/learning")))[2])["running"] is not None


def on_the_page(hands: int) -> Record:
    """Chromium on the page: the latency from the end of a stroke to its prediction, as the page shows it."""
    sys.path.append(str(ROOT))  # for the drawings of the tests
    from page_pictures import draw as draw_as
    from playwright.sync_api import sync_playwright

    from tests.serve.page.browser import ARGUMENTS, CHROMIUM
    from tests.serve.page.hands import hands as all_hands

    seconds = []
    with server() as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = browser.new_page()
        page.goto(url)
        page.wait_for_selector("#steps li")
        for one in all_hands()[:: -(-len(all_hands()) // hands)]:
            draw_as(page, one.digit, one.name)
            shown = page.locator("#times").inner_text()
            found = re.search(r"round trip\s+([0-9.]+) ms", shown)
            assert found, shown
            seconds.append(float(found[1]) / 1e3)
            page.locator("[data-tool=clear]").click()
            page.wait_for_selector("#headline[aria-busy=false]")
        browser.close()
    return summary(Requests(seconds))


async def under_load(port: int, requests: list[bytes], expected: list[bytes], seconds: float) -> Record:
    """Many clients, each with its next request as soon as it has its response."""
    end = time.perf_counter() + seconds
    done = await send_all(port, requests, expected, CLIENTS, lambda sent: time.perf_counter() < end)
    return summary(done) | {"clients": CLIENTS, "seconds": seconds, "a_second": len(done.seconds) / seconds}


async def beside_slow(port: int, requests: list[bytes], expected: list[bytes]) -> Record:
    """Clients that send a header byte by byte, a normal client that connected before them, and one that comes later."""
    there, over = asyncio.Event(), asyncio.Event()

    def more(sent: int) -> bool:
        if sent:
            there.set()
        return not over.is_set()

    normal = asyncio.ensure_future(send_all(port, requests, expected, 1, more))
    await there.wait()  # it has its first response
    attack = asyncio.gather(*(slow(port, 0.5) for _ in range(SLOW)))
    await asyncio.sleep(1)  # all connections are taken
    waited = await newcomer(port, requests[0])
    ends = await attack
    over.set()
    return summary(await normal) | {
        "slow": SLOW,
        "longest": max(seconds for seconds, _ in ends),
        "statuses": {str(s): sum(status == s for _, status in ends) for s in sorted({status for _, status in ends})},
        "newcomer": waited,
    }


async def over_many(port: int, requests: list[bytes], expected: list[bytes], requests_sent: int) -> Record:
    """The memory of the server and its worker processes in bytes, warmed up and after that many more requests."""
    await send_all(port, requests, expected, CLIENTS, lambda sent: sent < WARM)
    before = resident()
    done = await send_all(port, requests, expected, CLIENTS, lambda sent: sent < requests_sent)
    return summary(done) | {"before": before, "after": resident()}


def resident(process: int | None = None) -> int:
    """The resident memory in bytes of all that this process has started: the server and its worker processes."""
    process, total = os.getpid() if process is None else process, 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            if int((folder / "stat").read_text("utf-8").rpartition(")")[2].split()[1]) == process:
                pages = int((folder / "statm").read_text("utf-8").split()[1])
                total += pages * os.sysconf("SC_PAGE_SIZE") + resident(int(folder.name))
    return total


def summary(done: Requests) -> Record:
    """Milliseconds: median, 99th percentile, maximum; and the number of errors."""
    ms = 1e3 * np.array(done.seconds)
    return {
        "answered": len(ms),
        "errors": done.errors,
        "different": done.different,
        "median": float(np.median(ms)),
        "p99": float(np.percentile(ms, 99)),
        "most": float(ms.max()),
    }


async def measure(part: str, short: bool) -> Record:
    """One part's record, on a server of its own."""
    with server() as url:
        port = int(url.rpartition(":")[2].rstrip("/"))
        requests = [request(port, each) for each in (pictures() if part == "load" else drawings())]
        expected = await serial(port, requests)
        await send_all(port, requests, expected, CLIENTS, lambda sent: sent < BEFORE)
        match part:
            case "alone":
                return await alone(port, requests, expected, 50 if short else 1000)
            case "training":
                return await beside_training(port, requests, expected, 30 if short else 300)
            case "load" | "drawings":
                return await under_load(port, requests, expected, 2 if short else 30)
            case "slow":
                return await beside_slow(port, requests, expected)
            case _:
                return await over_many(port, requests, expected, 500 if short else 50_000)


def rows(records: dict[str, Record]) -> Iterator[tuple[str, str, str]]:
    """Quantity, requirement, measurement."""
    if one := records.get("alone"):
        yield "one client: median (p99) latency", "≤ 50 ms", f"{one['median']:.1f} ({one['p99']:.1f}) ms"
    if training := records.get("training"):
        for recipe, each in training["trained"].items():
            what = f"while `{recipe}` trains" if recipe else "without a training"
            times = f"{each['median']:.1f} ({each['p99']:.1f}) ms"
            yield f"one client that draws, {what}: median (p99) latency", "≤ 50 ms more" if recipe else "", times
    if page := records.get("page"):
        strokes = f"{page['median']:.0f}, {page['p99']:.0f}, {page['most']:.0f} ms"
        yield f"{page['answered']} drawings in Chromium: median, p99, longest latency", "≤ 50 ms", strokes
    for part, what, bar in (("load", "pictures of 28×28", 450), ("drawings", "the page's drawings of 280×280", 350)):
        if (many := records.get(part)) is None:
            continue
        load_of = f"{many['clients']} clients for {many['seconds']} s with {what}"
        yield f"{load_of}: responses per second", f"≥ {bar}", f"{many['a_second']:.0f}"
        times = f"{many['median']:.0f}, {many['p99']:.0f}, {many['most']:.0f} ms"
        yield "median, p99, longest latency", "p99 ≤ 200 ms", times
        yield "errors; responses that differ from the serial ones", "none", f"{many['errors']}; {many['different']}"
    if few := records.get("slow"):
        cut, last = f"≤ {LIMITS.header + LIMITS.linger:g} s", f"{few['longest']:.1f} s"
        yield f"{few['slow']} clients that send single bytes: the last is disconnected after", cut, last
        statuses = ", ".join(f"{count} {status}" for status, count in few["statuses"].items())
        yield "their responses, as count and status", "", statuses
        served = f"{few['answered']} responses, {few['errors']} errors, p99 {few['p99']:.0f} ms"
        yield "meanwhile a client that connected before them", "no error", served
        yield "meanwhile the first response to a new client after", "", f"{few['newcomer']:.1f} s"
    if memory := records.get("memory"):
        grown = (memory["after"] - memory["before"]) / 2**20
        more = f"{grown:.1f} MiB (from {memory['before'] / 2**20:.0f})"
        yield f"growth of memory, worker processes included, over {memory['answered']:,} requests", "≤ 50 MiB", more


def table(records: dict[str, Record]) -> str:
    """The table of docs/api.md."""
    made = {part: made_by(record, "serving.py") for part, record in records.items()}
    below = "; ".join(f"{part}: {text}" for part, text in made.items())
    if len(set(made.values())) == 1:
        below = next(iter(made.values()))
    return f"{Table(('quantity', 'requirement', 'measured'), list(rows(records)), range(3)).markdown()}\n\n{below}"


def main() -> None:
    options = parser(__doc__)
    options.add_argument("parts", nargs="*", metavar="part", help=f"some of: {', '.join(PARTS)}; all by default")
    options.add_argument("--short", action="store_true", help="try a little of everything, and write nothing")
    given = options.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        options.error(f"there is no part {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    records = {} if given.short else load(RECORD)
    for part in () if given.table else given.parts or PARTS:
        if part == "page":
            records[part] = stamp() | on_the_page(5 if given.short else 80)
        else:
            records[part] = stamp() | asyncio.run(measure(part, given.short))
        if not given.short:
            save(RECORD, records)
    records = {part: records[part] for part in PARTS if part in records}
    if not given.short:
        write_between(ROOT / "docs" / "api.md", "serving", table(records))
    print(table(records))


if __name__ == "__main__":
    main()
