"""The whole comparison, from the check that all compute the same to the record of measurements.

    check        each backend alone does a small part of the work; one that differs from numnist is not measured
    training     each backend in a fresh process, in turns; then the peak memory of each
    inference    the same processes classify 1,000 pictures, in turns

The record is plain JSON: what was compared, the environment, and every round's raw measurement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from numnist.bench.agreement import LEARNING_RATE, Sample, disagreement, sample
from numnist.bench.flops import training_flops
from numnist.bench.networks import Reference
from numnist.bench.peers import CONTENDERS, OURS, Contender, version
from numnist.bench.process import BackendError, Process
from numnist.bench.rounds import take_turns
from numnist.bench.work import Work, write_pictures
from numnist.data import Dataset
from numnist.support.environment import stamp

Record = dict[str, Any]
Report = Callable[[str, str], None]  # called with a label and a text, to show progress
OnFailure = Callable[[str, BackendError], None]  # called with the backend's name and its error
PICTURES_AT_ONCE = 1000  # in inference


@dataclass(frozen=True)
class Settings:
    """What to compare.  contenders: numnist too;  steps: per measurement, None for each network's own number."""

    references: Sequence[Reference]
    contenders: Sequence[Contender]
    rounds: int
    threads: int
    steps: int | None = None


def compare(settings: Settings, data: Dataset, report: Report) -> Record:
    """Check and measure all backends on all networks.  Raises BackendError if numnist itself fails."""
    peers = {each.peer: version(each.packages[0]) or "" for each in settings.contenders if each.packages}
    record = stamp(**peers) | {
        "peers": list(peers),
        "data": data.name,
        "rounds": settings.rounds,
        "threads": settings.threads,
        "answered": PICTURES_AT_ONCE,
    }
    networks = {}
    with TemporaryDirectory(prefix="numnist-bench-") as folder:
        normalization = write_pictures(Path(folder), data.train)
        for reference in settings.references:
            work = Work(Path(folder), reference.network, reference.batch, settings.threads, normalization)
            networks[reference.name] = compare_network(settings, reference, work, report)
    return record | {"networks": networks}


def compare_network(settings: Settings, reference: Reference, work: Work, report: Report) -> Record:
    """One network's part of the record."""
    problems: dict[str, str] = {}

    def failed(name: str, error: BackendError) -> None:
        if name == OURS:
            raise error
        problems[name] = str(error)
        report("Failed", str(error))

    left_out = {each.name: why for each in settings.contenders if (why := each.backend.unsupported(reference.network))}
    able = [each.name for each in settings.contenders if each.name not in left_out]
    report(reference.name, f"checking that {', '.join(able)} compute the same" if len(able) > 1 else "warming up")
    samples, peak = check(able, reference, work, failed)
    for name, theirs in samples.items():
        if why := disagreement(theirs, samples[OURS]):
            failed(name, BackendError(f"{name} computes something else: {why}"))

    steps, rounds = settings.steps or reference.steps, settings.rounds
    with ExitStack() as stack:
        processes = start(stack, [name for name in samples if name not in problems], work, failed)
        report("", f"training, {rounds} rounds of {steps} steps each")
        steppers = {n: partial(p.seconds, "step", steps) for n, p in processes.items() if CONTENDERS[n].backend.trains}
        training = take_turns(steppers, rounds, failed=failed)
        memory = {name: processes[name].memory() for name in training}
        report("", f"inference on {PICTURES_AT_ONCE:,} pictures, {rounds} rounds")
        inference_turns = {
            n: partial(p.seconds, "logits", reference.inferences, PICTURES_AT_ONCE)
            for n, p in processes.items()
            if n not in problems
        }
        inference = take_turns(inference_turns, rounds, failed=failed)
    plan = work.model().plan
    return {
        "title": reference.title,
        "batch": reference.batch,
        "steps": steps,
        "answers": reference.inferences,
        "parameters": plan.size,
        "gflop_a_step": training_flops(plan, reference.batch) / 1e9,
        "peak_gflops": round(peak / 1e9, 1),
        "losses": {name: did.losses for name, did in samples.items() if did.losses},
        "left_out": left_out,
        "failed": problems,
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


def check(names: Sequence[str], reference: Reference, work: Work, failed: OnFailure) -> tuple[dict[str, Sample], float]:
    """Results of each backend, in a process that is not measured; and the machine's peak in operations per second."""
    small = replace(work, network=reference.without_dropout, learning_rate=LEARNING_RATE, whole_batch=True)
    samples, peak = {}, 0.0
    for name in names:
        with Process(name, work.threads) as process:
            if name == OURS:
                peak = process.peak_flops(work.threads)
            try:
                samples[name] = sample(process, small, CONTENDERS[name].backend.trains)
            except BackendError as error:
                failed(name, error)
    return samples, peak


def milliseconds(seconds: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    return {name: [round(1e3 * s, 4) for s in values] for name, values in seconds.items()}
