"""The recipe that a command is given as its first word."""

from __future__ import annotations

from pathlib import Path

from numnist.data.load import names
from numnist.experiment.recipe import Recipe, load_recipe
from numnist.support.errors import UsageError


def find_recipe(name: str, command: str = "train") -> Recipe:
    """A recipe by its name or file.  Raises UsageError, which for data, a run or a model says how those are given."""
    try:
        return load_recipe(name)
    except UsageError as error:
        if Path(name).suffix == ".toml":
            raise
        what = _what(name, command)
        raise UsageError(f"{name} is {what} `numnist recipes` lists the recipes." if what else str(error)) from None


def _what(name: str, command: str) -> str:
    """What has this name that is no recipe, and how it is given; "" if nothing has."""
    path = Path(name)
    if (path / "config.toml").is_file():
        return (
            f"a run, not a recipe: `numnist resume {name}` continues it, `numnist train --from {name}` starts from it."
        )
    if path.suffix == ".safetensors" and path.exists():
        return f"a model, not a recipe: `numnist train --from {name}` starts from its weights."
    known = {known.lower(): known for known in names()}.get(name.lower())
    if known or path.exists():
        kind = "a data set" if known else "a folder" if path.is_dir() else "a file"
        return f"{kind}, not a recipe: `numnist {command} --dataset {known or name}` trains on it."
    if "/" in name or path.suffix:
        return f"no recipe, and there is no such file; data is named with `numnist {command} --dataset PATH`."
    return ""
