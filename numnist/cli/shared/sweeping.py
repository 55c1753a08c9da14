"""What `numnist sweep` sweeps, by its options; its progress, and its table."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from numnist.cli.shared.overrides import with_choices
from numnist.cli.shared.printing import console, note, result, result_json, table
from numnist.cli.shared.progress import Stopping
from numnist.cli.shared.sweep_work import Work
from numnist.experiment.folder import remove_if_empty
from numnist.experiment.recipe import Recipe
from numnist.experiment.sweeps.record import OBJECTIVE, SEED, Group, groups
from numnist.experiment.sweeps.space import (
    Choices,
    Domain,
    default_space,
    grid_choices,
    is_fixed,
    read_space,
)
from numnist.experiment.sweeps.trial import Result, Stopped, never
from numnist.report.sweep.page import write_sweep_page
from numnist.report.sweep.seeds import HEADS, seed_rows
from numnist.support.errors import INTERRUPTED, UsageError
from numnist.support.format import duration, percent, value_text
from numnist.support.workers import cores

# The 64 combinations that are trained by default
ALL = {
    "optimizer": ["SGD", "Momentum", "RMSProp", "Adam"],
    "activation": ["relu", "sigmoid"],
    "regularization": ["l2", "dropout"],
    "pooling": ["max", "average"],
    "loss": ["softmax-cross-entropy", "multiclass-svm"],
}
EXAMPLES = ALL | {"learning_rate": ["0.1", "0.01"], "seed": ["0", "1", "2"]}
NUMBERS: dict[str, type[int] | type[float]] = {"learning_rate": float, "seed": int}  # options that are numbers
SAME = {"optimizer": "optimizer.type", "loss": "loss.type", "learning_rate": "optimizer.learning_rate", "seed": "seed"}


def read_space_of(
    recipe: Recipe, options: Mapping[str, list[str] | None], words: Mapping[str, str], searching: bool
) -> dict[str, Domain]:
    """What is swept: the command's own options, then the fields of --set; if that is nothing, the default.

    A grid of fields that have one value each is one training; a search of such fields searches the others.
    Raises UsageError for values that do not fit the recipe, and for what is given both ways.
    """
    given: dict[str, Domain] = {}
    for name, values in options.items():
        if values is not None:
            given[name] = Choices(_typed_values(name, values))
            if SAME.get(name) in words:
                raise UsageError(f"give either --{name.replace('_', '-')} or --set {SAME[name]}=..., not both.")
    if not (given or words or searching):
        given = {name: Choices(tuple(values)) for name, values in ALL.items()}
    for name, domain in given.items():
        for value in domain.ends():
            with_choices(recipe, {name: value})
    base = with_choices(recipe, {name: domain.ends()[0] for name, domain in given.items()})
    space = read_space(base, words)
    if searching and not given and all(map(is_fixed, space.values())):
        given = {name: domain for name, domain in default_space(base).items() if name not in space}
    if not searching:
        grid_choices(space)
    return given | space


def _typed_values(name: str, words: list[str]) -> tuple[Any, ...]:
    """The values of one of the command's own options.  Raises UsageError where there is none, or one stands twice."""
    option = f"--{name.replace('_', '-')}"
    if not words:
        raise UsageError(f"{option}: which values? For example {option} {' '.join(EXAMPLES[name])}.")
    values = tuple(_typed(name, word) for word in words)
    if len({str(value).lower() for value in values}) < len(values):
        raise UsageError(f"{option} {' '.join(words)}: the same choice is given twice.")
    return values


def _typed(name: str, word: str) -> Any:
    """The value of one of the command's own options.  Raises UsageError where it is not a number and must be."""
    if name not in NUMBERS:
        return word
    try:
        return NUMBERS[name](word)
    except ValueError:
        whole = "whole " if NUMBERS[name] is int else ""
        advice = f"; for a range write --set {SAME[name]}={word}, with --search 40" if ".." in word else ""
        option = f"--{name.replace('_', '-')}"
        raise UsageError(f"{option} {word}: {word!r} is not a {whole}number{advice}.") from None


