"""Training a run to its end, for train and resume."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

from numnist.cli.shared.printing import note, result, result_json
from numnist.cli.shared.progress import Stopping, TrainingProgress
from numnist.data import Dataset
from numnist.experiment.folder import read_result
from numnist.experiment.logs import RunLogs
from numnist.experiment.recipe import Recipe
from numnist.experiment.run import Run
from numnist.experiment.training_accuracy import further_pictures
from numnist.model.model import Model
from numnist.support.errors import UsageError
from numnist.support.malloc import keep_freed_pages
from numnist.support.workers import cores
from numnist.training.events import Event
from numnist.training.frozen import frozen_parameters
from numnist.training.logs.targets import check_target
from numnist.training.loop import train
from numnist.training.parallel.group import Group
from numnist.training.state import State

# Of `digits` on 40 pictures of ten other classes: after 20 steps 89% of others are right, and 49% where all layers but
# the last are frozen; after 40 steps 92 and 89%; after 80 93 and 96%.
FEW_STEPS = 40


def train_to_end(
    make: Callable[[], Run],
    data: Dataset,
    group: Group,
    threads: int | None,
    json: bool,
    report: bool = True,
    log: Sequence[str] = (),
) -> int:
    """Train a run to its end, evaluate it, print the result and write the report.

    Returns the exit code: 128 + a signal that has stopped it; 1 if not all pictures that it should overfit are learnt.
    make: returns the run, in the first process of the group, which does all this; the others only train with it.
    log: where the training is logged besides.
    """
    keep_freed_pages()
    runs = []

    def start() -> tuple[Recipe, Model, State]:
        runs.append(make())
        return runs[0].recipe, runs[0].model, runs[0].state

    recipe, model, state = group.broadcast(start)
    if not runs:
        return _follow(train(model, data, recipe, threads=threads, state=state, group=group), group)
    (run,) = runs
    with resumable(run), RunLogs(run, log) as logs:
        return _train_first(run, group, threads, json, report, logs)


def check_logs(log: Sequence[str]) -> None:
    """Raise UsageError for a log that makes no sense or whose package is not installed, before a folder is made."""
    for target in log:
        check_target(target)


def check_find_rate(
    wanted: bool, fields: Mapping[str, str], learning_rate: float | None, trials: int | None, group: Group
) -> None:
    """Raise UsageError for what does not go together with --find-rate.   fields: of --set"""
    if not wanted:
        return
    if learning_rate is not None or "optimizer.learning_rate" in fields:
        raise UsageError("--find-rate finds the learning rate, and another option gives it: leave one of them out.")
    if trials is not None:
        raise UsageError(
            "--find-rate finds a rate for one seed, and --trials would have another for each: find it first, with "
            "`numnist find-rate`, and give it as --learning-rate."
        )
    if group.size > 1:
        raise UsageError(
            "--find-rate works in one process: find the rate first, with `numnist find-rate`, and give it to all as "
            "--learning-rate."
        )


def check_group(recipe: Recipe, group: Group) -> None:
    """Raise UsageError for several processes where one is enough, before a folder is made."""
    if recipe.overfit and group.size > 1:
        raise UsageError("--overfit trains on few pictures, for which one process is enough: leave mpiexec out.")


@contextmanager
def resumable(run: Run) -> Iterator[None]:
    """When Ctrl-C cuts off what follows, say how it goes on: what was saved is whole at any moment."""
    try:
        yield
    except KeyboardInterrupt:
        done = len(run.state.history)
        if done >= run.recipe.epochs and (read_result(run.folder) or {}).get("epochs") == done:
            note("Stopped", f"after training and evaluation; numnist report {run.folder} writes the report")
        else:
            note("Stopped", f"continue from the last checkpoint with: numnist resume {run.folder}")
        raise


def _train_first(run: Run, group: Group, threads: int | None, json: bool, report: bool, logs: RunLogs) -> int:
    """Train as the first process of a group, which speaks and writes."""
    recipe, model, state = run.recipe, run.model, run.state
    steps_done = state.step
    epochs_done = len(state.history) + state.epoch_pictures / len(run.data.training)
    note("Data", f"{run.data.name}: {_sizes(run.data)}")
    note("", run.data.source)
    if more := further_pictures(run.data):
        note("", f"training accuracy is of {len(run.data.training):,} pictures, {more}")
    frozen = frozen_parameters(model.parameters, recipe.freeze)
    kept = f", of which {frozen:,} are frozen" if frozen else ""
    note("Recipe", f"{recipe.name}: {recipe.title} ({model.plan.size:,} parameters{kept})")
    used = threads or max(1, cores() // group.here)
    where = f" each in {group.size} processes" if group.size > 1 else ""
    if run.start_note:
        note("Start", run.start_note)
    if few := _few_steps(run):
        note("Note", few)
    if run.rate is not None:
        note("Rate", f"{recipe.optimizer.learning_rate:g}, found in {len(run.rate.rates)} steps from the same seed")
    note("Run", f"{run.folder} (seed {recipe.seed}, {used} core{'' if used == 1 else 's'}{where})")
    for each in logs.logs:
        note("Log", each.target)
    for text in logs.notes:
        note("Note", text)
    if group.size > (recipe.lanes or group.size):
        note("Note", f"a batch has {recipe.lanes} lanes, so that only {recipe.lanes} of {group.size} processes train")
    sent = group.sent
    with (
        Stopping() as stopping,
        TrainingProgress(recipe.epochs, epochs_done, state.seconds) as progress,
        closing(run.events(threads, group)) as events,
    ):
        for event in events:
            progress(event)
            logs(event)
            if stopping.requested:
                if group.size == 1:
                    break
                group.stop()
    if group.size > 1:
        all_sent = sum(group.collect(group.sent - sent)) / max(1, state.step - steps_done) / 1e6
        vector = model.theta.nbytes / 1e6
        note(
            "Sent", f"{all_sent / group.size:.2f} MB a step by each process on average; a gradient has {vector:.2f} MB"
        )
    stopped = stopping.requested if group.size == 1 else group.stopped
    if stopped:
        note("Stopped", f"and saved; continue exactly from here with: numnist resume {run.folder}")
        return stopping.exit_code
    summary = run.evaluate(threads)
    logs.result(summary)
    if not json:
        if recipe.overfit:
            result(f"Learnt    {_learnt(summary)} in {_epochs(summary['epochs'])}")
        elif run.evaluation:
            result(f"Test      {run.evaluation}")
        result(f"Model     {summary['model']}")
    if report:
        from numnist.report.page.html import write_report  # here, because training needs none of it

        summary = run.record(summary, report=str(write_report(run.folder, run.data, threads, run.evaluation)))
    missed = recipe.overfit and summary["learnt"] < summary["pictures"]
    if json:
        result_json(summary)
        return int(missed)
    if report:
        result(f"Report    {summary['report']}")
    if missed:
        note("Next", f"numnist gradcheck {run.folder}   checks whether its gradients are right")
        return 1
    note("Next", f"numnist predict PICTURE... --model {run.folder}   classifies your own pictures")
    note("", f"numnist evaluate {run.folder}   shows which classes it confuses")
    return 0


def _few_steps(run: Run) -> str:
    """What to do where a training from another model has too few steps to learn anything; nothing if it has enough."""
    recipe, pictures = run.recipe, len(run.data.training)
    steps = recipe.epochs * recipe.steps(pictures)
    if "start" not in run.made or run.state.step or steps >= FEW_STEPS:
        return ""
    size = max(1, recipe.epochs * pictures // (2 * FEW_STEPS))
    more = f"--batch-size {size}" if size < recipe.batch_size else f"--epochs {2 * FEW_STEPS // recipe.steps(pictures)}"
    return (
        f"the whole training has {steps} step{'' if steps == 1 else 's'}, which may teach it next to nothing: give it "
        f"some {2 * FEW_STEPS}, as with {more}"
    )


def _epochs(count: int) -> str:
    return f"{count} epoch{'' if count == 1 else 's'}"


def _learnt(summary: dict[str, Any]) -> str:
    """63 of 100 pictures; all 100 pictures"""
    learnt, pictures = summary["learnt"], summary["pictures"]
    return f"all {pictures:,} pictures" if learnt == pictures else f"{learnt:,} of {pictures:,} pictures"


def _follow(events: Iterable[Event], group: Group) -> int:
    """Train as one of the other processes of a group."""
    sent = group.sent
    with Stopping() as stopping:
        for _ in events:
            if stopping.requested:
                group.stop()
    group.collect(group.sent - sent)  # for the first to tell
    return stopping.exit_code if group.stopped else 0


def _sizes(data: Dataset) -> str:
    C, H, W = data.shape
    sizes = " / ".join(f"{len(split):,}" for split in (data.train, data.validation, data.test))
    colour = " in colour" if C == 3 else ""
    return f"{sizes} to train, validate and test; {H}×{W}{colour}, {len(data.classes)} classes"
