"""Sweeps: a recipe trained with every combination of some choices, in parallel processes.

A folder holds a run for each combination, named after its choices.  Finished runs are not trained again, so that a
sweep that was stopped goes on from there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from numnist.data.dataset import Dataset
from numnist.experiment.folder import write_result
from numnist.experiment.recipe import Recipe, read_recipe
from numnist.experiment.run import Run
from numnist.support.errors import NotFiniteError, UsageError
from numnist.support.malloc import keep_freed_pages


@dataclass(frozen=True)
class Combination:
    """One point of the grid: the choices, and the recipe that they make."""

    choices: Mapping[str, str]
    recipe: Recipe

    @property
    def name(self) -> str:
        """The name of its folder, such as sgd-relu-l2-max-multiclass_svm."""
        return "-".join(choice.lower().replace("-", "_").replace("/", "_") for choice in self.choices.values())


def grid(choices: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Every combination of one choice from each list, the last list varying fastest."""
    return [dict(zip(choices, chosen)) for chosen in product(*choices.values())]


def sweep(combinations: Sequence[Combination], data: Dataset, folder: Path, jobs: int) -> Iterator[dict[str, Any]]:
    """Train and evaluate all, `jobs` at a time with a thread each, and yield each result when it is there.

    A result is that of `Run.evaluate` and the choices, or the choices and an `error` if training diverged.
    Raises UsageError where two combinations have the same name, or the folder holds another sweep's runs.
    """
    from joblib import Parallel, delayed

    names = [combination.name for combination in combinations]
    if len(set(names)) < len(names):
        raise UsageError("a sweep needs different choices: the same one is given twice.")
    for combination in combinations:
        own = folder / combination.name
        if (own / "config.toml").exists():  # a result of other settings would be taken for this one's
            there = read_recipe(own / "config.toml")
            if there != combination.recipe.override(lanes=there.lanes, shard=there.shard):
                raise UsageError(f"{own} holds a run with other settings: choose another folder, or the same settings.")
    tasks = (delayed(_result)(combination, data, folder / combination.name) for combination in combinations)
    yield from Parallel(n_jobs=jobs, return_as="generator_unordered")(tasks)


def _result(combination: Combination, data: Dataset, folder: Path) -> dict[str, Any]:
    """Train one combination in this process, unless its folder holds a finished result."""
    finished = folder / "result.json"
    result = json.loads(finished.read_text("utf-8")) if finished.exists() else _train(combination.recipe, data, folder)
    return {"choices": dict(combination.choices)} | result


def _train(recipe: Recipe, data: Dataset, folder: Path) -> dict[str, Any]:
    keep_freed_pages()
    run = Run.open(folder, data) if (folder / "last.safetensors").exists() else Run.create(recipe, data, folder)
    try:
        for _ in run.events(threads=1):
            pass
    except NotFiniteError as error:
        result = {"run": str(folder), "error": str(error)}
        write_result(folder, result)
        return result
    return run.evaluate(threads=1)
