"""Lanes and ranks: the time of a training step by both, with a core slowed down, at the start, and the memory.

    python benchmarks/ranks.py              # ten minutes on two cores; rewrites the tables of docs/performance.md
    python benchmarks/ranks.py --table      # only rewrites them from ranks.json

Each figure comes from a process of its own; processes take turns.  Run it on an idle machine.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from records import HERE, PERFORMANCE, choose_blas_kernel, load, made_by, parser, save, write_between

import numnist
from numnist.bench.memory import current_memory
from numnist.bench.networks import REFERENCES
from numnist.bench.tables import Table
from numnist.data.strokes.drawing import load_strokes
from numnist.support.environment import stamp
from numnist.support.malloc import keep_freed_pages
from numnist.support.workers import cores
from numnist.training.rank import Rank

RECORDS = HERE / "ranks.json"
LANES, ROUNDS, SECONDS = (1, 2, 4, 8, 16), 3, 0.8
WARM = 6  # steps before the first that counts
NETWORKS = [*REFERENCES, "digits"]


def network_and_batch(name: str) -> tuple[numnist.Layer, int]:
    if name in REFERENCES:
        return REFERENCES[name].network, REFERENCES[name].batch
    recipe = numnist.load_recipe(name)
    return recipe.network, recipe.batch_size


def default_lanes(name: str) -> int:
    network, batch = network_and_batch(name)
    return numnist.Settings(batch_size=batch).cut(numnist.Model(network, (1, 28, 28), seed=None))[0]


def training(name: str, threads: int, lanes: int | None) -> tuple[numnist.Model, Iterator[Any]]:
    network, batch = network_and_batch(name)
    data = load_strokes(train=1024, validation=0, test=0)
    model = numnist.Model(network, data)
    settings = numnist.Settings(numnist.Adam(1e-3), epochs=10**6, batch_size=batch, lanes=lanes)
    return model, numnist.train(model, data, settings, threads=threads)


def step(name: str, threads: int, lanes: int | None) -> float:
    """Median milliseconds of a step."""
    _, events = training(name, threads, lanes)
    times: list[float] = []
    last, ends = time.perf_counter(), None
    for count, event in enumerate(events):
        if not isinstance(event, numnist.Step):
            continue
        now = time.perf_counter()
        if ends is not None:
            times.append(now - last)
        elif count >= WARM:
            ends = now + SECONDS
        last = now
        if ends is not None and now > ends and len(times) > 4:
            return 1e3 * statistics.median(times)
    raise AssertionError("training never ends")


def start(name: str, threads: int, lanes: int | None) -> float:
    """Milliseconds from the call of `train` to the end of the first step."""
    numnist.train  # noqa: B018  (imported before the clock starts)
    _, events = training(name, threads, lanes)
    started = time.perf_counter()
    next(events)
    return 1e3 * (time.perf_counter() - started)


def memory(name: str, threads: int, lanes: int | None) -> dict[str, float]:
    """Megabytes of all processes together after some steps, and of one gradient."""
    model, events = training(name, threads, lanes)
    ends = time.perf_counter() + SECONDS
    while time.perf_counter() < ends:
        next(events)
    return {"mb": (current_memory() or 0) / 1e6, "gradient_mb": model.theta.nbytes / 1e6}


def in_equal_parts(self: Rank, position: int, ranks: int) -> None:
    """In place of Rank._run_lanes: each rank has the same branches at every step."""
    for branch in range(position, self.job.branches, ranks):
        self.lanes.run_branch(branch)


MEASUREMENTS = {"step": step, "start": start, "memory": memory}


def one(what: str, name: str, threads: int, lanes: int | None, equal: bool = False) -> Any:
    """One measurement in a process of its own."""
    arguments = json.dumps([what, name, threads, lanes, equal])
    done = subprocess.run([sys.executable, __file__, arguments], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


@contextmanager
def busy(core: int) -> Iterator[None]:
    """A process that computes on that core all the time."""
    code = f"import os; os.sched_setaffinity(0, [{core}])\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        try:
            yield
        finally:
            process.kill()


def measure() -> dict[str, Any]:
    most = cores()
    counts = [n for n in (1, 2, 4, 8, 16, 32) if n <= most]
    steps: dict[str, Any] = {name: {} for name in NETWORKS}
    for name in NETWORKS:
        turns = {f"{lanes} {n}": (n, lanes) for lanes in LANES for n in counts}
        for _ in range(ROUNDS):
            for key, (n, lanes) in turns.items():
                steps[name].setdefault(key, []).append(one("step", name, n, lanes))
        print(name, {key: round(statistics.median(times), 2) for key, times in steps[name].items()}, flush=True)
    slowed: dict[str, Any] = {}
    for name in ("cnn28", "lenet-bn"):
        with busy(max(os.sched_getaffinity(0))):
            for _ in range(ROUNDS):
                for key, equal in (("as they come", False), ("in equal parts", True)):
                    slowed.setdefault(name, {}).setdefault(key, []).append(one("step", name, most, None, equal))
    print(slowed, flush=True)
    starts = {str(n): [one("start", "cnn28", n, None) for _ in range(ROUNDS)] for n in (1, most)}
    memories = {name: [one("memory", name, n, None) for n in (1, most)] for name in NETWORKS}
    print(starts, memories, flush=True)
    return stamp() | {
        "counts": counts, "rounds": ROUNDS, "step_ms": steps, "slowed_ms": slowed, "start_ms": starts,
        "memory": memories, "default": {name: default_lanes(name) for name in NETWORKS},
    }  # fmt: skip


def text(record: dict[str, Any]) -> str:
    counts, median = record["counts"], statistics.median
    rows = []
    for name, times in record["step_ms"].items():
        for n in counts:
            cells = [f"{median(times[f'{lanes} {n}']):.2f}" for lanes in LANES]
            default = LANES.index(record["default"][name])
            cells[default] = f"**{cells[default]}**"
            rows.append((f"`{name}`" if n == counts[0] else "", f"{n}", *cells))
    lanes = Table(("ms per step (the default in bold)", "ranks", *(f"{n} lane{'s' * (n > 1)}" for n in LANES)), rows)
    slowed = Table(
        ("one core busy with other work, ms per step", "lanes as they come", "in equal parts"),
        [(f"`{name}`", *(f"{median(times):.1f}" for times in by.values())) for name, by in record["slowed_ms"].items()],
    )
    memories = Table(
        ("MB of all processes", "1 rank", f"{counts[-1]} ranks", "a gradient"),
        [(f"`{name}`", *(f"{m['mb']:.0f}" for m in both), f"{both[0]['gradient_mb']:.1f}")
         for name, both in record["memory"].items()],
    )  # fmt: skip
    first, all_ranks = (median(times) for times in record["start_ms"].values())
    start = (
        f"The first step of `cnn28` ends {first:.0f} ms after the call of `train` with one rank, {all_ranks:.0f} ms "
        f"with {counts[-1]}: the others join when they are ready."
    )
    tables = [table.markdown() for table in (lanes, slowed, memories)]
    return "\n\n".join([*tables, start, f"Medians of {record['rounds']} in turns. {made_by(record, 'ranks.py')}"])


def main() -> None:
    if sys.argv[1:] and sys.argv[1].startswith("["):
        what, name, threads, lanes, equal = json.loads(sys.argv[1])
        keep_freed_pages()
        if equal:
            Rank._run_lanes = in_equal_parts  # type: ignore[method-assign]
        print(json.dumps(MEASUREMENTS[what](name, threads, lanes)))
        return
    options = parser(__doc__).parse_args()
    choose_blas_kernel()
    if not options.table:
        save(RECORDS, measure())
    written = text(load(RECORDS))
    write_between(PERFORMANCE, "ranks", written)
    print(written)


if __name__ == "__main__":
    main()
