"""Contents: all that a report shows of a run, worked out from the run's folder and its data."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Dataset, Split
from numnist.evaluation.calibration import Calibration
from numnist.evaluation.metrics import Evaluation
from numnist.experiment.filter_history import moments, snapshots
from numnist.experiment.history import read_history
from numnist.experiment.recipe import Recipe, read_recipe
from numnist.experiment.run import read_config
from numnist.model.file import load_model
from numnist.model.model import Model
from numnist.nn.activations import softmax
from numnist.report.judged import Judged
from numnist.report.page.repeat import command
from numnist.report.page.timing import StepTime, time_by_layer
from numnist.support.errors import DataError, UsageError

Array = NDArray[Any]
FILTERS = 24  # of the first layer


@dataclass(frozen=True, eq=False)
class Contents:
    """A run, ready to be shown.

    config: config.toml's text;  environment: its table of that name;  again: the command that repeats the run;
    history: a record an epoch;  finished: whether training came to its end;  split: which pictures `judged` is about,
    "test" or, where there are none, "validation", else None;  filters: the first weights (units, C, kh, kw) at the
    "start", where that is known, and "trained";  shard: how many pictures the times of `times` are for.
    """

    folder: Path
    config: str
    environment: Mapping[str, Any]
    again: str
    recipe: Recipe
    model: Model
    data: Dataset
    history: list[dict[str, Any]]
    finished: bool
    split: str | None
    judged: Judged | None
    calibration: Calibration | None
    filters: dict[str, Array]
    times: list[StepTime]
    shard: int

    @property
    def kept_epoch(self) -> int:
        """The epoch whose weights the model has: with patience the best one, else the last."""
        accuracies = [record["validation_accuracy"] for record in self.history]
        if self.recipe.patience is None or not self.finished or None in accuracies:
            return len(accuracies)
        return accuracies.index(max(accuracies)) + 1

    def examples(self, each: int) -> list[tuple[str, int, Array]]:
        """Each class with its number of training pictures and the first `each` of them: (n, C, H, W)."""
        places = (np.flatnonzero(self.data.train.labels == k) for k in range(len(self.data.classes)))
        return [(name, len(at), self.data.train.x[at[:each]]) for name, at in zip(self.data.classes, places)]

    def example(self) -> tuple[Split, int]:
        """A picture to look into the layers with: the first that is read right, else the first of all."""
        if self.judged is None:
            return self.data.train, 0
        return self.judged.split, int(self.judged.right.argmax())


def read_contents(
    folder: Path,
    data: Dataset,
    threads: int | None = None,
    evaluation: Evaluation | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Contents:
    """What a report says of the run in this folder.

    data: what it was trained on;  evaluation: on its test pictures, where that is done already;  clock: for the time
    by layer.

    Raises ModelFileError where there is no run or none of its epochs is done, DataError for other data.
    """
    config = read_config(folder)
    recipe, environment = read_recipe(folder / "config.toml"), config["environment"]
    if environment["data_sha256"] != data.sha256:
        raise DataError(
            f"{folder}: this run was trained on {recipe.dataset} with the SHA-256 {environment['data_sha256'][:16]}…, "
            f"but what is found now has {data.sha256[:16]}…: a report on it would mislead. Give the same data again "
            "(--data-dir)."
        )
    history = read_history(folder)
    model = load_model(folder)
    splits = {"test": data.test, "validation": data.validation}
    split = next((name for name, pictures in splits.items() if len(pictures)), None)
    judged = None
    if split:
        logits = evaluation.logits if evaluation else model.logits(splits[split].x, threads)
        judged = Judged(splits[split], softmax(logits.T).T, model.classes)
    shard = data.train[: min(recipe.shard or model.shard, recipe.batch_size)]
    return Contents(
        folder=folder,
        config=(folder / "config.toml").read_text("utf-8"),
        environment=environment,
        again=command(recipe, folder / "config.toml", environment.get("start")),
        recipe=recipe,
        model=model,
        data=data,
        history=list(history.epochs),
        finished=(folder / "result.json").exists(),
        split=split,
        judged=judged,
        calibration=Calibration.of(judged.confidence, judged.right) if judged else None,
        filters=_filters(model, folder, environment),
        times=time_by_layer(model, shard, recipe.loss, clock=clock),
        shard=len(shard),
    )


def _filters(model: Model, folder: Path, environment: Mapping[str, Any]) -> dict[str, Array]:
    """The first weights at the start and in the end; the start is unknown where it was another model's."""
    try:
        found = moments(model, folder)
    except UsageError:  # they do not see the picture itself
        return {}
    if "start" in environment and not snapshots(folder):
        found.pop("start", None)
    return {moment: weights[:FILTERS] for moment, weights in found.items() if moment in ("start", "trained")}
