"""Strokes realism: how well a network that has seen only drawn digits reads handwriting.

    python benchmarks/strokes_realism.py             # three seeds, about a minute on two cores

The digits' spreads were tuned on the first 10,000 training pictures of MNIST; its test set had no say in them.
"""

from __future__ import annotations

import argparse

from numnist import evaluate, load, load_recipe
from numnist.data.strokes import load_strokes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="quick")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    recipe, mnist = load_recipe(options.recipe), load("mnist")
    for seed in range(options.seeds):
        drawn = load_strokes(train=60_000, validation=1_000, test=1_000, seed=seed)
        run = recipe.override(seed=seed)
        model = run.model(drawn)
        for _ in run.train(model, drawn):
            pass
        print(f"seed {seed}, recipe {run.name}, trained on {len(drawn.train):,} strokes")
        for name, split in (
            ("strokes, test", drawn.test),
            ("MNIST, first 10,000 of train", mnist.train[:10_000]),
            ("MNIST, test", mnist.test),
        ):
            print(f"    {name:<30} {evaluate(model, split)}", flush=True)


if __name__ == "__main__":
    main()
