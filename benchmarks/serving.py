"""Serving: `numnist serve` under load, beside slow clients, and over many requests.

    python benchmarks/serving.py                # a quarter of an hour on two cores; its part `page` needs Chromium
    python benchmarks/serving.py load slow      # some parts
    python benchmarks/serving.py --short        # tries everything out and writes nothing
    python benchmarks/serving.py --table        # only writes the table again

The server and its clients share the machine.  Each request is a PNG, answered by the ready model `digits`: under load
of 28×28 pixels, as data sets have them, then a drawing as the page sends it, of 280×280 pixels with alpha, of which
unpacking and preparing take longer than the network; everywhere else such a drawing.  Writes benchmarks/serving.json
and the table of docs/api.md.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from PIL import Image
from records import HERE, ROOT, load, save, write_between
from serving_clients import Asked, Client, ask_on, newcomer, request, serial, slow

from numnist.data.strokes.drawing import draw
from numnist.ink.resize import resize
from numnist.serve.http.limits import LIMITS
from numnist.support.environment import stamp, stamped

RECORD = HERE / "serving.json"
PARTS = ("alone", "page", "load", "drawings", "slow", "memory")
CLIENTS, SLOW, WARM = 32, 200, 2000
Record = dict[str, Any]


@contextmanager
def server() -> Iterator[int]:
    """The port of a server in a process of its own, as `numnist serve` starts it."""
    command = [sys.executable, "-m", "numnist", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline().rpartition(":")[2])
        finally:
            process.terminate()


def pictures(n: int = 20) -> list[bytes]:
    """PNG files of drawn digits of 28×28 pixels, light on black, as data sets have them."""
    return [png(Image.fromarray(picture)) for picture in draw(n, seed=8)[0]]


def drawings(n: int = 20) -> list[bytes]:
    """PNG files of drawn digits, dark on white, as the page sends them."""
    large = (np.rint(255 - 255 * resize(picture[None] / 255, 280, 280)[0]) for picture in draw(n, seed=8)[0])
    return [png(Image.fromarray(each.astype(np.uint8)).convert("RGBA")) for each in large]


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


async def alone(port: int, requests: list[bytes], expected: list[bytes], asks: int) -> Record:
    """One client: how long a stroke waits for its answer."""
    return summed(await ask_on(port, requests, expected, 1, lambda sent: sent < asks))


def on_the_page(hands: int) -> Record:
    """Chromium on the page: from a stroke's end until its answer is there, as the page itself shows it."""
    sys.path.append(str(ROOT))  # for the tests' hands
    from page_pictures import draw as draw_as, server as page_server
    from playwright.sync_api import sync_playwright

    from tests.serve.page.browser import ARGUMENTS, CHROMIUM
    from tests.serve.page.hands import hands as all_hands

    seconds = []
    with page_server() as url, sync_playwright() as play:
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
    return summed(Asked(seconds))


async def under_load(port: int, requests: list[bytes], expected: list[bytes], seconds: float) -> Record:
    """Many clients, each asking again as soon as it is answered."""
    end = time.perf_counter() + seconds
    asked = await ask_on(port, requests, expected, CLIENTS, lambda sent: time.perf_counter() < end)
    return summed(asked) | {"clients": CLIENTS, "seconds": seconds, "a_second": len(asked.seconds) / seconds}


async def beside_slow(port: int, requests: list[bytes], expected: list[bytes]) -> Record:
    """Clients that send a header byte by byte; one that was there before them, and one that comes now."""
    there, over = asyncio.Event(), asyncio.Event()

    def go_on(sent: int) -> bool:
        if sent:
            there.set()
        return not over.is_set()

    normal = asyncio.ensure_future(ask_on(port, requests, expected, 1, go_on))
    await there.wait()  # answered once
    attack = asyncio.gather(*(slow(port, 0.5) for _ in range(SLOW)))
    await asyncio.sleep(1)  # all places are taken
    came = await newcomer(port, requests[0])
    ends = await attack
    over.set()
    return summed(await normal) | {
        "slow": SLOW,
        "longest": max(seconds for seconds, _ in ends),
        "statuses": {str(s): sum(status == s for _, status in ends) for s in sorted({status for _, status in ends})},
        "newcomer": came,
    }


async def over_many(port: int, requests: list[bytes], expected: list[bytes], asks: int) -> Record:
    """The server's memory, in bytes, after it has warmed up and after so many requests more."""
    await ask_on(port, requests, expected, CLIENTS, lambda sent: sent < WARM)
    before = await resident(port)
    asked = await ask_on(port, requests, expected, CLIENTS, lambda sent: sent < asks)
    return summed(asked) | {"before": before, "after": await resident(port)}


