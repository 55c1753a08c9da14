"""The measurements of one network with one number of threads.

training       each backend in a fresh process, in turns; then the peak memory of each
inference      the same processes classify 1,000 pictures, in turns
first epoch    a fresh process of each, in turns, from its start to the end of an epoch
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from numnist.bench.first_epoch import first_epoch
from numnist.bench.networks import Reference
from numnist.bench.peers import CONTENDERS, OURS, Contender
from numnist.bench.process import BackendError, Process
from numnist.bench.rounds import take_turns
from numnist.bench.tables import counted
from numnist.bench.work import Work, write_pictures
from numnist.data import Dataset

Record = dict[str, Any]
Report = Callable[[str, str], None]  # called with a label and a text, to show progress
OnFailure = Callable[[str, BackendError], None]  # called with the backend's name and its error
PICTURES_AT_ONCE = 1000  # in inference
EPOCH_PICTURES = 10_000  # of a first epoch: one of all of MNIST takes the slowest peers minutes


@dataclass(frozen=True)
class Settings:
    """What to compare.

    contenders: numnist too.   threads: each number is a comparison of its own.
    steps: per measurement, None for each network's own number.
    epoch_pictures: of the first epoch, at most; 0 leaves it out.
    """

    references: Sequence[Reference]
    contenders: Sequence[Contender]
    rounds: int
    threads: Sequence[int]
    steps: int | None = None
    epoch_pictures: int = EPOCH_PICTURES
    epoch_rounds: int = 1

    def pictures_an_epoch(self, data: Dataset) -> int:
        return min(self.epoch_pictures, len(data.train))


def measure(
    settings: Settings, reference: Reference, work: Work, names: Sequence[str], failed: OnFailure, report: Report
) -> Record:
    """Training, memory and inference of these backends with work.threads threads."""
    steps, rounds = settings.steps or reference.steps, settings.rounds
    with Process(OURS, work.threads) as process:
        peak = process.peak_flops(work.threads)
    with ExitStack() as stack:
        processes = start(stack, names, work, failed)
        report("", f"{counted(work.threads)}: training, {rounds} rounds of {steps} steps each")
        steppers = {n: partial(p.seconds, "step", steps) for n, p in processes.items() if CONTENDERS[n].backend.trains}
        training = take_turns(steppers, rounds, failed=failed)
        memory = {name: processes[name].memory() for name in training}
        report("", f"{counted(work.threads)}: inference on {PICTURES_AT_ONCE:,} pictures, {rounds} rounds")
        inference_turns = {
            n: partial(p.seconds, "logits", reference.inferences, PICTURES_AT_ONCE)
            for n, p in processes.items()
            if n in training or n not in steppers
        }
        inference = take_turns(inference_turns, rounds, failed=failed)
    return {
        "peak_gflops": round(peak / 1e9, 1),
        "training_ms": milliseconds(training),
        "answering_ms": milliseconds(inference),
        "memory_mb": {
            name: {key: None if size is None else round(size / 1e6, 1) for key, size in used._asdict().items()}
            for name, used in memory.items()
        },
    }


def start(stack: ExitStack, names: Sequence[str], work: Work, failed: OnFailure) -> dict[str, Process]:
    """A fresh process for each backend that loads; they end with the stack."""
    processes = {}
    for name in names:
        process = stack.enter_context(Process(name, work.threads))
        try:
            process.load(work)
        except BackendError as error:
            failed(name, error)
        else:
            processes[name] = process
    return processes


def first_epochs(
    settings: Settings, work: Work, data: Dataset, names: Sequence[str], failed: OnFailure, report: Report
) -> dict[str, list[float]]:
    """Seconds to the end of the first epoch of these backends, without those whose malloc's settings were changed."""
    pictures, rounds = settings.pictures_an_epoch(data), settings.epoch_rounds
    if not pictures:
        return {}
    report(
        "", f"{counted(work.threads)}: first epoch, {pictures:,} pictures, {rounds} round{'s' if rounds > 1 else ''}"
    )

    def fresh(name: str) -> float:
        with TemporaryDirectory(prefix="numnist-bench-") as folder:  # nothing compiled is left in it from before
            write_pictures(Path(folder), data.train[:pictures])
            return first_epoch(name, replace(work, folder=Path(folder)))

    usual = [name for name in names if name == OURS or not CONTENDERS[name].keeps_pages]
    found = take_turns({name: partial(fresh, name) for name in usual}, rounds, warm_up=False, failed=failed)
    return {name: [round(seconds, 3) for seconds in values] for name, values in found.items()}


def doubled(most: int) -> list[int]:
    """Numbers of threads to compare: 1, 2, 4 ... and most."""
    return sorted({most, *(2**i for i in range(most.bit_length()))})


def milliseconds(seconds: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    return {name: [round(1e3 * s, 4) for s in values] for name, values in seconds.items()}
