"""One run of a sweep, from wherever it was left to its result."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from numnist.data.dataset import Dataset
from numnist.experiment.folder import read_config, read_result, write_result
from numnist.experiment.place import remove_abandoned
from numnist.experiment.recipe import Recipe, read_recipe
from numnist.experiment.run import Run
from numnist.support.errors import DataError, NotFiniteError, UsageError
from numnist.support.files import remove_unfinished
from numnist.support.locks import locked
from numnist.support.malloc import keep_freed_pages
from numnist.training.events import Epoch

Result = dict[str, Any]
PRUNED = "pruned"


class Stopped(Exception):  # noqa: N818  (not an error)
    """The training was asked to stop, and has saved where it is."""


def never() -> bool:
    """The answer of `stop` that lets a training go on."""
    return False


def train_trial(
    recipe: Recipe,
    data: Dataset,
    folder: Path,
    threads: int | None = 1,
    prune: Callable[[list[dict[str, Any]]], bool] | None = None,
    stop: Callable[[], bool] = never,
) -> Result:
    """Train and evaluate a run, and return its result, which stands in its folder too.

    A finished run is only read, one that was stopped goes on from its checkpoint.  prune(history): whether to end it
    here; called at the start of what is resumed and after each epoch but the last, with the records of all epochs.
    stop(): whether to stop now; called after each step.  The result is that of `Run.evaluate`; if training diverged it
    has an `error`, and if it was pruned `"state": "pruned"`.  Raises Stopped, and as `check_same`.
    """
    check_same(folder, recipe, data)
    if (finished := read_result(folder)) is not None:
        return finished
    keep_freed_pages()
    run = _open(recipe, data, folder)
    try:
        if _is_hopeless(run, prune):
            return _end(run, state=PRUNED)
        with closing(run.events(threads)) as events:
            for event in events:
                if stop():
                    raise Stopped
                if isinstance(event, Epoch) and _is_hopeless(run, prune):
                    return _end(run, state=PRUNED)
    except NotFiniteError as error:
        return _end(run, error=str(error))
    return run.evaluate(threads)


def tidy(folder: Path) -> None:
    """Remove what dead processes have left in a sweep's folder: hidden runs, and locks of runs that nobody resumes."""
    remove_abandoned(folder)
    for lock in folder.glob("*/lock"):
        with suppress(OSError), locked(lock):
            remove_unfinished(lock.parent)


def check_same(folder: Path, recipe: Recipe, data: Dataset) -> None:
    """Raise UsageError where the folder holds a run with other settings, DataError where its data was another.

    Its result would be taken for this one's.
    """
    if not (folder / "config.toml").exists():
        return
    there = read_recipe(folder / "config.toml")
    if there != recipe.override(lanes=there.lanes, shard=there.shard):
        raise UsageError(f"{folder} holds a run with other settings: choose another folder, or the same settings.")
    trained_on = read_config(folder)["environment"]["data_sha256"]
    if trained_on != data.sha256:
        raise DataError(
            f"{folder} was trained on {data.name} with the SHA-256 {trained_on[:16]}…, but what is found now has "
            f"{data.sha256[:16]}…, so that their results cannot be compared: choose another --run, or give the same "
            "data again."
        )


def _open(recipe: Recipe, data: Dataset, folder: Path) -> Run:
    if (folder / "last.safetensors").exists():
        return Run.open(folder, data)
    if folder.exists():  # its process died before it had written a checkpoint, so there is nothing to resume
        shutil.rmtree(folder)
    return Run.create(recipe, data, folder)


def _is_hopeless(run: Run, prune: Callable[[list[dict[str, Any]]], bool] | None) -> bool:
    history = run.state.history
    return prune is not None and 0 < len(history) < run.recipe.epochs and prune(history)


def _end(run: Run, **how: str) -> Result:
    """Write and return the result of a run that is not evaluated."""
    history = run.state.history
    result = {
        "run": str(run.folder),
        "epochs": len(history),
        "train_seconds": round(run.state.seconds, 3),
        "validation_accuracy": history[-1]["validation_accuracy"] if history and "error" not in how else None,
        "test_accuracy": None,
        "seed": run.recipe.seed,
    } | how
    write_result(run.folder, result)
    return result
