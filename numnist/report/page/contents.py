"""The contents of a report: everything that it shows of a run, computed from the run's folder and its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numnist.data.dataset import Dataset, Split
from numnist.evaluation.metrics import Evaluation, evaluate
from numnist.experiment.filter_history import filter_history, read_filters
from numnist.experiment.folder import read_config, read_result
from numnist.experiment.history import History, read_history
from numnist.experiment.rate import read_rate
from numnist.experiment.recipe import Recipe, read_recipe
from numnist.model.about import table
from numnist.model.model import Model, load_model
from numnist.nn.base import Array
from numnist.support.errors import DataError, UsageError
from numnist.training.find_rate import RateCurve

FILTERS = 24  # of the first layer


@dataclass(frozen=True, eq=False)
class Contents:
    """A run, ready to be shown.

    config: the text of config.toml;  environment: its table of that name;  finished: whether training is complete;
    evaluation: on the pictures of `split`, "test" or, if there are none, "validation";
    both are None if there are neither;  result: what result.json says of the model, {} if it is not finished.
    rate: the search for the learning rate, None without one.
    """

    folder: Path
    config: str
    environment: Mapping[str, Any]
    recipe: Recipe
    model: Model
    data: Dataset
    history: History
    finished: bool
    split: str | None
    evaluation: Evaluation | None
    result: Mapping[str, Any]
    rate: RateCurve | None

    @property
    def complete(self) -> bool:
        """Whether it has trained as long as its recipe says; a run may be finished, with a result, before that."""
        last, done = self.history.epochs[-1], len(self.history.epochs)
        accuracies, patience = self.history.curve("validation_accuracy"), self.recipe.patience
        stalled = patience is not None and done - 1 - accuracies.index(max(accuracies)) >= patience
        learnt = "learnt" in last and last["learnt"] == last["pictures"]
        return self.finished and (done >= self.recipe.epochs or stalled or learnt)

    @property
    def kept_epoch(self) -> int:
        """The epoch whose weights the model has: with patience the best one, else the last."""
        accuracies = self.history.curve("validation_accuracy")
        if self.recipe.patience is None or not self.finished or not accuracies:
            return len(self.history.epochs)
        return accuracies.index(max(accuracies)) + 1

    @property
    def shard(self) -> Split:
        """The first training pictures, as many as go through the network together in training."""
        return self.data.train[: min(self.recipe.cut(self.model)[1], self.recipe.batch_size)]

    def example(self) -> tuple[Split, int]:
        """The picture that is traced through the layers: the first that is classified correctly, else the first."""
        if self.evaluation is None:
            return self.data.train, 0
        return self.evaluation.split, int(self.evaluation.correct.argmax())

    def filters(self) -> dict[str, Array]:
        """The first layer's weights (units, C, kh, kw) at the "start" and "trained".

        The start is left out if the weights came from another model and were not kept, and both are if the first layer
        does not see the picture itself.
        """
        try:
            found = filter_history(self.model, self.folder)
        except UsageError:
            return {}
        if "start" in self.environment and not read_filters(self.folder):
            found.pop("start", None)
        return {moment: weights[:FILTERS] for moment, weights in found.items() if moment in ("start", "trained")}


def read_contents(
    folder: Path, data: Dataset, threads: int | None = None, evaluation: Evaluation | None = None
) -> Contents:
    """Read a run's folder and evaluate its model.

    data: what the run was trained on;  evaluation: on its test pictures, if you have it already.
    Raises ModelFileError if this is not a run or none of its epochs is done, DataError for other data.
    """
    config = read_config(folder)
    recipe, environment = read_recipe(folder / "config.toml"), config["environment"]
    if environment["data_sha256"] != data.sha256:
        raise DataError(
            f"{folder}: this run was trained on {recipe.dataset} with the SHA-256 {environment['data_sha256'][:16]}…, "
            f"but the data found now has {data.sha256[:16]}…: a report on it would mislead. Give the same data again "
            "(--data-dir)."
        )
    history, model = read_history(folder), load_model(folder)
    split = "test" if len(data.test) else "validation" if len(data.validation) else None
    if split and evaluation is None:
        evaluation = evaluate(model, getattr(data, split), loss=recipe.loss, threads=threads)
    text = (folder / "config.toml").read_text("utf-8")
    same = table(model.about, "recipe").get("epochs") == recipe.epochs  # the run was not given more epochs since
    result = (read_result(folder) if same else None) or {}
    return Contents(
        folder, text, environment, recipe, model, data, history, bool(result), split, evaluation, result,
        read_rate(folder),
    )  # fmt: skip
