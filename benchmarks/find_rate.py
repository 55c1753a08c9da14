"""How near the suggested learning rate is to the best of a grid.

    python benchmarks/find_rate.py             # some minutes on two cores
    python benchmarks/find_rate.py --table     # only rewrites the table

Rates of a grid are compared by their validation loss after a training, with the recipe's own schedule.  Writes
benchmarks/find_rate.json and the table of docs/recipes.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from records import HERE, ROOT, load, made_by, parser, save, write_between

from numnist import NotFiniteError, Recipe, find_rate, fit, load_recipe
from numnist.bench.tables import Table
from numnist.support.environment import stamp

RECORD = HERE / "find_rate.json"
RECIPES = {"mlp-quick": 2, "quick": 1, "cnn28": 2, "lesson-2": 4, "lesson-3": 2}  # and epochs of each training
AROUND = np.geomspace(0.1, 10, 5)  # of the grid, times the recipe's own rate
SEEDS = (0, 1)


def measure(name: str, epochs: int) -> dict[str, Any]:
    recipe = load_recipe(name).override(epochs=epochs)
    data = recipe.load_data(offline=True)
    found = {}
    for seed in SEEDS:
        seeded = replace(recipe, seed=seed)
        found[str(seed)] = find_rate(seeded.model(data), data, seeded).suggestion
    grid = {f"{rate:.3g}": loss(recipe, data, rate) for rate in recipe.optimizer.learning_rate * AROUND}
    best = min((loss, rate) for rate, loss in grid.items() if loss is not None)[1]
    return {"epochs": epochs, "suggestions": found, "grid": grid, "best": float(best)}


def loss(recipe: Recipe, data: Any, rate: float) -> float | None:
    """The mean validation loss of the seeds; None where one is not finite."""
    losses = []
    for seed in SEEDS:
        seeded = replace(recipe, seed=seed, optimizer=replace(recipe.optimizer, learning_rate=float(rate)))
        try:
            losses.append(fit(seeded.model(data), data, seeded)[-1].validation_loss)
        except NotFiniteError:
            return None
    return sum(losses) / len(losses)


def table(record: dict[str, Any]) -> str:
    heads = ("recipe", "epochs", "suggested (seeds 0, 1)", "best of the grid", "times apart", "grid")
    rows = []
    for name, each in record["recipes"].items():
        rates = [*each["suggestions"].values()]
        apart = max(max(rate / each["best"], each["best"] / rate) for rate in rates)
        rows.append((
            f"`{name}`", f"{each['epochs']}", ", ".join(f"{rate:.2g}" for rate in rates), f"{each['best']:.2g}",
            f"{apart:.1f}", ", ".join(each["grid"]),
        ))  # fmt: skip
    return f"{Table(heads, rows, texts=(0, 5)).markdown()}\n\n{made_by(record, 'find_rate.py')}"


def main() -> None:
    options = parser(__doc__)
    given = options.parse_args()
    record = load(RECORD) if given.table else stamp() | {"recipes": {n: measure(n, e) for n, e in RECIPES.items()}}
    save(RECORD, record)
    write_between(ROOT / "docs" / "recipes.md", "find-rate", table(record))
    print(table(record))


if __name__ == "__main__":
    main()
