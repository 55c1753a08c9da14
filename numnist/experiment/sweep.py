"""Sweeps: a recipe trained with every combination of some choices, side by side in processes.

A folder holds a run for each combination, named by its choices.  What is finished there is not trained again, so a
sweep that was stopped goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from numnist.data.dataset import Dataset
from numnist.experiment.recipe import Recipe, read_recipe
from numnist.experiment.run import Run
from numnist.support.errors import NotFiniteError, UsageError
from numnist.support.files import write_atomically
from numnist.support.malloc import keep_freed_pages


@dataclass(frozen=True)
class Combination:
    """One point of the grid: what was chosen, and the recipe that this makes."""

    choices: Mapping[str, str]
    recipe: Recipe

    @property
    def name(self) -> str:
        """As a folder: sgd-relu-l2-max-multiclass_svm."""
        return "-".join(choice.lower().replace("-", "_").replace("/", "_") for choice in self.choices.values())


def grid(choices: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Every combination of one choice from each list, the last list running fastest."""
    return [dict(zip(choices, chosen)) for chosen in product(*choices.values())]


def sweep(combinations: Sequence[Combination], data: Dataset, folder: Path, jobs: int) -> Iterator[dict[str, Any]]:
    """Train and judge all, `jobs` at a time with a thread each, and yield each result as it comes.

    A result is that of `Run.judge` with the choices beside it, or the choices and an `error` where the numbers ran
    away.  Raises UsageError where two combinations have one name, or the folder holds another sweep's runs.
    """
    from joblib import Parallel, delayed

    names = [combination.name for combination in combinations]
    if len(set(names)) < len(names):
        raise UsageError("a sweep needs different choices: the same one is given twice.")
    for combination in combinations:
        _check_same(combination.recipe, folder / combination.name)
    tasks = (delayed(_result)(combination, data, folder / combination.name) for combination in combinations)
    yield from Parallel(n_jobs=jobs, return_as="generator_unordered")(tasks)


def _check_same(recipe: Recipe, folder: Path) -> None:
    """Raise UsageError where the folder holds a run of another recipe, whose result would be taken for this one's."""
    config = folder / "config.toml"
    if config.exists():
        there = read_recipe(config)
        if there != recipe.override(lanes=there.lanes, shard=there.shard):
            raise UsageError(f"{folder} holds a run with other settings: choose another folder, or the same settings.")


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
        write_atomically(folder / "result.json", (json.dumps(result, indent=2) + "\n").encode())
        return result
    return run.judge(threads=1)
