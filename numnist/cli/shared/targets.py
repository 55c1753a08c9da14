"""What RECIPE_OR_MODEL may name: a recipe, a .toml file, a model file or a run folder."""

from __future__ import annotations

from pathlib import Path

from numnist.data.published.catalog import CATALOG
from numnist.experiment.recipe import load_recipe
from numnist.model.file import load_model
from numnist.model.model import Model
from numnist.support.errors import UsageError


def recipe_or_model(name: str) -> Model:
    """The model of that file or run, or the fresh one of that recipe (for the shape of its published data set)."""
    path = Path(name)
    if path.is_dir() or path.suffix == ".safetensors":
        return load_model(path)
    recipe = load_recipe(name)
    if recipe.dataset not in (*CATALOG, "strokes"):
        raise UsageError(f"{name}: {recipe.dataset} is your own data: give a run or model trained on it instead.")
    known = CATALOG.get(recipe.dataset)
    return Model(recipe.network, (1, 28, 28), seed=recipe.seed, classes=known.classes if known else None)
