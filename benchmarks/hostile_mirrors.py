"""Mirrors, proxies and certificates that do all that is wrong, against the download of a data set: docs/reliability.md.

    python benchmarks/hostile_mirrors.py     # some five minutes, most of them waiting

Each way of tests/data/published/mirrors.py, and those of proxies and TLS, three times: only the first of three mirrors
does it, the first two, and all. Each trial is a process of its own with an empty cache and the patience that users
have. What gets its name in the cache must be the published file to the last bit; another mirror must be asked; and
where none has it, the error must come within 15 seconds, on a machine with nothing else to do.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from records import ROOT, parser

sys.path.insert(0, str(ROOT))  # the mirrors are shared with the tests

from faults import Row, store

from numnist import load
from numnist.data.published.catalog import CATALOG
from numnist.data.published.transfer import PATIENCE
from numnist.support.errors import DataError
from tests.data.published.mirrors import ALL_FAULTS, CONTENT, Server, login_page, status, tiny

CERTIFICATES = ROOT / "tests" / "data" / "published" / "certificates"
TLS = ("good", "expired", "name")  # a certificate that nobody trusts, one of old, and another host's
PROXIES = ("dead", "nonsense", "web page", "password")  # what a proxy is or answers
MIRRORS = 3
MORE = 4.0  # seconds besides the patience within which an error must come: 15 in all
TIMEOUT = 300.0  # seconds for a child
TOGETHER = 3  # trials at once: they wait more than they work


def ways() -> list[str]:
    return [
        *(f"mirror: {name}" for name in ALL_FAULTS),
        *(f"certificate: {name}" for name in TLS),
        *(f"proxy: {name}" for name in PROXIES),
        "nobody listens",
        "no such host",
    ]


def hostile(way: str) -> tuple[str, Server | None]:
    """In the child: a mirror's address at which one of the ways waits, and the server there."""
    kind, _, name = way.partition(": ")
    if kind == "mirror":
        server = Server()
        server.behaviours = [ALL_FAULTS[name][0]] * MIRRORS
        return f"http://127.0.0.1:{server.port}/", server
    if kind == "certificate":
        if name != "good":
            os.environ["REQUESTS_CA_BUNDLE"] = str(CERTIFICATES / "authority.pem")
        server = Server(CERTIFICATES / f"{name}.pem")
        return f"https://127.0.0.1:{server.port}/", server
    if kind == "proxy":
        proxy = Server()
        proxy.behaviours = [login_page if name == "web page" else status(407)] * MIRRORS
        known = {"dead": f"http://127.0.0.1:{free_port()}", "nonsense": "nonsense"}
        os.environ["http_proxy"] = known.get(name, f"http://127.0.0.1:{proxy.port}")
        return "http://mirror.invalid/", proxy
    return (f"http://127.0.0.1:{free_port()}/" if way == "nobody listens" else "http://mirror.invalid/"), None


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def child(way: str, count: int, patience: float) -> dict[str, Any]:
    """One trial: `count` of the mirrors are hostile in this way, the others good."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "REQUESTS_CA_BUNDLE", "NUMNIST_OFFLINE", "NUMNIST_DATA"):
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)
    os.environ["no_proxy"] = "127.0.0.1"
    good = Server()
    address, server = hostile(way)
    mirrors = [f"{address if i < count else f'http://127.0.0.1:{good.port}/'}{i}/" for i in range(MIRRORS)]
    CATALOG["tiny"] = tiny(tuple(mirrors))
    start = time.monotonic()
    try:
        found = len(load("tiny", validation=10, patience=patience).test)
        answer = "loaded" if found == 12 else f"WRONG: {found} pictures"
    except DataError as error:
        told = all(mirror in str(error) for mirror in mirrors) and "data import" in str(error)
        answer = "refused" if told else f"WRONG: {error}"
    except BaseException as error:
        answer = f"WRONG: {error!r}"
    seconds = time.monotonic() - start
    kept = {path.name: path.read_bytes() for path in Path(os.environ["NUMNIST_CACHE"]).rglob("*") if path.is_file()}
    for each in (good, server):
        if each:
            each.close()
    return {
        "way": way,
        "count": count,
        "answer": answer,
        "seconds": seconds,
        "verified": all(CONTENT.get(name) == content for name, content in kept.items()),
    }


def trial(way: str, count: int, patience: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"NUMNIST_CACHE": f"{folder}/cache"}
        command = [sys.executable, str(Path(__file__).resolve()), "--child", way, str(count), str(patience)]
        try:
            done = subprocess.run(
                command, env=environment, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=False
            )
            found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        except (subprocess.TimeoutExpired, ValueError, IndexError) as error:
            found = {
                "way": way, "count": count, "answer": f"WRONG: {error!r}", "seconds": TIMEOUT, "verified": False,
            }  # fmt: skip
        print(json.dumps(found), file=sys.stderr, flush=True)
        return found


def lost(found: dict[str, Any]) -> bool:
    """Whether the answer is another than it must be."""
    return bool(found["answer"] != ("refused" if found["count"] == MIRRORS else "loaded"))


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(child(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))), flush=True)
        return
    options = parser(__doc__, table=False)
    options.add_argument("--patience", type=float, default=PATIENCE, help="more, on a machine that is busy")
    patience = options.parse_args().patience
    trials = [(way, count) for way in ways() for count in range(1, MIRRORS + 1)]
    with ThreadPoolExecutor(TOGETHER) as pool:
        found = list(pool.map(lambda each: trial(*each, patience), trials))
    some = [each for each in found if each["count"] < MIRRORS]
    none = [each for each in found if each["count"] == MIRRORS]
    tried = f"{len(ways())} ways to be hostile"

    def row(promise: str, of: list[dict[str, Any]], wrong: list[bool]) -> Row:
        return Row(promise, f"{tried}: {len(of)} downloads", len(of) - sum(wrong), sum(wrong))

    unverified = [not each["verified"] for each in found]
    late = [lost(each) or each["seconds"] > patience + MORE for each in none]
    rows = [
        row("a downloaded file is the published one to the last bit, or has no name", found, unverified),
        row("where one mirror or two do wrong, the next has the file", some, [lost(each) for each in some]),
        row(f"where all do, an error says within {patience + MORE:g} s why each failed and what to do", none, late),
    ]
    longest = {"all": max(each["seconds"] for each in none), "some": max(each["seconds"] for each in some)}
    store("hostile_mirrors", "python benchmarks/hostile_mirrors.py", rows, seconds=longest)


if __name__ == "__main__":
    main()
