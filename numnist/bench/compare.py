"""Compare: the whole comparison, from the check that all do the same work to the record of what was measured.

    check     each side alone does a little of the work; who does other work than numnist is not timed
    train     every side in a fresh process, in turns; then how much memory each has needed
    answer    the same processes read 1,000 pictures, in turns

The record is plain JSON: what was compared, with what it was made, and every round's raw figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from numnist.bench.agreement import LEARNING_RATE, Sample, disagreement, sample
from numnist.bench.flops import training_flops
from numnist.bench.networks import Reference
from numnist.bench.process import Memory, Process, SideError
from numnist.bench.rounds import take_turns
from numnist.bench.side import KINDS, OURS, Kind, version
from numnist.bench.work import Work, lay_out
from numnist.data import Dataset
from numnist.support.environment import stamp

Record = dict[str, Any]
Say = Callable[[str, str], None]  # a label and a text, for whoever waits
Failure = Callable[[str, SideError], None]  # is told who failed, and how
ANSWERED = 1000  # pictures at once


@dataclass(frozen=True)
class Settings:
    """What is compared.  kinds: of sides, numnist's too;  steps: in a turn, None for each network's own number."""

    references: Sequence[Reference]
    kinds: Sequence[Kind]
    rounds: int
    threads: int
    steps: int | None = None


def compare(settings: Settings, data: Dataset, say: Say) -> Record:
    """Check and time all sides on all networks.  Raises SideError where numnist itself fails."""
    peers = versions(settings.kinds)
    record = stamp(**peers) | {
        "peers": list(peers),
        "data": data.name,
        "rounds": settings.rounds,
        "threads": settings.threads,
        "answered": ANSWERED,
    }
    networks = {}
    with TemporaryDirectory(prefix="numnist-bench-") as folder:
        mean, std = lay_out(Path(folder), data.train)
        for reference in settings.references:
            work = Work(Path(folder), reference.network, reference.batch, settings.threads, mean, std)
            networks[reference.name] = compare_network(settings, reference, work, say)
    return record | {"networks": networks}


def versions(kinds: Iterable[Kind]) -> dict[str, str]:
    """Of the peers, by their names."""
    return {kind.peer: version(kind.packages[0]) or "" for kind in kinds if kind.packages}


def compare_network(settings: Settings, reference: Reference, work: Work, say: Say) -> Record:
    """One network's part of the record."""
    problems: dict[str, str] = {}

    def failed(name: str, error: SideError) -> None:
        if name == OURS:
            raise error
        problems[name] = str(error)
        say("Failed", str(error))

    left_out = {kind.name: why for kind in settings.kinds if (why := kind.side.unable(reference.network))}
    able = [kind.name for kind in settings.kinds if kind.name not in left_out]
    say(reference.name, f"checking that {', '.join(able)} do the same work" if len(able) > 1 else "warming up")
    samples, peak = check(able, reference, work, failed)
    for name, theirs in samples.items():
        if why := disagreement(theirs, samples[OURS]):
            failed(name, SideError(f"{name} does other work: {why}"))

    steps, rounds = settings.steps or reference.steps, settings.rounds
    with ExitStack() as stack:
        processes = start(stack, [name for name in samples if name not in problems], work, failed)
        say("", f"training, {rounds} rounds of {steps} steps each")
        steppers = {n: partial(p.seconds, "step", steps) for n, p in processes.items() if KINDS[n].side.trains}
        training = take_turns(steppers, rounds, failed=failed)
        memory = {name: processes[name].memory() for name in training}
        say("", f"reading {ANSWERED:,} pictures, {rounds} rounds")
        readers = {n: partial(p.seconds, "answer", reference.answers, ANSWERED) for n, p in processes.items()}
        answering = take_turns({n: turn for n, turn in readers.items() if n not in problems}, rounds, failed=failed)
    plan = work.model().plan
    return {
        "title": reference.title,
        "batch": reference.batch,
        "steps": steps,
        "answers": reference.answers,
        "parameters": plan.size,
        "gflop_a_step": training_flops(plan, reference.batch) / 1e9,
        "peak_gflops": round(peak / 1e9, 1),
        "losses": {name: did.losses for name, did in samples.items() if did.losses},
        "left_out": left_out,
        "failed": problems,
        "training_ms": milliseconds(training),
        "answering_ms": milliseconds(answering),
        "memory_mb": {name: megabytes(used) for name, used in memory.items()},
    }


def start(stack: ExitStack, names: Sequence[str], work: Work, failed: Failure) -> dict[str, Process]:
    """A fresh process for each side, which ends with the stack; without those that fail."""
    processes = {}
    for name in names:
        process = stack.enter_context(Process(name, work.threads))
        try:
            process.load(work)
        except SideError as error:
            failed(name, error)
        else:
            processes[name] = process
    return processes


def check(names: Sequence[str], reference: Reference, work: Work, failed: Failure) -> tuple[dict[str, Sample], float]:
    """What each side did, in a process that nothing is timed in; and the machine's peak, operations a second."""
    little = replace(work, network=reference.without_dropout, learning_rate=LEARNING_RATE, whole_batch=True)
    samples, peak = {}, 0.0
    for name in names:
        with Process(name, work.threads) as process:
            if name == OURS:
                peak = process.peak_flops(work.threads)
            try:
                samples[name] = sample(process, little, KINDS[name].side.trains)
            except SideError as error:
                failed(name, error)
    return samples, peak


def milliseconds(seconds: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    return {name: [round(1e3 * s, 4) for s in values] for name, values in seconds.items()}


def megabytes(memory: Memory) -> dict[str, float | None]:
    """loaded: held before the first step;  most: held at any time since."""
    return {name: None if size is None else round(size / 1e6, 1) for name, size in memory._asdict().items()}
