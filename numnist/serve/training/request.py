"""Training requests: what can be trained on the page: small networks, few epochs, data that is available locally."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from numnist.data.published.catalog import CATALOG
from numnist.data.published.locations import search
from numnist.experiment.recipe import Recipe, load_recipe
from numnist.serve.state.models import ModelEntry
from numnist.support.errors import UsageError

RECIPES = ("quick", "mlp-quick", "mlp-batchnorm-quick", "cnn-dilated-quick", "lesson-2", "fashion-quick")
EPOCHS = 3  # by default, so that the end is soon seen
MOST_EPOCHS = 20
MOST_RATE = 10.0  # far beyond what any optimizer survives: seeing it fail is instructive
GENTLE = 0.1  # of the recipe's learning rate, to fine-tune: the full rate makes a model forget 0.5% of MNIST
FEW_EPOCHS, FEW_BATCH = 20, 16  # for some dozens of drawings: 5 epochs of one step change nothing
DATA = (None, "strokes", "kept", "all")
FIELDS = ("recipe", "epochs", "learning_rate", "from", "data")


@dataclass(frozen=True)
class TrainingRequest:
    """What to train.  start: the model file or run to go on from, None for new weights;  start_name: its name."""

    recipe: Recipe
    start: Path | None = None
    start_name: str | None = None


def available_locally(dataset: str) -> bool:
    """Whether a data set is available without a download."""
    return dataset == "strokes" or (dataset in CATALOG and search(CATALOG[dataset]).folder is not None)


def training_choices() -> list[dict[str, Any]]:
    """The recipes to choose from, with the data that each would be trained on, in plain JSON types.

    Strokes replace MNIST if it is not available locally; nothing is downloaded.
    """
    found = []
    local = cache(available_locally)
    for recipe in map(load_recipe, RECIPES):
        data = recipe.dataset if local(recipe.dataset) else "strokes"
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


def parse_training_request(
    fields: Mapping[str, Any],
    start: ModelEntry | None = None,
    kept: Path | None = None,
    all_kept: Path | None = None,
) -> TrainingRequest:
    """The training that these fields ask for: {"recipe", "epochs", "learning_rate", "from", "data"}.

    "recipe" or "from" is required.  start: the model that "from" names;  kept: the folder of the drawings that the page
    has stored for it;  all_kept: that of the drawings of all pages, None if the page may not train on them.
    Raises UsageError.
    """
    unknown = [name for name in fields if name not in FIELDS]
    if unknown:
        raise UsageError(f"unknown field {unknown[0]!r}: a training has {', '.join(FIELDS)}.")
    recipe = _recipe(fields.get("recipe")) if start is None else _recipe_of(start, fields.get("recipe"))
    recipe = recipe.on(_dataset(recipe, fields.get("data"), kept, all_kept))
    rate = recipe.optimizer.learning_rate * (1 if start is None else GENTLE)
    optimizer = replace(recipe.optimizer, learning_rate=_rate(fields.get("learning_rate"), rate))
    few = fields.get("data") in ("kept", "all")
    epochs = _epochs(fields.get("epochs"), FEW_EPOCHS if few else min(recipe.epochs, EPOCHS))
    batch_size = min(recipe.batch_size, FEW_BATCH) if few else recipe.batch_size
    recipe = replace(recipe, optimizer=optimizer, epochs=epochs, batch_size=batch_size, patience=None)
    return TrainingRequest(recipe) if start is None else TrainingRequest(recipe, starting_point(start), start.name)


def starting_point(entry: ModelEntry) -> Path:
    """What `numnist train --from` takes to go on from a model.  Raises UsageError if it has no file."""
    if entry.source == "ready":
        return Path(entry.name)
    if entry.path is None:
        raise UsageError(f"the model {entry.name} has no file to go on from: choose another.")
    return entry.path


def _recipe(name: Any) -> Recipe:
    if name not in RECIPES:
        raise UsageError(f"recipe is {name!r}, but must be one of {', '.join(RECIPES)}, or a model be named in 'from'.")
    return load_recipe(name)


def _recipe_of(start: ModelEntry, name: Any) -> Recipe:
    """The recipe that the model was trained by, or the named one if its network is the same."""
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


def _dataset(recipe: Recipe, data: Any, kept: Path | None, all_kept: Path | None) -> str:
    """The name or folder of the data to train on."""
    if data not in DATA:
        raise UsageError(f'data is {data!r}, but must be null for the recipe\'s own, "strokes", "kept" or "all".')
    if data == "strokes":
        return "strokes"
    if data == "kept":
        if kept is None:
            raise UsageError("the drawings you kept are for fine-tuning a model: name one in 'from'.")
        return str(kept.resolve())
    if data == "all":
        if all_kept is None:
            raise UsageError("the drawings of all pages can be trained on at the server's machine, from a model.")
        return str(all_kept.resolve())
    return recipe.dataset if available_locally(recipe.dataset) else "strokes"


def _epochs(epochs: Any, default: int) -> int:
    if epochs is None:
        return default
    if type(epochs) is not int or not 1 <= epochs <= MOST_EPOCHS:
        raise UsageError(f"epochs is {epochs!r}, but must be a whole number from 1 to {MOST_EPOCHS}.")
    return epochs


def _rate(rate: Any, default: float) -> float:
    if rate is None:
        return default
    if type(rate) not in (int, float) or not 0 < rate <= MOST_RATE:
        raise UsageError(f"learning_rate is {rate!r}, but must be a number above 0, at most {MOST_RATE:g}.")
    return float(rate)
