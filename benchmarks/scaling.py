"""Scaling: a training step's time by batch size and threads, numnist beside PyTorch, in turns."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from one_picture import stop

import numnist
from numnist.bench.compare import milliseconds
from numnist.bench.networks import REFERENCES
from numnist.bench.process import Process
from numnist.bench.rounds import ratio, spread, take_turns
from numnist.bench.tables import Table, ratio_text
from numnist.bench.work import Work, write_pictures
from numnist.support.environment import stamp

NETWORKS, SIDES = ("mlp", "cnn28"), ("numnist", "pytorch")
BATCHES = (1, 4, 16, 64, 256, 1024, 4096)
TURN, MOST = 0.2, 300  # a turn's seconds, about, and steps at most


def measure(rounds: int, threads: int, batches: tuple[int, ...] = BATCHES) -> dict[str, Any]:
    """Milliseconds a step: {network: {batch: {"numnist, 1": [a round each], ...}}}."""
    found: dict[str, dict[str, Any]] = {name: {} for name in NETWORKS}
    with TemporaryDirectory() as folder, ExitStack() as stack:
        mean, std = write_pictures(Path(folder), numnist.load("mnist", offline=True).train)
        processes = {(side, n): stack.enter_context(Process(side, n)) for side in SIDES for n in sorted({1, threads})}
        for name in NETWORKS:
            for batch in batches:
                turns = {}
                for (side, n), process in processes.items():
                    process.load(Work(Path(folder), REFERENCES[name].network, batch, n, mean, std))
                    steps = int(TURN / process.seconds("step", 2))
                    turns[f"{side}, {n}"] = partial(process.seconds, "step", min(max(steps, 2), MOST))
                found[name][str(batch)] = milliseconds(take_turns(turns, rounds, failed=stop))
    return stamp() | {"rounds": rounds, "threads": threads, "ms": found}


def table(record: dict[str, Any]) -> str:
    """Microseconds a picture; PyTorch's time ÷ numnist's on all threads."""
    counts = sorted({1, record["threads"]})
    names = [f"{side}, {n}" for side in SIDES for n in counts]
    tables = []
    for network, by_batch in record["ms"].items():
        plural = {n: f"{n} thread{'' if n == 1 else 's'}" for n in counts}
        sides = tuple(f"{side}, {plural[n]}" for side in SIDES for n in counts)
        ratios = tuple(f"PyTorch ÷ numnist, {plural[n]}" for n in counts)
        rows = []
        for batch, times in by_batch.items():
            each = [f"{1e3 * spread(times[name]).median / int(batch):,.1f}" for name in names]
            faster = [ratio_text(ratio(times[f"{SIDES[1]}, {n}"], times[f"{SIDES[0]}, {n}"])) for n in counts]
            rows.append((batch, *each, *faster))
        tables.append(Table((f"`{network}`, batch", *sides, *ratios), rows).markdown())
    return "\n\n".join(tables)
