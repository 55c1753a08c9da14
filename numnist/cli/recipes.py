from __future__ import annotations

from numnist.cli.shared.options import Json
from numnist.cli.shared.printing import result_json, table


def recipes(*, json: Json = False) -> None:
    """List the recipes that come with numnist; the first is the default."""
    from numnist.experiment.recipe import recipes as all_recipes

    found = all_recipes()
    if json:
        result_json([recipe.to_dict() for recipe in found])
    else:
        rows = [(r.name, r.dataset, f"{r.epochs}", r.title, r.published) for r in found]
        table(("recipe", "data", "epochs", "network", "published"), rows, right=("epochs",))