def cut(jobs: int | None, threads: int | None, searching: bool) -> tuple[int, int]:
    """(processes, threads of each): the cores in shares, where they are not given."""
    if jobs is None:
        jobs = 1 if searching else max(1, cores() // (threads or 1))
    return jobs, threads or max(1, cores() // jobs)


def to_end(work: Work, what: str, interruptible: bool, json: bool) -> dict[str, Any] | int:
    """Train all, write record and page, and print what it came to.   what: "runs of quick"

    Returns the record, or the exit code of a signal that has stopped it.
    """
    note("Sweep", f"{what} in {work.folder}")
    try:
        stopped = train_all(work, interruptible)
    except KeyboardInterrupt:
        _say_stopped(work)
        raise
    if stopped:
        _say_stopped(work)
        return stopped
    record = work.write()
    page = write_sweep_page(work.folder, record)
    if json:
        result_json(record)
    else:
        print_table(record)
        result(f"Page      {page}")
    return record


def _say_stopped(work: Work) -> None:
    remove_if_empty(work.folder)
    if work.folder.exists():
        note("Stopped", f"and saved; the same command with --run {work.folder} continues from here")


def train_all(work: Work, interruptible: bool) -> int:
    """Train, with a progress bar in a terminal and a line for each result elsewhere; write the record after each.

    interruptible: whether a signal stops after a step and saves.  Returns its exit code, 0 at the end.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    err = console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(32), MofNCompleteColumn(), TimeRemainingColumn()
    progress = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
    with Stopping() if interruptible else nullcontext() as stopping, progress as bars:
        bar = bars.add_task("", total=work.count)
        try:
            for trial in work.start(never if stopping is None else lambda: stopping.requested):
                work.done.append(trial)
                record = work.write()
                count = sum(trial["state"] != "running" for trial in record["trials"])
                choices = " ".join(map(value_text, trial["choices"].values()))
                choices = f"seed {choices}" if list(trial["choices"]) == [SEED] else choices
                bars.console.print(f"{count}/{work.count}   {choices}   {_outcome(trial)}", soft_wrap=True)
                bars.update(bar, completed=count)
        except Stopped:
            return INTERRUPTED if stopping is None else stopping.exit_code
    return 0


def _outcome(trial: Result) -> str:
    if "repeats" in trial:
        return f"the same as {trial['repeats']}, which was not trained again"
    if "error" in trial:
        return str(trial["error"])
    if trial.get("state") == "pruned":
        return f"validation {percent(trial['validation_accuracy'])}, ended early after epoch {trial['epochs']}"
    which = "validation" if trial.get("test_accuracy") is None else "test"
    return f"{which} {percent(trial[f'{which}_accuracy'], missing='')}"


def print_table(record: Mapping[str, Any]) -> None:
    """The table of all choices but the seed, best first: mean ± 95% interval over the seeds, seconds, runs.

    Of one setting with several seeds: what they come to, line by line.
    """
    names = [name for name in record["fields"] if name != SEED]
    found = groups(record)
    if len(found) == 1 and len(found[0].trials) > 1:
        return print_spread(found[0])
    states = [_states(group) for group in found]
    heads = [*names, "validation", "test", "time", "runs", *([""] if any(states) else [])]
    rows = []
    for group, state in zip(found, states):
        seconds = group.mean("train_seconds") if group.mean("epochs") else None  # no epoch is done where it failed
        time, runs = "–" if seconds is None else duration(seconds, fine=True), str(len(group.trials))
        row = [value_text(group.choices.get(name, "")) for name in names]
        row += [_accuracy(group, OBJECTIVE), _accuracy(group, "test_accuracy"), time, runs, state]
        rows.append(row[: len(heads)])
    table(heads, rows, right=("validation", "test", "time", "runs"))


def _accuracy(group: Group, quantity: str) -> str:
    found = group.sample(quantity)
    if found is None:
        return percent(None)
    return percent(found.mean) + ("" if found.half is None else f" ± {100 * found.half:.2f}")


def print_spread(group: Group) -> None:
    """What several seeds of one setting come to: mean and standard deviation, and two 95% intervals."""
    table(HEADS, seed_rows(group), right=HEADS[1:])
    complete, states = group.count("complete"), _states(group)
    seeds = f"{complete} seed{'' if complete == 1 else 's'}"
    note("Runs", f"{seeds}{f', {states}' if states else ''}; intervals by Student's t")


def _states(group: Group) -> str:
    """What is not complete, in words: 1 failed."""
    states = [trial["state"] for trial in group.trials]
    kinds = [kind for kind in ("failed", "pruned", "running") if kind in states]
    return ", ".join(kind if len(states) == 1 else f"{states.count(kind)} {kind}" for kind in kinds)
