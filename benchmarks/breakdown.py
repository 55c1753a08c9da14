"""Where the time of numnist's training step goes, compared with the matrix products alone at the machine's peak.

    python benchmarks/breakdown.py           # the reference networks of numnist bench; under a minute
    python benchmarks/breakdown.py --table   # only rewrites the tables

Measures the processor time of one thread in every step of a network (a block, or a layer) over a whole batch, cut as in
training; then a whole training step on one thread and on all.  Writes benchmarks/breakdown.json and the tables of
docs/performance.md.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import Any, cast

import numpy as np
from records import HERE, PERFORMANCE, choose_blas_kernel, load, made_by, parser, save, write_between

import numnist
from numnist.bench.flops import peak_flops
from numnist.bench.networks import Reference, references
from numnist.bench.tables import Table
from numnist.fast.compile import Program, Single, Step, compile
from numnist.nn.base import Mode
from numnist.support.environment import stamp
from numnist.support.malloc import keep_freed_pages
from numnist.support.workers import Workers, cores

RECORDS = HERE / "breakdown.json"
TIMES, STEPS = 9, 60  # medians of that many


def measure(reference: Reference, data: numnist.Dataset) -> dict[str, Any]:
    """Milliseconds of one network."""
    model = numnist.Model(reference.network, data)
    rows: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    written: list[float] = []
    fused = cast(Program, compile(reference.network, numnist.Settings().cut(model)[1], training=True)).steps
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
    """(part, "forward" or "backward", milliseconds) of every part of a batch, summed over its shards."""
    spent: dict[tuple[str, str], float] = defaultdict(float)
    g = model.parameters.views(np.empty_like(model.theta))
    lanes, size = numnist.Settings().cut(model)
    lane = -(-reference.batch // lanes)
    shard = -(-lane // -(-lane // size))  # nearly equal parts, as in training
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
    """Operations of a layer's three products (two in the first layer that has any), by the plain algorithm."""
    place = name.split()[0]
    return 2e-9 * reference.batch * macs.get(place, 0) * (2 if place == first else 3)


def step_milliseconds(reference: Reference, data: numnist.Dataset, threads: int) -> float:
    """Milliseconds of a whole training step with the optimizer."""
    model = numnist.Model(reference.network, data)
    times, started = [], time.perf_counter()
    settings = numnist.Settings(numnist.Adam(1e-3), epochs=9, batch_size=reference.batch)
    events = numnist.train(model, data, settings, threads=threads)
    for event in islice(events, STEPS):
        if isinstance(event, numnist.Step):
            times.append(1e3 * (time.perf_counter() - started))
        started = time.perf_counter()
    return statistics.median(times)


def table(record: dict[str, Any]) -> str:
    """A table for each network."""
    tables = [
        f"`{name}`\n\n{network_table(network, record['peak_gflops']).markdown()}"
        for name, network in record["networks"].items()
    ]
    peaks = " and ".join(f"{value:.0f} Gflop/s on {threads}" for threads, value in record["peak_gflops"].items())
    below = f"Peak of matrix products: {peaks} threads.  Medians of {TIMES}. {made_by(record, 'breakdown.py')}"
    return "\n\n".join([*tables, below])


def network_table(network: dict[str, Any], peaks: dict[str, float]) -> Table:
    """A row for each part that takes at least 0.5% of a step, and for the whole.  peaks: Gflop/s by threads"""

    def at_peak(gflop: float, threads: str = "1") -> str:
        return f"{1e3 * gflop / peaks[threads]:.2f}"

    rows = []
    for row in network["rows"]:
        forward, backward = row["forward"], row.get("backward")
        if forward + (backward or 0) >= 0.005 * network["step_ms"]["1"]:
            products = at_peak(row["gflop"]) if row["gflop"] else ""
            rows.append((row["name"], f"{forward:.2f}", f"{backward:.2f}" if backward else "", products))
    passes = sum(row["forward"] + row.get("backward", 0) for row in network["rows"])
    gflop = sum(row["gflop"] for row in network["rows"])
    rows.append(("both passes", f"{passes:.2f}", "", at_peak(gflop)))
    rows.append(("both passes, the layers themselves", f"{network['written_ms']:.2f}", "", ""))
    for threads, milliseconds in network["step_ms"].items():
        plural = f"{threads} thread{'' if threads == '1' else 's'}"
        rows.append((f"**a training step**, {plural}", f"{milliseconds:.2f}", "", at_peak(gflop, threads)))
    return Table(("one thread, ms per batch", "forward", "backward", "products at the peak"), rows)


def main() -> None:
    choose_blas_kernel()
    record = load(RECORDS)
    if not parser(__doc__).parse_args().table:
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
