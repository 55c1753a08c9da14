"""Pictures of every kind and damaged ones, against what numnist must make of them: docs/reliability.md.

    python benchmarks/odd_pictures.py     # 20,000 damaged pictures: some ten minutes on two cores; needs Linux

The 175 files of PngSuite made anew; a digit in every format and every mode that Pillow can write, in the rarer forms
of the formats that are read, and turned in all ways; small files that ask for much; and mutants of all of these. What
is whole must come right to the pixel, and the digit be read; for the rest there is one kind of error, which names the
file and says what to do. Each is read in a child process, which measures its processor time and its memory.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from records import ROOT, parser

sys.path.insert(0, str(ROOT))  # what makes the pictures is shared with the tests

from faults import Row, store

from numnist import load_model
from tests.data.formats import pngsuite
from tests.data.formats.bombs import bombs
from tests.data.formats.mutants import mutant
from tests.data.formats.odd import judged, kind_faults, legible, originals, png_faults

SECONDS, MEBIBYTES = 1.0, 200  # of processor time and of memory that one picture may take
ROOM = 4 << 30  # bytes that a child may ask for, so that a fault does not take the machine down
TOGETHER = 500  # mutants for one child
PATIENCE = 900.0  # seconds for a child
WORKERS = 2


def measured(content: bytes, name: str) -> dict[str, Any]:
    """How one picture is read: what came, and the seconds and mebibytes that it took."""
    Path("/proc/self/clear_refs").write_text("5")  # the highest memory so far is forgotten
    start = time.process_time()
    answer = judged(content, name)
    return {"name": name, "answer": answer, "seconds": time.process_time() - start, "mebibytes": highest()}


def highest() -> float:
    """The most memory that this process has had, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def child(seed: int, first: int, last: int) -> None:
    """In the child: read the mutants of these numbers, or the bombs; one line of JSON for each."""
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    warnings.simplefilter("ignore")
    if first < 0:
        pictures: Iterator[tuple[str, bytes]] = bombs()
    else:
        whole = originals()
        pictures = ((f"mutant {i}", mutant(whole, random.Random(f"{seed} {i}"))) for i in range(first, last))
    for name, content in pictures:
        print(json.dumps(measured(content, name)), flush=True)


def answers(seed: int, first: int, last: int) -> list[dict[str, Any]]:
    """What became of these mutants, or of the bombs with first -1: from a child, and from another if it dies."""
    found: list[dict[str, Any]] = []
    while True:
        start = first + len(found)
        command = [sys.executable, __file__, "--child", str(seed), str(start if first >= 0 else -1), str(last)]
        try:
            done = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False
            )
            said, code = done.stdout, done.returncode
        except subprocess.TimeoutExpired as error:
            said, code = error.stdout or b"", -1
        found += [json.loads(line) for line in said.decode().splitlines() if line.endswith("}")]
        if code == 0:
            return found
        broken = {"name": f"number {first + len(found)}", "answer": f"WRONG: the process ended ({code})"}
        found.append(broken | {"seconds": 0.0, "mebibytes": 0.0})
        if first < 0 or first + len(found) >= last:
            return found


def fuzz(seed: int, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        starts = range(0, count, TOGETHER)
        for part in pool.map(lambda first: answers(seed, first, min(first + TOGETHER, count)), starts):
            found += part
            print(f"{len(found)} mutants: {summary(found)}", file=sys.stderr, flush=True)
            tell_faults(part)
    return found


def tell_faults(found: list[dict[str, Any]]) -> None:
    for each in found:
        if wrong(each) or costly(each):
            print(each, file=sys.stderr, flush=True)


def wrong(each: dict[str, Any]) -> bool:
    return str(each["answer"]).startswith("WRONG")


def costly(each: dict[str, Any]) -> bool:
    return bool(each["seconds"] > SECONDS or each["mebibytes"] > MEBIBYTES)


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "refused": sum(each["answer"] == "refused" for each in found),
        "read": sum(each["answer"] == "read" for each in found),
        "wrong": sum(map(wrong, found)),
        "costly": sum(map(costly, found)),
        "most seconds": round(max(each["seconds"] for each in found), 2),
        "most MiB": round(max(each["mebibytes"] for each in found)),
    }


def row(promise: str, tried: str, faults: list[str]) -> Row:
    lost = sum(map(bool, faults))
    return Row(promise, tried, len(faults) - lost, lost)


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        child(*map(int, sys.argv[2:5]))
        return
    options = parser(__doc__, table=False)
    options.add_argument("--mutants", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--digits", type=int, default=10, help="in how many drawings each kind is tried")
    given = options.parse_args()
    warnings.simplefilter("ignore")
    pngs = dict(png_faults())
    model, each = load_model("digits"), list[tuple[str, str]]()
    for n in islice(legible(model), given.digits):
        each += [(f"{name}, drawing {n}", why) for name, why in kind_faults(n, model)]
        print(f"drawing {n}: {sum(bool(why) for _, why in each)} of {len(each)} wrong", file=sys.stderr, flush=True)
    for name, why in (*pngs.items(), *each):
        if why:
            print(f"{name}: {why}", file=sys.stderr, flush=True)
    bombed = answers(given.seed, -1, 0)
    print(f"bombs: {summary(bombed)}", file=sys.stderr)
    tell_faults(bombed)
    damaged = fuzz(given.seed, given.mutants)
    count = len(list(pngsuite.cases()))
    tried = f"{len(damaged):,} mutants, {len(bombed)} small files that ask for much"
    rows = [
        row(
            "a PNG file is read right to the pixel if it is whole, and refused if it is not",
            f"the {count} files of PngSuite made anew, and {len(pngs) - count} more",
            list(pngs.values()),
        ),
        row(
            "a digit in a picture of any format and mode is read as that digit, or the picture refused with advice",
            f"{len(each) // given.digits} kinds × {given.digits} drawings",
            [why for _, why in each],
        ),
        row(
            "a damaged picture gives an answer, or an error that names it and says what to do",
            tried,
            ["wrong" if wrong(found) else "" for found in (*damaged, *bombed)],
        ),
        row(
            f"it takes no more than {SECONDS:g} s of a core and {MEBIBYTES} MiB of memory",
            tried,
            ["costly" if costly(found) else "" for found in (*damaged, *bombed)],
        ),
    ]
    store("odd_pictures", "python benchmarks/odd_pictures.py", rows, mutants=summary(damaged), bombs=summary(bombed))


if __name__ == "__main__":
    main()
