from __future__ import annotations

from numnist.cli.shared.options import Json
from numnist.cli.shared.printing import result, result_json, table


def recipes(recipe: str | None = None, /, *, json: Json = False) -> None:
    """List the recipes that come with numnist, the default first; or show one as its file, to change and train.

    `numnist recipes quick > mine.toml` is the beginning of a recipe of your own: `numnist train mine.toml`.

    Args:
        recipe: The recipe to show: its name, or a .toml file of your own.
    """
    import tomli_w

    from numnist.experiment.recipe import load_recipe, recipes as all_recipes

    if recipe is not None:
        shown = load_recipe(recipe).to_dict()
        if json:
            result_json(shown)
        else:
            result(tomli_w.dumps(shown).rstrip())
        return
    found = all_recipes()
    if json:
        result_json([recipe.to_dict() for recipe in found])
    else:
        rows = [(r.name, r.dataset, f"{r.epochs}", r.title, r.published) for r in found]
        table(("recipe", "data", "epochs", "network", "published"), rows, right=("epochs",))
