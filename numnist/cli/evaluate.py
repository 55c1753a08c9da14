"""numnist evaluate: judge a model on a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from numnist.cli.options import DataDir, DatasetName, Json, Offline, Threads
from numnist.cli.printing import note, result, result_json, table
from numnist.errors import DataError


def evaluate(
    model: Path,
    /,
    *,
    dataset: DatasetName = None,
    split: Literal["test", "validation", "train"] = "test",
    threads: Threads = None,
    data_dir: DataDir = None,
    offline: Offline = False,
    json: Json = False,
) -> int:
    """Judge a model: accuracy with its 95% confidence interval, each class, and what is taken for what.

    Parameters
    ----------
    model
        A model file or run folder.
    split
        Which pictures: test, validation or train.
    """
    from numnist.cli.choices import find_data
    from numnist.metrics import evaluate as judge
    from numnist.modelfile import load_model
    from numnist.recipe import Recipe

    network = load_model(model)
    about = network.about.get("recipe")
    recipe = Recipe.from_dict(about) if about else None
    if recipe is not None and dataset in (None, recipe.dataset):
        dataset, validation = recipe.dataset, recipe.validation
    else:
        dataset, validation = dataset or "mnist", None
    data = find_data(dataset, data_dir, offline, validation, network.in_shape[1:])
    if data.shape != network.in_shape or len(data.classes) != len(network.classes):
        raise DataError(
            f"{model} reads pictures of shape {network.in_shape} as {len(network.classes)} classes, but {dataset} has "
            f"{data.shape} and {len(data.classes)} classes: give data of the same kind."
        )
    note("Model", f"{model}: {network.plan.size:,} parameters")
    note("Data", f"{data.name}, {split} pictures, from {data.source}")
    judged = judge(network, getattr(data, split), threads=threads)
    if json:
        result_json(judged.to_dict())
        return 0
    result(str(judged))
    rows = []
    for i, (label, right) in enumerate(judged.per_class.items()):
        missed = sorted(((int(n), j) for j, n in enumerate(judged.confusion[i]) if n and j != i), reverse=True)
        taken = ", ".join(f"{network.classes[j]} ({n})" for n, j in missed[:3])
        share = "" if right is None else f"{100 * right:.2f}%"
        rows.append((label, f"{int(judged.confusion[i].sum()):,}", share, taken))
    table(("class", "pictures", "right", "most often taken for"), rows, right=("pictures", "right"))
    return 0
