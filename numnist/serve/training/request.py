"""Orders: what may be trained while the page is open: small networks, few epochs, pictures that are at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any

from numnist.data.published.catalog import CATALOG
from numnist.data.published.locations import search
from numnist.experiment.recipe import Recipe, load_recipe
from numnist.serve.state.models import Held
from numnist.support.errors import UsageError

RECIPES = ("quick", "mlp-quick", "mlp-batchnorm-quick", "cnn-dilated-quick", "lesson-2", "fashion-quick")
EPOCHS = 3  # unless asked otherwise, so that one sees the end
MOST_EPOCHS = 20
MOST_RATE = 10.0  # far beyond what any optimizer survives: one learns from seeing it fail
GENTLE = 0.1  # of the recipe's rate, where a trained model goes on: the full one makes it forget 0.5% of MNIST
FEW_EPOCHS, FEW_BATCH = 20, 16  # where some dozens of pictures were kept: with 5 epochs of one step nothing changes
DATA = (None, "strokes", "kept")
FIELDS = ("recipe", "epochs", "learning_rate", "from", "data")


@dataclass(frozen=True)
class Order:
    """What is to be trained.  start: the model file or run that it goes on from, None for fresh weights."""

    recipe: Recipe
    start: Path | None = None
    start_name: str | None = None


def at_hand(dataset: str) -> bool:
    """Whether a recipe's data set can be had without a download."""
    return dataset == "strokes" or (dataset in CATALOG and search(CATALOG[dataset]).folder is not None)


def choices() -> list[dict[str, Any]]:
    """The recipes that one may choose, with the data each would be trained on, in plain JSON types.

    Digits are drawn by numnist itself where MNIST is not on this machine; nothing is downloaded.
    """
    found = []
    recipes = [load_recipe(name) for name in RECIPES]
    here = {name: at_hand(name) for name in {recipe.dataset for recipe in recipes}}
    for recipe in recipes:
        data = recipe.dataset if here[recipe.dataset] else "strokes"
        if data == "strokes" and CATALOG[recipe.dataset].preparation != "digits":
            continue
        known = CATALOG.get(data, CATALOG["mnist"])
        found.append(
            {
                "recipe": recipe.name,
                "title": recipe.title,
                "data": data,
                "epochs": min(recipe.epochs, EPOCHS),
                "most_epochs": MOST_EPOCHS,
                "learning_rate": recipe.optimizer.learning_rate,
                "parameters": recipe.network.build(known.shape).size,
            }
        )
    return found


def order(asked: Mapping[str, Any], start: Held | None = None, kept: Path | None = None) -> Order:
    """What a request asks for: {"recipe", "epochs", "learning_rate", "from", "data"}.

    "recipe" or "from" is needed, the rest has defaults.  start: the model that "from" names;  kept: the folder of the
    pictures kept for it.  Raises UsageError for what makes no sense.
    """
    strange = [name for name in asked if name not in FIELDS]
    if strange:
        raise UsageError(f"unknown field {strange[0]!r}: an order has {', '.join(FIELDS)}.")
    recipe = _recipe(asked.get("recipe")) if start is None else _recipe_of(start, asked.get("recipe"))
    recipe = recipe.on(_dataset(recipe, asked.get("data"), kept))
    rate = recipe.optimizer.learning_rate * (1 if start is None else GENTLE)
    optimizer = replace(recipe.optimizer, learning_rate=_rate(asked.get("learning_rate"), rate))
    few = asked.get("data") == "kept"
    epochs = _epochs(asked.get("epochs"), FEW_EPOCHS if few else min(recipe.epochs, EPOCHS))
    batch_size = min(recipe.batch_size, FEW_BATCH) if few else recipe.batch_size
    recipe = replace(recipe, optimizer=optimizer, epochs=epochs, batch_size=batch_size, patience=None)
    return Order(recipe) if start is None else Order(recipe, place_of(start), start.name)


def place_of(held: Held) -> Path:
    """What `numnist train --from` takes to go on from a model.  Raises UsageError where it has no file."""
    if held.source == "ready":
        return Path(held.name)
    if held.path is None:
        raise UsageError(f"the model {held.name} has no file to go on from: choose another.")
    return held.path


def _recipe(name: Any) -> Recipe:
    if name not in RECIPES:
        raise UsageError(f"recipe is {name!r}, but must be one of {', '.join(RECIPES)}, or a model be named in 'from'.")
    return load_recipe(name)


def _recipe_of(start: Held, name: Any) -> Recipe:
    """The recipe that the model was made by; another may be named if its network is the same."""
    if not start.recipe:
        raise UsageError(f"the model {start.name} does not say by what recipe it was made: go on from another.")
    own = Recipe.from_dict(start.recipe)
    if name is None or name == own.name:
        return own
    recipe = _recipe(name)
    if recipe.network != start.model.network:
        raise UsageError(
            f"the model {start.name} has another network than recipe {name}: leave recipe out to go on with its own."
        )
    return recipe


def _dataset(recipe: Recipe, data: Any, kept: Path | None) -> str:
    """The name or folder of the data that the recipe is trained on."""
    if data not in DATA:
        raise UsageError(f'data is {data!r}, but must be null for the recipe\'s own, "strokes" or "kept".')
    if data == "strokes":
        return "strokes"
    if data == "kept":
        if kept is None:
            raise UsageError("the pictures you kept are for a model to go on with: name one in 'from'.")
        return str(kept.resolve())
    return recipe.dataset if at_hand(recipe.dataset) else "strokes"


def _epochs(epochs: Any, default: int) -> int:
    if epochs is None:
        return default
    if type(epochs) is not int or not 1 <= epochs <= MOST_EPOCHS:
        raise UsageError(f"epochs is {epochs!r}, but must be a whole number from 1 to {MOST_EPOCHS}.")
    return epochs


def _rate(rate: Any, default: float) -> float:
    if rate is None:
        return default
    if type(rate) not in (int, float) or not isfinite(rate) or not 0 < rate <= MOST_RATE:
        raise UsageError(f"learning_rate is {rate!r}, but must be a number above 0, at most {MOST_RATE:g}.")
    return float(rate)
