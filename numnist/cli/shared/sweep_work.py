"""The work of a sweep: the runs of a grid or the trials of a search, ready to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numnist.cli.shared.overrides import with_choices
from numnist.cli.shared.printing import note
from numnist.data.dataset import Dataset
from numnist.experiment.folder import RUNS, free_folder
from numnist.experiment.recipe import Recipe
from numnist.experiment.sweeps.claims import alone
from numnist.experiment.sweeps.grid import Combination, check_grid, sweep
from numnist.experiment.sweeps.record import (
    entry,
    joined,
    read_record,
    sweep_record,
    write_record,
)
from numnist.experiment.sweeps.space import (
    Domain,
    grid,
    grid_choices,
    is_fixed,
    is_logarithmic,
)
from numnist.experiment.sweeps.study import FILE as STUDY
from numnist.experiment.sweeps.trial import Result
from numnist.report.page.markup import count as counted
from numnist.support.errors import UsageError


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


def grid_work(
    recipe: Recipe, data: Dataset, space: Mapping[str, Domain], words: Mapping[str, str], run: Path | None, jobs: int,
    threads: int, on: str | None,
) -> Work:  # fmt: skip
    """The grid, with the runs of a folder that holds some of it.

    Raises UsageError for ranges and where the folder holds another sweep, DataError where its data was another.
    """
    there = None if run is None else _record_there(run, recipe.name, data.name)
    known_fields = () if there is None else there["fields"]
    # One value of --set is the same for all runs, unless the folder's runs differ in it, or there is nothing else
    one = {name for name, domain in space.items() if name in words and is_fixed(domain) and name not in known_fields}
    swept = (space.keys() - one) or space.keys()
    choices = grid_choices({name: domain for name, domain in space.items() if name in swept})
    fixed = {name: domain.ends()[0] for name, domain in space.items() if name not in choices}
    if run is not None and there is not None:
        _check_there(run, "fields", ", ".join(sorted(known_fields)) or "none", ", ".join(sorted(choices)))
        choices = {name: choices[name] for name in known_fields}  # their order makes the names of runs
    combinations = [Combination(each, with_choices(recipe, fixed | each)) for each in grid(choices)]
    known = [] if there is None else [trial["choices"] for trial in there["trials"]]
    earlier = {each.name: each for each in (Combination(each, with_choices(recipe, fixed | each)) for each in known)}
    check_grid(combinations, data, run)
    check_grid([*earlier.values()], data, run)
    folder = free_folder("sweep") if run is None else run

    def start(stop: Callable[[], bool]) -> Iterator[Result]:
        if on is None:
            return sweep(combinations, data, folder, jobs, threads, stop)
        from numnist.experiment.sweeps.cluster import grid_on

        return grid_on(on, combinations, data, folder)

    def record(done: list[Result]) -> dict[str, Any]:
        known = read_record(folder) or {"trials": ()}
        trials = joined(known["trials"], map(entry, done))
        return sweep_record(recipe.name, data.name, list(choices), trials, _over_decades(space))

    return Work(folder, len(earlier.keys() | {each.name for each in combinations}), start, record)


def _record_there(folder: Path, recipe: str, dataset: str) -> dict[str, Any] | None:
    """The record of the grid that the folder holds, if any.  Raises UsageError if it is not one of this recipe."""
    if (folder / STUDY).exists():
        raise UsageError(f"{folder} holds a search: choose another --run for a grid.")
    there = read_record(folder)
    if there is None:
        return None
    _check_there(folder, "recipe", there["recipe"], recipe)
    _check_there(folder, "data", there["dataset"], dataset)
    return there


def _check_there(folder: Path, what: str, old: str, new: str) -> None:
    """Raise UsageError where the grid in the folder has another one of this."""
    if old != new:
        raise UsageError(
            f"{folder} holds a sweep with other {what}: {old}, not {new}. Only values may differ from those there: "
            "choose another --run."
        )


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
