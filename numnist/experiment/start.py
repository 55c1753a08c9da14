"""Where a training starts from: another model's weights, for the same classes or for others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from numnist.data.classes import positions, shown
from numnist.data.dataset import Dataset
from numnist.experiment.recipe import Recipe
from numnist.model.model import Model
from numnist.nn.base import Layer
from numnist.nn.dense import Dense
from numnist.nn.sequential import Sequential
from numnist.support.errors import ModelFileError
from numnist.support.rng import keyed_rng


def start_from(start: Model, path: Path, recipe: Recipe, data: Dataset) -> tuple[Model, str]:
    """A model for this recipe and data with the weights of another, and a note on what was changed.

    Classes are matched by name: in another order, or where the data has only some of them, the data's classes keep
    their rows of the last layer, in the data's order; where the data has other classes, the last layer is new, with
    initial weights that the recipe's seed decides.  The normalisation stays.
    path: of the start, for messages.  Raises ModelFileError for another network, or other pictures.
    """
    if _body(start.network) != _body(recipe.network):
        raise ModelFileError(
            f"{path} holds another network than recipe {recipe.name!r}: {start.network!r}. "
            "Choose the recipe that it was made with."
        )
    if start.in_shape != data.shape:
        raise ModelFileError(
            f"{path} expects pictures of shape {start.in_shape}, but {data.name} has {data.shape}: give data of the "
            "same kind, or have it resized with --size."
        )
    places = positions(data.classes, start.classes)
    known = [place for place in places if place is not None]
    same = len(known) == len(data.classes)
    if same and known == list(range(len(start.classes))):
        start.classes, start.preparation, start.background = data.classes, data.preparation, recipe.background
        return start, ""
    if not _ends_in_dense(start.network):
        raise ModelFileError(
            f"{path} has the classes {shown(start.classes)}, but {data.name} {shown(data.classes)}, and its "
            "network does not end in a Dense layer that could be replaced: give data of the same classes and order."
        )
    # Not the recipe's seed itself: the start may have been trained from it, and an output that begins as that one's did
    # still knows its class, which is another one here.
    seed = int(keyed_rng(recipe.seed, "new last layer").integers(2**31))
    model = Model(
        recipe.network, data.shape, seed=seed, dtype=start.dtype, classes=data.classes,
        normalization=start.normalization, preparation=data.preparation, background=recipe.background,
    )  # fmt: skip
    last, old, new = f"{len(_layers(recipe.network)) - 1}.", start.parameters.arrays(), model.parameters.arrays()
    for name, array in new.items():
        if not name.startswith(last):
            array[...] = old[name]
        elif same:
            array[...] = old[name][known]  # a row for each class
    if same and len(known) < len(start.classes):
        return model, (
            f"of its {len(start.classes)} classes {data.name} has {len(known)}, {shown(data.classes)}: the model tells "
            "these alone, and starts from all that it knows of them."
        )
    if same:
        return model, f"its classes are in another order than those of {data.name}, and are matched by name."
    return model, (
        f"its classes are {shown(start.classes)}, those of {data.name} {shown(data.classes)}: the last layer is new, "
        "all others start from its weights."
    )


def _layers(network: Layer) -> tuple[Layer, ...]:
    return network.layers if isinstance(network, Sequential) else (network,)


def _ends_in_dense(network: Layer) -> bool:
    return isinstance(_layers(network)[-1], Dense)


def _body(network: Layer) -> tuple[Layer, ...]:
    """The network without the number of its classes."""
    *before, last = _layers(network)
    return (*before, replace(last, units=1) if isinstance(last, Dense) else last)
