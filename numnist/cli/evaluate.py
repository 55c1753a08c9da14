"""numnist evaluate: judge a model on a data set."""

from __future__ import annotations

from pathlib import Path

from numnist.cli.shared.options import DataDir, DatasetName, Json, Offline, SplitName, Threads
from numnist.cli.shared.printing import note, result, result_json, table
from numnist.support.format import percent


def evaluate(
    model: Path,
    /,
    *,
    dataset: DatasetName = None,
    split: SplitName = "test",
    threads: Threads = None,
    data_dir: DataDir = None,
    offline: Offline = False,
    json: Json = False,
) -> int:
    """Judge a model: accuracy with its 95% confidence interval, each class, and what is taken for what.

    Parameters
    ----------
    model
        A model file, run folder, or ready model (digits, fashion).
    """
    from numnist.cli.shared.models import pictures_for
    from numnist.evaluation.metrics import evaluate as judge
    from numnist.model.file import load_model

    network = load_model(model)
    note("Model", f"{model}: {network.plan.size:,} parameters")
    _, pictures = pictures_for(network, dataset, split, data_dir, offline)
    judged = judge(network, pictures, threads=threads)
    if json:
        result_json(judged.to_dict())
        return 0
    result(str(judged))
    rows = []
    for i, (label, right) in enumerate(judged.per_class.items()):
        missed = sorted(((int(n), j) for j, n in enumerate(judged.confusion[i]) if n and j != i), reverse=True)
        taken = ", ".join(f"{network.classes[j]} ({n})" for n, j in missed[:3])
        rows.append((label, f"{int(judged.confusion[i].sum()):,}", percent(right, missing=""), taken))
    table(("class", "pictures", "right", "most often taken for"), rows, right=("pictures", "right"))
    return 0
