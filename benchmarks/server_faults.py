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
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from faults import RECORDS, Row, store
from records import load, parser
from server_clients import QUICK, memory, slow
from server_end import stop
from server_process import say
from server_requests import malformed, schema

COMMAND = "python benchmarks/server_faults.py"
PARTS = {"malformed": malformed, "schema": schema, "slow": slow, "memory": memory, "stop": stop}
ENDS = 5.0  # seconds in which a server that is asked to stops
MEMORY = 20  # MiB that it may grow
FEW = 0.1  # of everything, with --short


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
    for name in given.parts or PARTS:
        say(f"{name} ...")
        parts[name] = asyncio.run(PARTS[name](share, given.seed))
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
