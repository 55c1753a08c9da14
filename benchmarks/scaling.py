"""Time of a training step by batch size and threads, of numnist and PyTorch in turns."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numnist
from numnist.bench.measure import doubled, milliseconds
from numnist.bench.networks import REFERENCES
from numnist.bench.process import Process
from numnist.bench.rounds import ratio, spread, take_turns
from numnist.bench.tables import Table, counted, ratio_text
from numnist.bench.work import Work, write_pictures
from numnist.support.environment import stamp

NETWORKS, BACKENDS = ("mlp", "cnn28"), ("numnist", "pytorch")
BATCHES = (1, 4, 16, 64, 256, 1024, 4096)
TURN, MOST = 0.2, 300  # about the seconds of a measurement, and its largest number of steps


def measure(rounds: int, threads: int, batches: tuple[int, ...] = BATCHES) -> dict[str, Any]:
    """Milliseconds per step: {network: {batch: {"numnist, 1": [one for each round], ...}}}."""
    found: dict[str, dict[str, Any]] = {name: {} for name in NETWORKS}
    with TemporaryDirectory() as folder, ExitStack() as stack:
        normalization = write_pictures(Path(folder), numnist.load("mnist", offline=True).train)
        processes = {(b, n): stack.enter_context(Process(b, n)) for b in BACKENDS for n in doubled(threads)}
        for name in NETWORKS:
            for batch in batches:
                turns = {}
                for (backend, n), process in processes.items():
                    process.load(Work(Path(folder), REFERENCES[name].network, batch, n, normalization))
                    steps = int(TURN / process.seconds("step", 2))
                    turns[f"{backend}, {n}"] = partial(process.seconds, "step", min(max(steps, 2), MOST))
                found[name][str(batch)] = milliseconds(take_turns(turns, rounds))
        blas = processes[BACKENDS[0], threads].blas()
    return stamp(blas=blas) | {"rounds": rounds, "threads": threads, "ms": found}


def table(record: dict[str, Any]) -> str:
    """Microseconds per picture; PyTorch's time ÷ numnist's."""
    counts = doubled(record["threads"])
    names = [f"{backend}, {n}" for backend in BACKENDS for n in counts]
    tables = []
    for network, by_batch in record["ms"].items():
        backends = tuple(f"{backend}, {counted(n)}" for backend in BACKENDS for n in counts)
        ratios = tuple(f"PyTorch ÷ numnist, {counted(n)}" for n in counts)
        rows = []
        for batch, times in by_batch.items():
            each = [f"{1e3 * spread(times[name]).median / int(batch):,.1f}" for name in names]
            faster = [ratio_text(ratio(times[f"{BACKENDS[1]}, {n}"], times[f"{BACKENDS[0]}, {n}"])) for n in counts]
            rows.append((batch, *each, *faster))
        tables.append(Table((f"`{network}`, batch", *backends, *ratios), rows).markdown())
    return "\n\n".join(tables)
