"""What `numnist sweep` works on: from its options to runs, and from their results to a record, a table and a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numnist.cli.shared.overrides import with_choices
from numnist.cli.shared.printing import console, note, table
from numnist.cli.shared.progress import Stopping
from numnist.data.dataset import Dataset
from numnist.experiment.folder import RUNS, free_folder
from numnist.experiment.recipe import Recipe
from numnist.experiment.sweeps.claims import alone
from numnist.experiment.sweeps.grid import Combination, check_grid, sweep
from numnist.experiment.sweeps.record import OBJECTIVE, Group, groups, half_interval, sweep_record, write_record
from numnist.experiment.sweeps.space import (
    Choices,
    Domain,
    default_space,
    grid,
    grid_choices,
    is_fixed,
    is_logarithmic,
    read_space,
)
from numnist.experiment.sweeps.trial import Result, never
from numnist.report.page.markup import count as counted
from numnist.support.errors import UsageError
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
NUMBERS: dict[str, type[int] | type[float]] = {"learning_rate": float, "seed": int}  # options that are numbers
SAME = {"optimizer": "optimizer.type", "loss": "loss.type", "learning_rate": "optimizer.learning_rate", "seed": "seed"}


@dataclass
class Work:
    """A sweep that is ready to start.

    count: runs in all;  start(stop): trains them and yields their results;  record(done): the record, with these
    results of this process.
    """

    folder: Path
    count: int
    start: Callable[[Callable[[], bool]], Iterator[Result]]
    record: Callable[[list[Result]], dict[str, Any]]
    done: list[Result] = field(default_factory=list)

    def write(self) -> dict[str, Any]:
        """Write the record as it is now, and return it."""
        with alone(self.folder, "record"):  # else one that knows less may come last
            record = self.record(self.done)
            write_record(self.folder, record)
        return record


def read_space_of(
    recipe: Recipe, options: Mapping[str, list[str] | None], words: Mapping[str, str], searching: bool
) -> dict[str, Domain]:
    """What is swept: the command's own options, then the fields of --set; if that is nothing, the default.

    Raises UsageError for values that do not fit the recipe, and for what is given both ways.
    """
    given: dict[str, Domain] = {
        name: Choices(tuple(_typed(name, value) for value in values)) for name, values in options.items() if values
    }
    for name in given:
        if SAME.get(name) in words:
            raise UsageError(f"give either --{name.replace('_', '-')} or --set {SAME[name]}=..., not both.")
        for value in given[name].ends():
            with_choices(recipe, {name: value})
    base = with_choices(recipe, {name: domain.ends()[0] for name, domain in given.items()})
    space = read_space(base, words)
    if not given and all(map(is_fixed, space.values())):
        default = default_space(base) if searching else {name: Choices(tuple(values)) for name, values in ALL.items()}
        given = {name: domain for name, domain in default.items() if name not in space}
    return given | space


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


def grid_work(
    recipe: Recipe, data: Dataset, space: Mapping[str, Domain], words: Mapping[str, str], run: Path | None, jobs: int,
    threads: int, on: str | None,
) -> Work:  # fmt: skip
    """The grid.  Raises UsageError where the folder holds other runs, and for ranges."""
    fixed = {name: domain.ends()[0] for name, domain in space.items() if name in words and is_fixed(domain)}
    choices = grid_choices({name: domain for name, domain in space.items() if name not in fixed})
    combinations = [Combination(each, with_choices(recipe, fixed | each)) for each in grid(choices)]
    check_grid(combinations, run or Path())
    folder = free_folder("sweep") if run is None else run

    def start(stop: Callable[[], bool]) -> Iterator[Result]:
        if on is None:
            return sweep(combinations, data, folder, jobs, threads, stop)
        from numnist.experiment.sweeps.cluster import grid_on

        return grid_on(on, combinations, data, folder)

    def record(done: list[Result]) -> dict[str, Any]:
        return sweep_record(recipe.name, data.name, list(choices), done, _over_decades(space))

    return Work(folder, len(combinations), start, record)


def search_work(
    recipe: Recipe, data: Dataset, space: Mapping[str, Domain], count: int, storage: str | None, run: Path | None,
    jobs: int, threads: int, on: str | None,
) -> Work:  # fmt: skip
    """The search, with a trial for each setting if there are no more than that.

    Raises UsageError without Optuna or validation pictures, and where the folder is of another one.
    """
    from numnist.experiment.sweeps.distinct import count_settings
    from numnist.experiment.sweeps.search import results, search
    from numnist.experiment.sweeps.study import OpenedStudy, Search, import_optuna, study_name

    import_optuna()
    if not len(data.validation):
        raise UsageError("a search compares validation accuracy: keep some pictures, as with --set validation=1000.")
    folder = run or default_folder(storage, study_name(recipe, space, data.sha256))
    where = storage or str(folder / "study.log")
    settings = count_settings(space)
    if settings is not None and settings < count:
        note("Search", f"the space has only {counted(settings, 'setting')}, and one trial for each is enough")
        count = settings
    plan = Search(recipe, space, with_choices, data.sha256, count, where, folder, threads)
    opened = OpenedStudy(plan)

    def start(stop: Callable[[], bool]) -> Iterator[Result]:
        if on is None:
            return search(plan, data, jobs, stop)
        from numnist.experiment.sweeps.cluster import search_on

        return search_on(on, plan, data)

    def record(done: list[Result]) -> dict[str, Any]:
        free = [name for name, domain in space.items() if not is_fixed(domain)]
        return sweep_record(recipe.name, data.name, free, results(opened), _over_decades(space))

    return Work(folder, count, start, record)


def _over_decades(space: Mapping[str, Domain]) -> list[str]:
    return [name for name, domain in space.items() if is_logarithmic(domain)]


def default_folder(storage: str | None, study: str) -> Path:
    """Where the runs of a search go: beside its storage, so that all who share that share the runs."""
    if storage is None:
        return free_folder("sweep")
    file = storage.removeprefix("sqlite:///").partition("?")[0] if storage.startswith("sqlite:///") else storage
    path = Path(file)
    return RUNS / study if "://" in file else path.parent / f"{path.stem}-{study}"


def train_all(work: Work, interruptible: bool) -> None:
    """Train, with a progress bar in a terminal and a line for each result elsewhere; write the record after each.

    interruptible: whether Ctrl-C stops after a step and saves.  Raises Stopped.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    err = console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(32), MofNCompleteColumn(), TimeRemainingColumn()
    progress = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
    with Stopping() if interruptible else nullcontext() as stopping, progress as bars:
        bar = bars.add_task("", total=work.count)
        for result in work.start(never if stopping is None else lambda: stopping.requested):
            work.done.append(result)
            record = work.write()
            count = sum(trial["state"] != "running" for trial in record["trials"])
            choices = " ".join(map(value_text, result["choices"].values()))
            bars.console.print(f"{count}/{work.count}   {choices}   {_outcome(result)}", soft_wrap=True)
            bars.update(bar, completed=count)


