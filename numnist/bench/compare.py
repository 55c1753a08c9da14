"""The whole comparison, from the check that all compute the same to the record of measurements.

    check      each backend alone does a small part of the work; one that differs from numnist is not measured
    measure    the others, for each number of threads

The record is plain JSON: what was compared, the environment, and every round's raw measurement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from numnist.bench.agreement import LEARNING_RATE, Sample, disagreement, sample
from numnist.bench.flops import training_flops
from numnist.bench.measure import PICTURES_AT_ONCE, OnFailure, Record, Report, Settings, first_epochs, measure
from numnist.bench.networks import Reference
from numnist.bench.peers import CONTENDERS, OURS, version
from numnist.bench.process import BackendError, Process
from numnist.bench.work import Work, write_pictures
from numnist.data import Dataset
from numnist.support.environment import stamp

FORMAT = 2  # of the record; 1, of numnist 0.1, had one number of threads and no first epoch


def compare(settings: Settings, data: Dataset, report: Report) -> Record:
    """Check and measure all backends on all networks.  Raises BackendError if numnist itself fails."""
    libraries = {each.packages[0]: each.peer for each in reversed(settings.contenders) if each.packages}
    versions = {peer: version(package) or "" for package, peer in reversed(libraries.items())}
    with Process(OURS, max(settings.threads)) as process:
        blas = process.blas()
    record = stamp(**versions, blas=blas) | {
        "format": FORMAT,
        "peers": list(versions),
        "data": data.name,
        "rounds": settings.rounds,
        "threads": list(settings.threads),
        "answered": PICTURES_AT_ONCE,
        "epoch_pictures": settings.pictures_an_epoch(data),
        "epoch_rounds": settings.epoch_rounds,
    }
    networks = {}
    with TemporaryDirectory(prefix="numnist-bench-") as folder:
        normalization = write_pictures(Path(folder), data.train)
        for reference in settings.references:
            work = Work(Path(folder), reference.network, reference.batch, max(settings.threads), normalization)
            networks[reference.name] = compare_network(settings, reference, work, data, report)
    return record | {"networks": networks}


def compare_network(settings: Settings, reference: Reference, work: Work, data: Dataset, report: Report) -> Record:
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
    samples = check(able, reference, work, failed)
    for name, theirs in samples.items():
        if why := disagreement(theirs, samples[OURS]):
            failed(name, BackendError(f"{name} computes something else: {why}"))
    runs: dict[str, Record] = {}
    for threads in settings.threads:
        each = replace(work, threads=threads)
        names = [name for name in samples if name not in problems]
        run = measure(settings, reference, each, names, failed, report)
        trained = [name for name in run["training_ms"] if name not in problems]
        runs[str(threads)] = run | {"epoch_s": first_epochs(settings, each, data, trained, failed, report)}
    plan = work.model().plan
    return {
        "title": reference.title,
        "batch": reference.batch,
        "steps": settings.steps or reference.steps,
        "answers": reference.inferences,
        "parameters": plan.size,
        "gflop_a_step": training_flops(plan, reference.batch) / 1e9,
        "losses": {name: did.losses for name, did in samples.items() if did.losses},
        "left_out": left_out,
        "failed": problems,
        "runs": runs,
    }


def check(names: Sequence[str], reference: Reference, work: Work, failed: OnFailure) -> dict[str, Sample]:
    """Results of each backend, in a process that is not measured."""
    small = replace(work, network=reference.without_dropout, learning_rate=LEARNING_RATE, whole_batch=True)
    samples = {}
    for name in names:
        with Process(name, work.threads) as process:
            try:
                samples[name] = sample(process, small, CONTENDERS[name].backend.trains)
            except BackendError as error:
                failed(name, error)
    return samples
