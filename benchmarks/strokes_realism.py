"""How well a network that is trained only on drawn digits classifies real handwriting.

    python benchmarks/strokes_realism.py             # five seeds, about two minutes on two cores

Each seed draws its own 60,000 digits.  The parameters of the drawing were set by eye and tuned on the first 10,000
training pictures of MNIST; its test set played no part.  Writes benchmarks/strokes_realism.json and docs/strokes.md.
"""

from __future__ import annotations

from typing import Any

from records import ACCURACY_HEADS, HERE, ROOT, accuracy_cells, load, made_by, parser, save, write_between

from numnist import evaluate, load as load_data, load_recipe, train
from numnist.bench.tables import Table
from numnist.data.strokes.drawing import load_strokes
from numnist.support.environment import stamp

RECORD = HERE / "strokes_realism.json"
RECIPE = "quick"


def measure(seed: int) -> dict[str, float]:
    """Train on 60,000 strokes, and evaluate on strokes and on MNIST."""
    drawn, mnist = load_strokes(train=60_000, validation=0, test=10_000, seed=seed), load_data("mnist")
    recipe = load_recipe(RECIPE).override(seed=seed)
    model = recipe.model(drawn)
    for _ in train(model, drawn, recipe):
        pass
    splits = {"strokes, test": drawn.test, "MNIST, training": mnist.train, "MNIST, test": mnist.test}
    return {name: evaluate(model, split).accuracy for name, split in splits.items()}


def table(record: dict[str, Any]) -> str:
    """The table of docs/strokes.md."""
    runs = record["runs"]
    heads = ("evaluated on", *ACCURACY_HEADS)
    rows = [(name, *accuracy_cells([run[name] for run in runs])) for name in runs[0]]
    below = f"Recipe `{RECIPE}`, {len(runs)} seeds, each with 60,000 strokes of its own."
    return f"{Table(heads, rows, texts=(0,)).markdown()}\n\n{below} {made_by(record, 'strokes_realism.py')}"


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--seeds", type=int, default=5)
    given = options.parse_args()
    record = load(RECORD) if given.table else stamp() | {"runs": [measure(seed) for seed in range(given.seeds)]}
    save(RECORD, record)
    write_between(ROOT / "docs" / "strokes.md", "realism", table(record))
    print(table(record))


if __name__ == "__main__":
    main()
