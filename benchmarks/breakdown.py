"""Breakdown: where the time of numnist's training step goes, beside what the products alone would take at the peak.

    python benchmarks/breakdown.py           # the reference networks of numnist bench; under a minute
    python benchmarks/breakdown.py --table   # only writes the tables again

Every step of a network (a block, or a layer) is timed in the processor time of one thread, over a whole batch cut
as training cuts it; then a whole training step on one thread and on all.  Writes benchmarks/breakdown.json and the
tables between the markers of docs/performance.md.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import Any, cast

import numpy as np
from records import HERE, PERFORMANCE, load, save, write_between

import numnist
from numnist.bench.flops import peak_flops
from numnist.bench.networks import Reference, references
from numnist.fast.compile import Program, Single, Step, compile
from numnist.nn.base import Mode
from numnist.support.environment import stamp, stamped
from numnist.support.malloc import keep_freed_pages
from numnist.support.workers import Workers, cores

RECORDS = HERE / "breakdown.json"
TIMES, STEPS = 9, 60  # a median of so many


def measure(reference: Reference, data: numnist.Dataset) -> dict[str, Any]:
    """Milliseconds of one network."""
    model = numnist.Model(reference.network, data)
    rows: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    written: list[float] = []
    fused = cast(Program, compile(reference.network, model.shard, training=True)).steps
    plain_steps = [Single(i, layer) for i, layer in enumerate(reference.network.layers)]
    with Workers(1) as workers:
        for _ in range(TIMES):
            (once,) = workers.run(lambda _: one_batch(reference, model, data, fused), range(1))
            for name, direction, milliseconds in once:
                rows[name][direction].append(milliseconds)
            (plain,) = workers.run(lambda _: one_batch(reference, model, data, plain_steps), range(1))
            written.append(sum(milliseconds for _, _, milliseconds in plain))
    macs = {place: plan.macs for place, plan in model.plan.leaves()}
    first = next(place for place, count in macs.items() if count)
    return {
        "rows": [
            {"name": name, "gflop": gflop(reference, name, macs, first)}
            | {direction: statistics.median(times) for direction, times in row.items()}
            for name, row in rows.items()
        ],
        "written_ms": statistics.median(written),
        "step_ms": {str(n): step_milliseconds(reference, data, n) for n in sorted({1, cores()})},
    }


def one_batch(
    reference: Reference, model: numnist.Model, data: numnist.Dataset, steps: Sequence[Step]
) -> list[tuple[str, str, float]]:
    """(what, "forward" or "backward", milliseconds) of every part of a batch, shards added up."""
    spent: dict[tuple[str, str], float] = defaultdict(float)
    g = model.views(np.empty_like(model.theta))
    lane = -(-reference.batch // model.lanes)
    shard = -(-lane // -(-lane // model.shard))  # nearly equal parts, as the engine makes them
    clock = time.thread_time
    for at in range(0, reference.batch, shard):
        started = clock()
        pictures, labels = data.train[np.arange(at, min(at + shard, reference.batch))]
        x = model.normalization.apply(pictures, model.dtype)
        spent["gather, normalise", "forward"] += clock() - started
        caches = []
        for step in steps:
            started = clock()
            x, cache = step.forward(model.p, x, Mode(True, 0, (0,)))
            spent[title(step), "forward"] += clock() - started
            caches.append(cache)
        started = clock()
        _, dy = numnist.SoftmaxCrossEntropy()(x, labels, reference.batch)
        spent["loss", "forward"] += clock() - started
        first = next(i for i in range(len(reference.network.layers)) if model.p[i].size)
        for step, cache in zip(reversed(steps), reversed(caches)):
            if step.at >= first:
                started = clock()
                dy = step.backward(model.p, g, dy, cache, step.at > first)
                spent[title(step), "backward"] += clock() - started
    return [(name, direction, 1e3 * seconds) for (name, direction), seconds in spent.items()]


def title(step: Any) -> str:
    """0 Conv2d block, 4 Dense ..."""
    kind = type(getattr(step, "layer", step)).__name__
    return f"{step.at} {kind}"


def gflop(reference: Reference, name: str, macs: dict[str, int], first: str) -> float:
    """Of the three products of a step (two for the first layer that has any), in operations of the plain algorithm."""
    place = name.split()[0]
    return 2e-9 * reference.batch * macs.get(place, 0) * (2 if place == first else 3)


def step_milliseconds(reference: Reference, data: numnist.Dataset, threads: int) -> float:
    """A whole training step, optimizer included."""
    model = numnist.Model(reference.network, data)
    times, started = [], time.perf_counter()
    events = numnist.train(model, data, numnist.Adam(1e-3), epochs=9, batch_size=reference.batch, threads=threads)
    for event in islice(events, STEPS):
        if isinstance(event, numnist.Step):
            times.append(1e3 * (time.perf_counter() - started))
        started = time.perf_counter()
    return statistics.median(times)


def table(record: dict[str, Any]) -> str:
    """A table a network."""
    peak = record["peak_gflops"]["1"]
    tables = []
    for name, network in record["networks"].items():
        lines = [
            f"`{name}`", "",
            "| one thread, ms a batch | forward | backward | products at the peak |", "| --- | ---: | ---: | ---: |",
        ]  # fmt: skip
        for row in network["rows"]:
            forward, backward = row["forward"], row.get("backward")
            if forward + (backward or 0) >= 0.005 * network["step_ms"]["1"]:
                least = f"{1e3 * row['gflop'] / peak:.2f}" if row["gflop"] else ""
                lines.append(f"| {row['name']} | {forward:.2f} | {f'{backward:.2f}' if backward else ''} | {least} |")
        passes = sum(row["forward"] + row.get("backward", 0) for row in network["rows"])
        least = sum(row["gflop"] for row in network["rows"])
        lines.append(f"| both passes | {passes:.2f} | | {1e3 * least / peak:.2f} |")
        lines.append(f"| both passes, the layers as written | {network['written_ms']:.2f} | | |")
        for threads, milliseconds in network["step_ms"].items():
            limit = 1e3 * least / record["peak_gflops"][threads]
            plural = f"{threads} thread{'' if threads == '1' else 's'}"
            lines.append(f"| **a training step**, {plural} | {milliseconds:.2f} | | {limit:.2f} |")
        tables.append("\n".join(lines))
    peaks = " and ".join(f"{value:.0f} Gflop/s on {threads}" for threads, value in record["peak_gflops"].items())
    below = f"Peak of matrix products: {peaks} threads.  Medians of {TIMES}. {stamped(record)}"
    return "\n\n".join([*tables, f"{below} Made by `python benchmarks/breakdown.py`."])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true", help="only write the tables again")
    record = load(RECORDS)
    if not parser.parse_args().table:
        keep_freed_pages()
        data = numnist.load("mnist", offline=True)
        record = stamp() | {
            "peak_gflops": {str(n): round(peak_flops(n) / 1e9, 1) for n in sorted({1, cores()})},
            "networks": {reference.name: measure(reference, data) for reference in references()},
        }
        save(RECORDS, record)
    write_between(PERFORMANCE, "breakdown", table(record))
    print(table(record))


if __name__ == "__main__":
    main()
