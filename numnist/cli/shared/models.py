"""Which model a command works with, and with which pictures.

The model that was named, else the newest run here, else the ready `digits`; the data that was named, else that which
the model was trained on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from numnist.cli.shared.options import SplitName
from numnist.cli.shared.printing import note
from numnist.model.file import load_model
from numnist.model.model import Model

if TYPE_CHECKING:
    from numnist.data import Dataset, Split
    from numnist.experiment.recipe import Recipe


def chosen_model(given: Path | None) -> Model:
    """given: a model file, a run folder, or a ready model's name (see model/pretrained.py).  Raises ModelFileError."""
    return load_model(chosen_place(given))


def chosen_place(given: Path | None) -> Path:
    """Where that model is, said to the person where it was not given."""
    if given is not None:
        return given
    from numnist.experiment.run import newest_run  # here, because it brings all of training with it

    run = newest_run()
    if run is None:
        note("Model", "the ready model digits, for there is no trained one under ./runs; --model names another")
        return Path("digits")
    note("Model", f"{run}, the newest run here")
    return run


def pictures_for(
    network: Model, dataset: str | None, split: SplitName, data_dir: Path | None, offline: bool
) -> tuple[Dataset, Split]:
    """The data set that was named, else the one that the model was trained on, and its split.

    Its validation pictures are those that the model was not trained on.  Raises DataError where the data is of another
    kind than the model's, or the split is empty.
    """
    from numnist.cli.shared.choices import find_data, find_recipe_data
    from numnist.support.errors import DataError

    recipe = recipe_of(network)
    if recipe is not None and dataset in (None, recipe.dataset):
        data = find_recipe_data(recipe, data_dir, offline)
    else:
        data = find_data(dataset or "mnist", data_dir, offline, size=network.in_shape[1:])
    if data.shape != network.in_shape or len(data.classes) != len(network.classes):
        raise DataError(
            f"the model reads pictures of shape {network.in_shape} as {len(network.classes)} classes, but "
            f"{data.name} has {data.shape} and {len(data.classes)} classes: give data of the same kind with --dataset."
        )
    pictures = chosen(data, split)
    note("Data", f"{data.name}, {split} pictures, from {data.source}")
    return data, pictures


def chosen(data: Dataset, name: SplitName) -> Split:
    """The split of that name.  Raises DataError where it is empty."""
    from numnist.support.errors import DataError

    split: Split = getattr(data, name)
    if not len(split):
        raise DataError(f"{data.name} has no {name} pictures to show: choose another --split.")
    return split


def recipe_of(network: Model) -> Recipe | None:
    """The recipe that a model says it was trained by."""
    from numnist.experiment.recipe import Recipe

    about = network.about.get("recipe")
    return Recipe.from_dict(about) if about else None
