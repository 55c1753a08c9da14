"""Which data set a command works on."""

from __future__ import annotations

from dataclasses import replace

from numnist.cli.shared.options import DataOptions
from numnist.cli.shared.printing import note
from numnist.cli.shared.progress import LoadingProgress
from numnist.data import Dataset, load
from numnist.experiment.recipe import Recipe
from numnist.support.errors import UnavailableError


def find_data(
    name: str,
    source: DataOptions,
    size: tuple[int, int] | None = None,
    preparation: str | None = None,
    quiet: bool = False,
) -> Dataset:
    """The data set, with progress and notes on stderr.

    size, preparation: of a model that the pictures are for;  quiet: see LoadingProgress
    """
    with LoadingProgress(quiet) as progress:
        data = load(
            name, data_dir=source.data_dir, offline=source.offline, size=size,
            preparation=source.preparation or preparation, label_column=source.label_column,
            skip_broken=source.skip_broken, progress=progress,
        )  # fmt: skip
    return with_notes(data)


def find_recipe_data(recipe: Recipe, source: DataOptions, quiet: bool = False) -> Dataset:
    """The recipe's data set, with its validation split, picture size and number of training pictures."""
    with LoadingProgress(quiet) as progress:
        return with_notes(recipe.load_data(data_dir=source.data_dir, offline=source.offline, progress=progress))


def as_source_says(recipe: Recipe, source: DataOptions) -> Recipe:
    """The recipe with what the command line says of how its data is read."""
    return recipe.override(
        preparation=source.preparation, label_column=source.label_column, skip_broken=source.skip_broken or None
    )


def with_notes(data: Dataset) -> Dataset:
    """The same, after its notes were shown."""
    for text in data.notes:
        note("Note", text)
    return data


def find_data_or_strokes(
    recipe: Recipe, source: DataOptions, may_draw: bool, keep_units: bool = False, quiet: bool = False
) -> tuple[Dataset, Recipe]:
    """The recipe's data, or `strokes` if MNIST is unavailable and `may_draw`; and the recipe for that data.

    keep_units: leave the last layer as it is, whatever the number of classes.
    """
    recipe = as_source_says(recipe, source)
    try:
        data = find_recipe_data(recipe, source, quiet)
    except UnavailableError as error:
        if not may_draw or recipe.dataset != "mnist":
            raise
        note("Data", str(error))
        note("", "Continuing with strokes, digits that numnist draws itself; the accuracy below is on these digits.")
        recipe = replace(recipe, dataset="strokes")
        data = find_recipe_data(recipe, source, quiet)
    return data, recipe if keep_units else recipe.for_data(data)