def _outcome(result: Result) -> str:
    if "repeats" in result:
        return f"the same as {result['repeats']}, which was not trained again"
    if "error" in result:
        return str(result["error"])
    if result.get("state") == "pruned":
        return f"validation {percent(result['validation_accuracy'])}, ended early after epoch {result['epochs']}"
    which = "validation" if result.get("test_accuracy") is None else "test"
    return f"{which} {percent(result[f'{which}_accuracy'], missing='')}"


def print_table(record: Mapping[str, Any]) -> None:
    """The table of all choices but the seed, best first: mean ± 95% interval over the seeds, seconds, runs."""
    names = [name for name in record["fields"] if name != "seed"]
    rows = []
    for group in groups(record):
        seconds = group.mean("train_seconds")
        row = [value_text(group.choices.get(name, "")) for name in names]
        row += [_accuracy(group, OBJECTIVE), _accuracy(group, "test_accuracy")]
        rows.append(
            (*row, "" if seconds is None else duration(seconds, fine=True), str(len(group.trials)), _states(group))
        )
    heads = (*names, "validation", "test", "time", "runs", "")
    table(heads, rows, right=("validation", "test", "time", "runs"))


def _accuracy(group: Group, quantity: str) -> str:
    half = half_interval(group.values(quantity))
    return percent(group.mean(quantity), missing="") + ("" if half is None else f" ± {100 * half:.2f}")


def _states(group: Group) -> str:
    """What is not complete, in words: 1 failed."""
    states = [trial["state"] for trial in group.trials]
    kinds = [kind for kind in ("failed", "pruned", "running") if kind in states]
    return ", ".join(kind if len(states) == 1 else f"{states.count(kind)} {kind}" for kind in kinds)
