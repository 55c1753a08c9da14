from __future__ import annotations

from numnist.cli.shared.options import Json, RecipeOrModel
from numnist.cli.shared.printing import result, result_json


def gradcheck(recipe_or_model_: RecipeOrModel, /, *, seed: int = 0, json: Json = False) -> int:
    """Compare a network's gradients with numerical ones, in float64, on random pictures; exit code 1 if one is wrong.

    Args:
        seed: Seed of the random pictures, and of the choice of parameters that are checked.
    """
    from numnist.cli.shared.models import recipe_or_model
    from numnist.evaluation.gradcheck import gradcheck as check

    report = check(recipe_or_model(recipe_or_model_), seed=seed)
    if json:
        result_json({"ok": report.ok, "worst": report.worst, "parameters": report.parameters})
    else:
        result(str(report))
    return 0 if report.ok else 1
