"""Latency of one prediction in a warm process, of numnist, PyTorch and ONNX Runtime in turns."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numnist
from numnist.bench.measure import milliseconds
from numnist.bench.networks import REFERENCES
from numnist.bench.process import Process
from numnist.bench.rounds import ratio, spread, take_turns
from numnist.bench.tables import Table, ratio_text
from numnist.bench.work import Work, write_pictures
from numnist.support.environment import stamp

TIMES = 300  # predictions per measurement
ROWS = {  # a backend and its method
    "numnist, `model.predict_proba(picture[None])`": ("numnist", "probabilities"),
    "numnist, the layers alone": ("numnist", "forward"),
    "pytorch, `inference_mode`": ("pytorch", "logits"),
    "onnxruntime": ("onnxruntime", "logits"),
}
OURS = next(iter(ROWS))


def measure(rounds: int, threads: int) -> dict[str, Any]:
    """Milliseconds of each row in each round, for the networks of cnn28 and of the default recipe."""
    networks = {"cnn28": REFERENCES["cnn28"].network, "quick": numnist.load_recipe("quick").network}
    found = {}
    with TemporaryDirectory() as folder:
        normalization = write_pictures(Path(folder), numnist.load("mnist", offline=True).train[:1024])
        for name, network in networks.items():
            work = Work(Path(folder), network, 1, threads, normalization)
            with ExitStack() as stack:
                backends = sorted({backend for backend, _ in ROWS.values()})
                processes = {name: stack.enter_context(Process(name, threads)) for name in backends}
                for process in processes.values():
                    process.load(work)
                turns = {
                    row: partial(processes[name].seconds, method, TIMES, 1) for row, (name, method) in ROWS.items()
                }
                found[name] = milliseconds(take_turns(turns, rounds))
                blas = processes["numnist"].blas()
    return stamp(blas=blas) | {"rounds": rounds, "threads": threads, "ms": found}


def table(record: dict[str, Any]) -> str:
    heads = ("one picture", "network", "µs", "÷ numnist")
    rows = []
    for network, times in record["ms"].items():
        for row, values in times.items():
            middle = spread([1e3 * ms for ms in values])
            faster = "" if row == OURS else ratio_text(ratio(values, times[OURS]))
            rows.append(
                (row, f"`{network}`", f"{middle.median:.0f} ({middle.lowest:.0f} – {middle.highest:.0f})", faster)
            )
    return Table(heads, rows, texts=(0, 1)).markdown()
