"""What a card is made of: a finished model, its file, its recipe, and what is known of its data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numnist.data.published.catalog import CATALOG
from numnist.data.published.records import PublishedDataset
from numnist.experiment.folder import read_config
from numnist.experiment.rate import read_rate
from numnist.experiment.recipe import Recipe
from numnist.experiment.sweeps.record import Group, groups, read_record
from numnist.model.about import share, table
from numnist.model.file import located
from numnist.model.model import Model, load_model
from numnist.model.pretrained import PRETRAINED
from numnist.report.card.ready import ready_name
from numnist.support.errors import ModelFileError, NumnistError, UsageError
from numnist.training.find_rate import RateCurve


@dataclass(frozen=True, eq=False)
class Source:
    """A model that was trained to its end.

    name: of the model;  bytes: of its file;  ready: the ready model that it is, None if it is another;
    start: the model whose weights it started from, as far as its run folder says so;
    seeds: the trials that differ from it in their seed alone, None without any;  rate: the search for the learning
    rate with which its run began, None without one.
    """

    name: str
    model: Model
    bytes: int
    recipe: Recipe
    ready: str | None
    start: str | None
    seeds: Group | None
    rate: RateCurve | None

    @classmethod
    def of(cls, given: str | os.PathLike[str]) -> Source:
        """The model in a run folder, a model file, or a ready model by its name.

        Raises ModelFileError for what is no model, and UsageError for one that was not finished or says nothing of
        its training: a card without figures would be none.
        """
        path = Path(given)
        file = located(path)
        if path.is_dir() and file.name != "model.safetensors":
            raise UsageError(
                f"{path} is not finished, so that it has no result: continue with `numnist resume {path}`."
            )
        model = load_model(file)
        about = model.about
        try:
            recipe = Recipe.from_dict(table(about, "recipe"))
        except (LookupError, TypeError, NumnistError):
            recipe = None
        if recipe is None or not table(about, "result"):
            raise UsageError(
                f"{path} does not say how it was trained and what it reached: a card needs a run of `numnist train`, "
                f"its model file, or a model by its name ({', '.join(PRETRAINED)})."
            )
        name = str(given) if str(given) in PRETRAINED else (path if path.is_dir() else file).resolve().name
        if not path.is_dir() and name == "model.safetensors":
            name = file.resolve().parent.name
        sweep = path.resolve().parent if path.is_dir() else file.resolve().parent.parent
        sha, size = model.weights_sha256, file.stat().st_size
        name = name.removesuffix(".safetensors").encode(errors="replace").decode()
        rate = read_rate(file.parent) if (file.parent / "config.toml").exists() else None
        return cls(name, model, size, recipe, ready_name(sha), _start(file.parent), _seeds(sweep, sha), rate)

    @property
    def result(self) -> dict[str, Any]:
        """What the run came to."""
        return table(self.model.about, "result")

    @property
    def published(self) -> PublishedDataset | None:
        """Its data set, if it is a published one."""
        return CATALOG.get(self.recipe.dataset)

    @property
    def own(self) -> bool:
        """Whether it was trained on data of somebody's own."""
        return self.published is None and self.recipe.dataset != "strokes"

    @property
    def dataset(self) -> str:
        """The name of its data set; of one's own the last part of its path, which says nothing of the machine."""
        return Path(self.recipe.dataset).name if self.own else self.recipe.dataset

    def accuracy(self, split: str) -> float | None:
        """On test, validation or training pictures, None if it is not known."""
        return share(self.result.get(f"{split}_accuracy"))

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95% interval of the accuracy on test pictures (Wilson)."""
        match self.result.get("confidence_interval"):
            case [float(low), float(high)]:
                return low, high
        return None


def _start(folder: Path) -> str | None:
    """The name of the model from which a run started, without its path on this machine."""
    try:
        start = read_config(folder)["environment"].get("start")
    except ModelFileError:  # a model file that lies somewhere else
        return None
    return Path(start).name if isinstance(start, str) else None


def _seeds(folder: Path, weights_sha256: str) -> Group | None:
    """The trials of a sweep with the same choices, where there are several seeds."""
    try:
        record = read_record(folder)
    except UsageError:
        return None
    for group in groups(record) if record is not None else ():
        if any(trial["weights_sha256"] == weights_sha256 for trial in group.trials):
            return group if len(group.values("test_accuracy")) > 1 else None
    return None
