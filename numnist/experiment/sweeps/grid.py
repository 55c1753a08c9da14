"""Grids: a recipe trained with every combination of some choices.

A folder holds a run for each combination, named after its choices.  Finished runs are not trained again, so that a
sweep that was stopped goes on from there; two processes with the same folder share the work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numnist.data.dataset import Dataset
from numnist.experiment.lines import read_metrics
from numnist.experiment.recipe import Recipe
from numnist.experiment.sweeps.claims import alone
from numnist.experiment.sweeps.processes import in_processes
from numnist.experiment.sweeps.trial import Result, check_same, never, tidy, train_trial
from numnist.support.errors import UsageError


@dataclass(frozen=True)
class Combination:
    """One point of the grid: the choices, and the recipe that they make."""

    choices: Mapping[str, Any]
    recipe: Recipe

    @property
    def name(self) -> str:
        """The name of its folder, such as sgd-relu-l2-max-multiclass_svm."""
        return "-".join(re.sub(r"[^\w.+]", "_", str(choice).lower()) for choice in self.choices.values())


def check_grid(combinations: Sequence[Combination], data: Dataset, folder: Path | None) -> None:
    """Raise UsageError where two combinations have the same name, or the folder holds another sweep's runs.

    folder: None for a new one.  Raises DataError where its runs were trained on other data.
    """
    names = [combination.name for combination in combinations]
    if len(set(names)) < len(names):
        raise UsageError("a sweep needs different choices: the same one is given twice.")
    if folder is None:
        return
    for combination in combinations:
        check_same(folder / combination.name, combination.recipe, data)


def sweep(
    combinations: Sequence[Combination],
    data: Dataset,
    folder: Path,
    jobs: int,
    threads: int = 1,
    stop: Callable[[], bool] = never,
) -> Iterator[Result]:
    """Train and evaluate all, `jobs` processes at a time, and yield each result when it is there.

    A result is that of `train_trial`, with its choices, name and history.  Raises as `check_grid`, and Stopped.
    """
    check_grid(combinations, data, folder)
    tidy(folder)
    if jobs == 1:
        yield from (run_combination(each, data, folder, threads, stop) for each in combinations)
    else:
        yield from in_processes(run_combination, [(each, data, folder, threads) for each in combinations], jobs, stop)


def run_combination(
    combination: Combination, data: Dataset, folder: Path, threads: int = 1, stop: Callable[[], bool] = never
) -> Result:
    """Train one combination in this process, unless its folder holds a finished result, and return its result.

    Where another process trains it, wait for that one's result.
    """
    own = folder / combination.name
    with alone(folder, combination.name, patience=None):
        result = train_trial(combination.recipe, data, own, threads, stop=stop)
    named = {"name": combination.name, "choices": dict(combination.choices), "seed": combination.recipe.seed}
    return named | result | {"run": str(own), "history": read_metrics(own)}