async def resident(port: int) -> float:
    """The server's resident memory in bytes, as it tells Prometheus."""
    async with Client(port) as client:
        text = (await client.ask(request(port, b"", "/metrics")))[2].decode()
    found = re.search(r"^process_resident_memory_bytes (\S+)", text, re.MULTILINE)
    assert found, "the server tells its memory on Linux only"
    return float(found[1])


def summed(asked: Asked) -> Record:
    """Milliseconds: the median, that of the slowest in a hundred, the longest; and what went wrong."""
    ms = 1e3 * np.array(asked.seconds)
    return {
        "answered": len(ms),
        "errors": asked.errors,
        "different": asked.different,
        "median": float(np.median(ms)),
        "p99": float(np.percentile(ms, 99)),
        "most": float(ms.max()),
    }


async def measure(part: str, short: bool) -> Record:
    """One part's record, on a server of its own."""
    with server() as port:
        requests = [request(port, each) for each in (pictures() if part == "load" else drawings())]
        expected = await serial(port, requests)
        match part:
            case "alone":
                return await alone(port, requests, expected, 50 if short else 1000)
            case "load" | "drawings":
                return await under_load(port, requests, expected, 2 if short else 30)
            case "slow":
                return await beside_slow(port, requests, expected)
            case _:
                return await over_many(port, requests, expected, 500 if short else 50_000)


def rows(records: dict[str, Record]) -> Iterator[tuple[str, str, str]]:
    """What, the bar, what was measured."""
    if one := records.get("alone"):
        yield "one client: median (p99) of an answer", "≤ 50 ms", f"{one['median']:.1f} ({one['p99']:.1f}) ms"
    if page := records.get("page"):
        strokes = f"{page['median']:.0f}, {page['p99']:.0f}, {page['most']:.0f} ms"
        yield f"{page['answered']} drawings in Chromium: median, p99, longest round trip", "≤ 50 ms", strokes
    for part, what in (("load", "pictures of 28×28"), ("drawings", "the page's drawings of 280×280")):
        if (many := records.get(part)) is None:
            continue
        load_of = f"{many['clients']} clients for {many['seconds']} s with {what}"
        yield f"{load_of}: answers a second", "≥ 300", f"{many['a_second']:.0f}"
        times = f"{many['median']:.0f}, {many['p99']:.0f}, {many['most']:.0f} ms"
        yield "median, p99, longest of an answer", "p99 ≤ 250 ms", times
        yield "errors; answers other than the serial ones", "none", f"{many['errors']}; {many['different']}"
    if few := records.get("slow"):
        cut, last = f"≤ {LIMITS.header + LIMITS.linger:g} s", f"{few['longest']:.1f} s"
        yield f"{few['slow']} clients that send a byte now and then: the last is cut off after", cut, last
        answered = ", ".join(f"{count} {status}" for status, count in few["statuses"].items())
        yield "what they are answered", "", answered
        served = f"{few['answered']} answers, {few['errors']} errors, p99 {few['p99']:.0f} ms"
        yield "meanwhile a client that was there before", "no error", served
        yield "meanwhile a client that comes later is answered after", "", f"{few['newcomer']:.1f} s"
    if memory := records.get("memory"):
        grown = (memory["after"] - memory["before"]) / 2**20
        more = f"{grown:.1f} MiB (from {memory['before'] / 2**20:.0f})"
        yield f"memory grows over {memory['answered']:,} requests by", "≤ 50 MiB", more


def table(records: dict[str, Record]) -> str:
    """The table of docs/api.md."""
    lines = ["| what | bar | measured |", "| --- | --- | --- |", *(f"| {' | '.join(row)} |" for row in rows(records))]
    parts = "; ".join(f"{part}: {stamped(records[part])}" for part in records)
    same = len({stamped(record) for record in records.values()}) == 1
    made = stamped(next(iter(records.values()))) if same else parts
    return "\n".join([*lines, "", f"{made} Made by `python benchmarks/serving.py`."])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"some of: {', '.join(PARTS)}; all by default")
    parser.add_argument("--short", action="store_true", help="try it out: little of everything, nothing is written")
    parser.add_argument("--table", action="store_true", help="only write the table again")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    records = {} if options.short else load(RECORD)
    for part in () if options.table else options.parts or PARTS:
        if part == "page":
            records[part] = stamp() | on_the_page(5 if options.short else 80)
        else:
            records[part] = stamp() | asyncio.run(measure(part, options.short))
        if not options.short:
            save(RECORD, records)
    records = {part: records[part] for part in PARTS if part in records}
    if not options.short:
        write_between(ROOT / "docs" / "api.md", "serving", table(records))
    print(table(records))


if __name__ == "__main__":
    main()
