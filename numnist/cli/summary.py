from __future__ import annotations

from numnist.cli.shared.options import Json, RecipeOrModel
from numnist.cli.shared.printing import result, result_json


def summary(recipe_or_model_: RecipeOrModel, /, *, json: Json = False) -> None:
    """Show a network's layers with their shapes, parameters and multiply-adds."""
    from dataclasses import asdict

    from numnist.cli.shared.models import recipe_or_model
    from numnist.model.summary import rows

    model = recipe_or_model(recipe_or_model_)
    if json:
        layers = [asdict(row) for row in rows(model.plan)]
        result_json({"layers": layers, "parameters": model.plan.size, "macs": model.plan.total_macs})
    else:
        result(model.summary())
