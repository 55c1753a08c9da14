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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from records import ROOT, parser

sys.path.insert(0, str(ROOT))  # what makes the pictures is shared with the tests

from faults import Row, store

from numnist import load_model, read
from numnist.data.formats.image import pixels_of, read_picture
from numnist.support.errors import DataError
from tests.data.formats import bombs, kinds, pngsuite, rarer
from tests.data.formats.mutants import mutant

SECONDS, MEBIBYTES = 1.0, 200  # of processor time and of memory that one picture may take
ROOM = 4 << 30  # bytes that a child may ask for, so that a fault does not take the machine down
TOGETHER = 500  # mutants for one child
PATIENCE = 900.0  # seconds for a child
WORKERS = 2


def named(content: Any, name: str) -> Any:
    return read_picture(content, name) if isinstance(content, bytes) else pixels_of(content, name)


def refused(error: DataError, name: str) -> bool:
    """Whether an error names the file, and says what to do."""
    text = str(error)
    return name in text and any(way in text for way in ("ave it again", "make it smaller"))


def png_faults() -> Iterator[tuple[str, str]]:
    """For each PNG its name, and what is wrong with how it is read, "" if nothing."""
    for case in (*pngsuite.cases(), *pngsuite.further()):
        try:
            found = named(case.content, case.name)
        except DataError as error:
            wrong = "" if case.shown is None and refused(error, case.name) else str(error)
        else:
            wrong = "let in" if case.shown is None else "" if case.fits(found) else "wrong"
        yield case.name, wrong


def kind_faults(number: int) -> Iterator[tuple[str, str]]:
    """The same for the digit of this number in each kind of file; it must also be read as the digit that it is."""
    model = load_model("digits")
    grey, label = kinds.digit(number)
    ways: tuple[Callable[..., Iterator[kinds.Kind]], ...] = (kinds.written, kinds.in_memory, kinds.turned, rarer.rarer)
    for kind in (each for way in ways for each in way(number)):
        try:
            found = named(kind.content, kind.name)
        except DataError as error:
            wrong = "" if kind.tolerance is None and refused(error, kind.name) else str(error)
        else:
            off = kinds.off(found, grey)
            wrong = "let in" if kind.tolerance is None else f"off by {off:g}" if off > kind.tolerance else ""
            if not wrong and read(model, [kind.content])[0].label != str(label):
                wrong = "read as another digit"
        yield kind.name, wrong


def originals() -> list[bytes]:
    """The files that are damaged: all of those that are read, and some of formats that are not."""
    found = [case.content for case in (*pngsuite.cases(), *pngsuite.further())]
    every = (*kinds.written(), *kinds.turned(), *rarer.rarer())
    # all the rest twice, as there are many PNG
    return found + 2 * [
        kind.content for kind in every if isinstance(kind.content, bytes) and len(kind.content) < 200_000
    ]


def measured(content: bytes, name: str) -> dict[str, Any]:
    """How one picture is read: what came, and the seconds and mebibytes that it took."""
    Path("/proc/self/clear_refs").write_text("5")  # the highest memory so far is forgotten
    start = time.process_time()
    try:
        answer = f"a picture {read_picture(content, name).shape}"
    except DataError as error:
        answer = "refused" if refused(error, name) else f"WRONG: {error}"
    except BaseException as error:  # whatever else comes is the fault that is looked for
        answer = f"WRONG: {error!r}"
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
        pictures: Iterator[tuple[str, bytes]] = bombs.bombs()
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
            for each in part:
                if wrong(each) or costly(each):
                    print(each, file=sys.stderr, flush=True)
    return found


def wrong(each: dict[str, Any]) -> bool:
    return str(each["answer"]).startswith("WRONG")


def costly(each: dict[str, Any]) -> bool:
    return bool(each["seconds"] > SECONDS or each["mebibytes"] > MEBIBYTES)


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "refused": sum(each["answer"] == "refused" for each in found),
        "read": sum(str(each["answer"]).startswith("a picture") for each in found),
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
    each = [(f"{name}, drawing {n}", why) for n in range(given.digits) for name, why in kind_faults(n)]
    for name, why in (*pngs.items(), *each):
        if why:
            print(f"{name}: {why}", file=sys.stderr, flush=True)
    bombed = answers(given.seed, -1, 0)
    print(f"bombs: {summary(bombed)}", file=sys.stderr)
    for found in filter(lambda found: wrong(found) or costly(found), bombed):
        print(found, file=sys.stderr, flush=True)
    damaged = fuzz(given.seed, given.mutants)
    tried = f"{len(damaged):,} mutants, {len(bombed)} small files that ask for much"
    rows = [
        row(
            "a PNG file is read right to the pixel if it is whole, and refused if it is not",
            f"the 175 files of PngSuite made anew, and {len(pngs) - 175} more",
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
