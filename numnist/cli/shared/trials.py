"""The same training several times, with other seeds: what `numnist train --trials` does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from numnist.cli.shared.sweep_work import grid_work
from numnist.cli.shared.sweeping import to_end
from numnist.data.dataset import Dataset
from numnist.experiment.recipe import Recipe
from numnist.experiment.sweeps.record import SEED
from numnist.experiment.sweeps.space import Choices
from numnist.support.errors import UsageError
from numnist.support.workers import cores
from numnist.training.parallel.group import Group


def check_trials(group: Group, from_: Path | None, overfit: int | None, log: Sequence[str] | None = None) -> None:
    """Raise UsageError for what does not go together with several trials."""
    if group.size > 1:
        raise UsageError("--trials trains in one process: leave mpiexec out, or give each process a seed of its own.")
    if from_ is not None:
        raise UsageError("--trials varies the initial weights, and --from gives them: leave one of them out.")
    if overfit is not None:
        raise UsageError("--trials compares accuracy on test pictures, and --overfit has none: leave one of them out.")
    if log:
        raise UsageError("--log logs one training, and --trials makes several: train each by itself to log it.")


def train_trials(recipe: Recipe, data: Dataset, trials: int, run: Path | None, threads: int | None, json: bool) -> int:
    """Train a grid of seeds, one run at a time on all cores, so that its seconds are those of a run alone.

    Returns the exit code: 128 + the signal if one has stopped it, 1 if a run failed.
    """
    seeds = Choices(tuple(range(recipe.seed, recipe.seed + trials)))
    work = grid_work(recipe, data, {SEED: seeds}, {}, run, 1, threads or cores(), None)
    record = to_end(work, f"{trials} trial{'' if trials == 1 else 's'} of {recipe.name}", interruptible=True, json=json)
    if isinstance(record, int):
        return record
    return int(any(trial["state"] == "failed" for trial in record["trials"]))
