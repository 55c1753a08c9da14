"""Open files from strangers: damaged, hostile and made by hand, of every kind that numnist reads: docs/reliability.md.

    python benchmarks/strangers.py     # 100,000 mutants: some forty minutes on two cores

Each kind's small good file (tests/strangers/kinds.py) is changed at random: bits flipped, blocks inserted, doubled,
zeroed and exchanged, the file cut or spliced with another, lengths made huge; where the structure is known, values are
exchanged for odd ones and hashes made right again.  Each copy is opened as people open it, in a process with limits:
it must be read, as what it was where the file has a hash, or be refused by one type of error that names it, within a
second of processor time and 64 MiB above its size.  Then each small file is cut at every byte, and the files that were
made by hand are opened (tests/strangers/by_hand.py).
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # forks of a process without threads

from faults import Row, store  # noqa: E402
from records import parser  # noqa: E402

from tests.strangers.by_hand import all_made  # noqa: E402
from tests.strangers.kind import Kind  # noqa: E402
from tests.strangers.kinds import KINDS  # noqa: E402
from tests.strangers.mutants import mutant  # noqa: E402
from tests.strangers.trial import Place, load_readers, opened_once  # noqa: E402

BATCH = 50  # files for one fork
MUTANTS = (
    "a changed file is read as what it was, where it has a hash, or refused by name, in 1 s and 64 MiB above its size"
)
CUTS = "so is a file that is cut off, at every byte of it"
MADE = "what somebody makes on purpose costs as little: bombs, pipes, devices, links, circles, depths"


def mutants(kind: Kind, count: int, seed: int, keep: Path | None) -> dict[str, Any]:
    """How many changed copies of a kind's file end in which way."""
    draws = random.Random(f"{kind.name} {seed}")
    with Place(kind) as place:
        other = place.base

        def batches() -> Any:
            for start in range(0, count, BATCH):
                yield [kind.change(place.base, draws, other) for _ in range(min(BATCH, count - start))]

        return tried(place, batches(), keep)


def truncations(kind: Kind, keep: Path | None, step: int = 1) -> dict[str, Any]:
    """How many of the small file's beginnings end in which way."""
    with Place(kind) as place:
        size = len(place.base)
        cuts = range(0, size, step)
        batches = ([place.base[:end] for end in cuts[i : i + BATCH]] for i in range(0, len(cuts), BATCH))
        return tried(place, batches, keep)


def tried(place: Place, batches: Any, keep: Path | None) -> dict[str, Any]:
    outcomes, faults = Counter[str](), {}
    slowest, largest = 0.0, 0
    for batch in batches:
        for file, end in zip(batch, place.ends(batch)):
            outcomes[end.outcome if not end.fault else "lost"] += 1
            slowest, largest = max(slowest, end.seconds), max(largest, end.memory)
            if end.fault:
                known = f"{end.outcome}: {end.said}"[:400]
                if keep is not None and known not in faults:
                    keep.mkdir(parents=True, exist_ok=True)
                    name = f"{place.kind.name} {len(faults)} {place.kind.file}".replace("/", "-").replace(" ", "_")
                    (keep / name).write_bytes(place.kind.pack(file))
                faults[known] = faults.get(known, 0) + 1
    return {"outcomes": dict(outcomes), "faults": faults, "slowest": slowest, "largest": largest}


def by_hand() -> dict[str, Any]:
    """How each thing that was made by hand ends."""
    load_readers()
    outcomes, faults = Counter[str](), {}
    for each in all_made():
        end = opened_once(each)
        good = end.outcome == ("other" if each.read else "refused")
        outcomes[end.outcome if good else "lost"] += 1
        if not good:
            faults[f"{each.name}: {end.outcome}: {end.said}"[:400]] = 1
    return {"outcomes": dict(outcomes), "faults": faults}


def run(job: tuple[str, str, int, int, str | None]) -> tuple[str, str, dict[str, Any]]:
    what, name, count, seed, keep = job
    if what == "made":
        return what, name, by_hand()
    kind = next(kind for kind in KINDS if kind.name == name)
    place = None if keep is None else Path(keep)
    return what, name, mutants(kind, count, seed, place) if what == "mutants" else truncations(kind, place, count)


def row(promise: str, what: str, found: dict[str, dict[str, Any]]) -> Row:
    counts = Counter[str]()
    for each in found.values():
        counts.update(each["outcomes"])
    lost = counts.pop("lost", 0)
    tried = f"{counts.total() + lost:,} {what}"
    return Row(promise, tried, counts.total(), lost)


def main() -> None:
    options = parser(__doc__, table=False)
    options.add_argument("--mutants", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--kind", help="only kinds whose name has this in it; then no record is written")
    options.add_argument("--keep", help="a folder for the files that found a fault")
    options.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = options.parse_args()
    kinds = [kind for kind in KINDS if kind.there and (not given.kind or given.kind in kind.name)]
    missing = [kind.name for kind in KINDS if not kind.there]
    if missing:
        print(f"not tried, since a package is missing: {', '.join(missing)}", file=sys.stderr)
    jobs = [("mutants", kind.name, -(-given.mutants // len(kinds)), given.seed, given.keep) for kind in kinds]
    jobs += [("cuts", kind.name, 1, 0, given.keep) for kind in kinds if kind.change is mutant]
    jobs += [] if given.kind else [("made", "by hand", 0, 0, None)]
    records: dict[str, dict[str, Any]] = {"mutants": {}, "cuts": {}, "made": {}}
    started = time.perf_counter()
    with ProcessPoolExecutor(given.processes, get_context("spawn")) as pool:
        for done in as_completed(pool.submit(run, job) for job in jobs):
            what, name, found = done.result()
            records[what][name] = found
            faults = "".join(f"\n    {n} × {fault}" for fault, n in found["faults"].items())
            at_most = (
                f", at most {found['slowest']:.2f} s and {found['largest'] >> 20} MiB" if "slowest" in found else ""
            )
            seconds = f"{time.perf_counter() - started:6.0f} s"
            print(f"{seconds}  {what} of {name}: {found['outcomes']}{at_most}{faults}", file=sys.stderr, flush=True)
    if not given.kind:
        rows = [
            row(MUTANTS, f"mutants of {len(kinds)} kinds of files", records["mutants"]),
            row(CUTS, "cut files", records["cuts"]),
            row(MADE, "things made by hand", records["made"]),
        ]
        store("strangers", "python benchmarks/strangers.py", rows, seed=given.seed, not_tried=missing, found=records)


if __name__ == "__main__":
    main()
