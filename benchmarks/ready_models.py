"""Ready models: trained from scratch by their recipes, rounded to float16, judged again, and put into the package.

    python benchmarks/ready_models.py                      # all, from scratch: a quarter of an hour each on two cores
    python benchmarks/ready_models.py digits --run runs/digits-1    # from a finished run of the recipe
    python benchmarks/ready_models.py --judge              # only judge those that are there again, weights kept

The recipe, seed, data's hash, versions and accuracy stand in each file; with the same seed, lanes and shard another
training on the same processor ends in the same bits.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from numnist.data import Dataset, load
from numnist.evaluation.calibration import sure_above
from numnist.evaluation.metrics import evaluate
from numnist.experiment.recipe import Recipe, load_recipe
from numnist.model.file import load_model, save_model
from numnist.model.model import Model
from numnist.model.pretrained import READY, ready_path


def build(name: str, finished: Path | None) -> None:
    """One ready model from a finished run, or from one made now."""
    with tempfile.TemporaryDirectory() as temporary:
        run = finished or Path(temporary) / name
        if finished is None:
            subprocess.run([sys.executable, "-m", "numnist", "train", name, "--run", str(run)], check=True)
        model = load_model(run)
    recipe = Recipe.from_dict(model.about["recipe"])
    asked = load_recipe(name).override(seed=recipe.seed, lanes=recipe.lanes, shard=recipe.shard)
    if recipe != replace(asked, title=recipe.title, published=recipe.published):
        raise SystemExit(f"{run} was not made by the recipe {name} as it is now.")
    data = load(recipe.dataset, validation=recipe.validation)
    if data.sha256 != model.about["data_sha256"]:
        raise SystemExit(f"{run} was trained on other data than {data.source}.")
    before = evaluate(model, data.test)
    model.theta[...] = model.theta.astype(np.float16)
    model.about["result"] |= {"weights_sha256": model.weights_sha256, "before_rounding": before.accuracy}
    put(name, model, data)


def judge(name: str) -> None:
    """Judge the ready model that is there again: what it says of itself may change, its weights do not."""
    model = load_model(ready_path(name))
    recipe = Recipe.from_dict(model.about["recipe"])
    data = load(recipe.dataset, validation=recipe.validation)
    if data.sha256 != model.about["data_sha256"]:
        raise SystemExit(f"the ready model {name} was trained on other data than {data.source}.")
    put(name, model, data)
    if load_model(ready_path(name)).weights_sha256 != model.weights_sha256:
        raise SystemExit(f"{ready_path(name)}: the weights are not what they were; take the file back.")


def put(name: str, model: Model, data: Dataset) -> None:
    """Judge a rounded model and write it into the package, with a line that says what it reaches."""
    judged = evaluate(model, data.test)
    model.about["result"] |= {
        "test_accuracy": judged.accuracy,
        "confidence_interval": list(judged.confidence_interval),
    }
    model.about["sure"] = sure_above(model.predict_proba(data.validation.x), data.validation.labels)
    save_model(model, ready_path(name), half=True)
    print(
        f"{name}: {100 * judged.accuracy:.2f}% in float16, {100 * model.about['result']['before_rounding']:.2f}% "
        f"before; sure above {model.about['sure']:g}; {ready_path(name).stat().st_size:,} bytes"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"which; {', '.join(READY)} by default")
    parser.add_argument("--run", type=Path, help="a finished run of that recipe")
    parser.add_argument("--judge", action="store_true", help="judge what is there again, and keep its weights")
    options = parser.parse_args()
    if options.run and (options.judge or len(options.names) != 1):
        parser.error("--run is for one name, which is to be made")
    for name in options.names or READY:
        judge(name) if options.judge else build(name, options.run)


if __name__ == "__main__":
    main()
