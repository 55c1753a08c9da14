"""Makes the pretrained models of the package: trains their recipes, rounds to float16, and evaluates the result.

    python benchmarks/pretrained_models.py              # all, from scratch: a quarter of an hour each on two cores
    python benchmarks/pretrained_models.py digits --run runs/digits-1    # from a finished run of the recipe
    python benchmarks/pretrained_models.py --evaluate           # only evaluates the models in the package again

Each file stores recipe, seed, data hash, versions and accuracy; with the same seed, lanes and shard another training on
the same processor gives bit-identical weights.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from records import parser

from numnist.data import Dataset, load
from numnist.evaluation.calibration import measured_threshold
from numnist.evaluation.metrics import evaluate
from numnist.experiment.recipe import Recipe, load_recipe
from numnist.model.model import Model, load_model
from numnist.model.pretrained import PRETRAINED, pretrained_path


def build(name: str, finished: Path | None) -> None:
    """Make one pretrained model from a finished run, or from a new one."""
    with tempfile.TemporaryDirectory() as temporary:
        run = finished or Path(temporary) / name
        if finished is None:
            subprocess.run([sys.executable, "-m", "numnist", "train", name, "--run", str(run)], check=True)
        model = load_model(run)
    recipe = Recipe.from_dict(model.about["recipe"])
    current = load_recipe(name).override(seed=recipe.seed, lanes=recipe.lanes, shard=recipe.shard)
    if recipe != replace(current, title=recipe.title, published=recipe.published):
        raise SystemExit(f"{run} was not trained by the current recipe {name}.")
    data = load(recipe.dataset, validation=recipe.validation)
    if data.sha256 != model.about["data_sha256"]:
        raise SystemExit(f"{run} was not trained on {data.source}.")
    before = evaluate(model, data.test)
    model.theta[...] = model.theta.astype(np.float16)
    model.about["result"] |= {"weights_sha256": model.weights_sha256, "before_rounding": before.accuracy}
    put(name, model, data)


def evaluate_again(name: str) -> None:
    """Evaluate the pretrained model in the package again: its stored results may change, its weights must not."""
    model = load_model(pretrained_path(name))
    recipe = Recipe.from_dict(model.about["recipe"])
    data = load(recipe.dataset, validation=recipe.validation)
    if data.sha256 != model.about["data_sha256"]:
        raise SystemExit(f"the pretrained model {name} was not trained on {data.source}.")
    put(name, model, data)
    if load_model(pretrained_path(name)).weights_sha256 != model.weights_sha256:
        raise SystemExit(f"{pretrained_path(name)}: the weights have changed; restore the file.")


def put(name: str, model: Model, data: Dataset) -> None:
    """Evaluate a rounded model, write it into the package, and print its accuracy."""
    evaluation = evaluate(model, data.test)
    model.about["result"] |= {
        "test_accuracy": evaluation.accuracy,
        "confidence_interval": list(evaluation.confidence_interval),
    }
    model.about["sure"] = measured_threshold(model, data.validation)
    model.save(pretrained_path(name), half=True)
    print(
        f"{name}: {100 * evaluation.accuracy:.2f}% in float16, {100 * model.about['result']['before_rounding']:.2f}% "
        f"before; sure above {model.about['sure']:g}; {pretrained_path(name).stat().st_size:,} bytes"
    )


def main() -> None:
    options = parser(__doc__, table=False)
    options.add_argument("names", nargs="*", help=f"{', '.join(PRETRAINED)} by default")
    options.add_argument("--run", type=Path, help="a finished run of that recipe")
    options.add_argument("--evaluate", action="store_true", help="only evaluate the models in the package again")
    given = options.parse_args()
    if given.run and (given.evaluate or len(given.names) != 1):
        options.error("--run is for making one named model")
    for name in given.names or PRETRAINED:
        evaluate_again(name) if given.evaluate else build(name, given.run)


if __name__ == "__main__":
    main()
