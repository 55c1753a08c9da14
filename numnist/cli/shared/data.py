"""Which data set a command works on."""

from __future__ import annotations

from dataclasses import replace

from numnist.cli.shared.options import DataOptions
from numnist.cli.shared.printing import note
from numnist.cli.shared.progress import DownloadProgress
from numnist.data import Dataset, load
from numnist.experiment.recipe import Recipe
from numnist.support.errors import UnavailableError


def find_data(
    name: str, source: DataOptions, validation: int | None = None, size: tuple[int, int] | None = None
) -> Dataset:
    """The data set, with download progress on stderr."""
    with DownloadProgress() as progress:
        return load(
            name, data_dir=source.data_dir, offline=source.offline, validation=validation, size=size, progress=progress
        )


def find_recipe_data(recipe: Recipe, source: DataOptions) -> Dataset:
    """The recipe's data set, with its validation split, picture size and number of training pictures."""
    data = find_data(recipe.dataset, source, recipe.validation, recipe.size)
    return data if recipe.pictures is None else data.first(recipe.pictures)


def find_data_or_strokes(recipe: Recipe, source: DataOptions, may_draw: bool) -> tuple[Dataset, Recipe]:
    """The recipe's data, or `strokes` if MNIST is unavailable and `may_draw`; and the recipe for that data."""
    try:
        data = find_recipe_data(recipe, source)
    except UnavailableError as error:
        if not may_draw or recipe.dataset != "mnist":
            raise
        note("Data", str(error))
        note("", "Continuing with strokes, digits that numnist draws itself; the accuracy below is on these digits.")
        recipe = replace(recipe, dataset="strokes")
        data = find_recipe_data(recipe, source)
    return data, recipe.for_classes(len(data.classes))
