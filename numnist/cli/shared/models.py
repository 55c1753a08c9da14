"""Which model a command works with, and on which pictures.

The model is the one that you name, else the newest run in this folder, else the pretrained model `digits`; the data is
the one that you name, else the one that the model was trained on.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from numnist.cli.shared.options import PicturesOptions, SplitName
from numnist.cli.shared.printing import note
from numnist.model.model import Model, load_model

if TYPE_CHECKING:
    from numnist.data import Dataset, Split
    from numnist.experiment.recipe import Recipe


def find_model(given: Path | None) -> Model:
    """given: a model file, a run folder, or the name of a pretrained model.  Raises ModelFileError."""
    return load_model(model_path(given))


def model_path(given: Path | None) -> Path:
    """Where that model is; a default is reported on stderr."""
    if given is not None:
        return given
    from numnist.experiment.folder import newest_run  # here, because it imports all of training

    run = newest_run()
    if run is None:
        note("Model", "the pretrained model digits, because ./runs has no trained one; --model names another")
        return Path("digits")
    note("Model", f"{run}, the newest run in this folder")
    return run


def find_named_model(given: Path | None) -> tuple[Model, str]:
    """As `find_model`, and what figures call it: its name, with the first digits of its weights' hash."""
    from numnist.model.reading import model_name

    path = model_path(given)
    network = load_model(path)
    return network, f"{model_name(path)} ({network.weights_sha256[:8]})"


def recipe_or_model(name: str) -> Model:
    """The model of that file or run, or the untrained one of that recipe (for the shape of its published data set)."""
    from numnist.data.published.catalog import CATALOG
    from numnist.experiment.recipe import load_recipe
    from numnist.support.errors import UsageError

    path = Path(name)
    if path.is_dir() or path.suffix == ".safetensors":
        return load_model(path)
    try:
        recipe = load_recipe(name)
    except UsageError as error:
        if path.suffix:  # a recipe of your own, which is missing or wrong
            raise
        raise UsageError(f"{error} A model file or a run folder will do too, but {name} is none.") from None
    if recipe.dataset not in (*CATALOG, "strokes"):
        raise UsageError(f"{name}: {recipe.dataset} is your own data: give a run or model trained on it instead.")
    known = CATALOG.get(recipe.dataset)
    return Model(recipe.network, (1, 28, 28), seed=recipe.seed, classes=known.classes if known else None)


def find_pictures(network: Model, options: PicturesOptions, quiet: bool = False) -> tuple[Dataset, Split]:
    """The named data set, else the one that the model was trained on, and its split.

    Your own pictures are prepared as the model's were, and classes are matched by name.  The validation split is the
    one that the model was not trained on; of your own data that it was not trained on, all pictures are taken.  A copy
    of what it was trained on is no new data.   quiet: see LoadingProgress.

    Raises DataError if the data's shape or classes are not the model's, or the split is empty.
    """
    from numnist.cli.shared.data import as_source_says, find_data, find_recipe_data, with_notes
    from numnist.data.classes import match_classes
    from numnist.data.load import canonical_name, is_own, load_whole
    from numnist.data.read_options import ReadOptions
    from numnist.support.errors import DataError

    recipe = recipe_of(network)
    name = recipe.dataset if recipe else "mnist"
    if options.dataset:
        name = str(canonical_name(options.dataset))
        if Path(name).exists():
            name = str(Path(name).resolve())  # as recipes name it: else what it was trained on would count as new
    size, which = network.in_shape[1:], f"{options.split or 'test'} pictures"
    if recipe is not None and name == recipe.dataset:
        data = find_recipe_data(as_source_says(recipe.without_drawn(), options), options, quiet)
        if is_own(name) and data.sha256 != network.about.get("data_sha256", data.sha256):
            note(
                "Note",
                f"{name} is not as it was when the model was trained on it: it may have seen some of these pictures",
            )
    elif recipe is not None and (copy := _trained_on(network, recipe, name, options)) is not None:
        note("Note", f"{name} holds the pictures that the model was trained on, so only those of a split are new to it")
        data = with_notes(copy)
    elif is_own(name) and options.split is None:
        preparation = options.preparation or network.preparation
        data = with_notes(load_whole(name, ReadOptions(size, preparation, options.label_column, options.skip_broken)))
        which = "all pictures"
    else:
        data = find_data(name, options, size if is_own(name) else None, network.preparation, quiet)
    if data.shape != network.in_shape:
        raise DataError(
            f"the model takes pictures of shape {network.in_shape}, but those of {data.name} have {data.shape}: give "
            "data of the same kind with --dataset."
        )
    data = match_classes(data, network.classes)
    pictures = nonempty_split(data, options.split or "test")
    note("Data", f"{data.name}, {which}, from {data.source}")
    return data, pictures


def _trained_on(network: Model, recipe: Recipe, name: str, options: PicturesOptions) -> Dataset | None:
    """The data of this name as the model's recipe divides it, if it is what the model was trained on; else None."""
    from numnist.cli.shared.data import as_source_says
    from numnist.data.load import is_own
    from numnist.support.errors import DataError, UsageError

    if not (is_own(name) and is_own(recipe.dataset)):  # published data is known by its hashes
        return None
    try:
        named = replace(recipe.without_drawn(), dataset=name)
        data = as_source_says(named, options).load_data(data_dir=options.data_dir, offline=True)
    except (DataError, UsageError):  # too few pictures to divide, for one; what is wrong is told where it is read
        return None
    return data if data.sha256 == network.about.get("data_sha256") else None


def nonempty_split(data: Dataset, name: SplitName) -> Split:
    """The split of that name.  Raises DataError if it is empty."""
    from numnist.support.errors import DataError

    split: Split = getattr(data, name)
    if not len(split):
        raise DataError(f"{data.name} has no {name} pictures to show: choose another --split.")
    return split


def recipe_of(network: Model) -> Recipe | None:
    """The recipe that is stored in the model, if any."""
    from numnist.experiment.recipe import Recipe
    from numnist.model.about import table

    about = table(network.about, "recipe")
    return Recipe.from_dict(about) if about else None
