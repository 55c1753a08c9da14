from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from numnist.cli.shared.options import Json
from numnist.cli.shared.printing import result, result_json, table


def recipes(
    recipe: str | None = None,
    /,
    *,
    toml: Annotated[bool, Parameter(name="--toml", negative="")] = False,
    json: Json = False,
) -> None:
    """List the recipes that come with numnist, the default first; or show one as its file, to change and train.

    `numnist recipes quick > mine.toml` is the beginning of a recipe of your own: `numnist train mine.toml`.
    docs/recipes.md tells how recipes are written.

    Args:
        recipe: The recipe to show: its name, or a .toml file of your own.
        toml: Show it as a TOML file, which is what happens without this option, too.
    """
    import sys

    import tomli_w

    from numnist.cli.shared.encoding import is_unicode
    from numnist.cli.shared.recipes import find_recipe
    from numnist.experiment.recipe import recipes as all_recipes
    from numnist.support.errors import UsageError

    if toml and (json or recipe is None):
        raise UsageError("--toml shows one recipe as a file, as in: numnist recipes quick --toml > mine.toml")

    if recipe is not None:
        shown = find_recipe(recipe).to_dict()
        if json:
            result_json(shown)
        else:
            text = tomli_w.dumps(shown).rstrip()
            result(text if is_unicode(sys.stdout) else _escaped(text))
        return
    found = all_recipes()
    if json:
        result_json([recipe.to_dict() for recipe in found])
    else:
        rows = [(r.name, r.dataset, f"{r.epochs}", r.title, r.published) for r in found]
        table(("recipe", "data", "epochs", "network", "published"), rows, right=("epochs",))


def _escaped(text: str) -> str:
    """TOML in ASCII, for files that are not written as UTF-8, as TOML must be."""
    return "".join(sign if sign.isascii() else f"\\U{ord(sign):08x}" for sign in text)
