from __future__ import annotations

from pathlib import Path

from numnist.cli.shared.options import PICTURES, Json, PicturesOptions
from numnist.cli.shared.printing import note, result, result_json, table
from numnist.support.format import percent


def evaluate(model: Path, /, *, options: PicturesOptions = PICTURES, json: Json = False) -> None:
    """Evaluate a model: accuracy with its 95% confidence interval, per class, and which classes it confuses.

    Args:
        model: A model file, run folder, or pretrained model (digits, fashion).
    """
    from numnist.cli.shared.models import find_pictures
    from numnist.evaluation.metrics import evaluate as evaluate_model
    from numnist.model.model import load_model

    network = load_model(model)
    note("Model", f"{model}: {network.plan.size:,} parameters")
    _, pictures = find_pictures(network, options)
    evaluation = evaluate_model(network, pictures, threads=options.threads)
    if json:
        result_json(evaluation.to_dict())
        return
    result(str(evaluation))
    rows = []
    for metrics in evaluation.per_class.values():
        mistaken = ", ".join(f"{name} ({n})" for name, n in metrics.confused_with[:3])
        rows.append((metrics.name, f"{metrics.count:,}", percent(metrics.recall, missing=""), mistaken))
    table(("class", "pictures", "correct", "most often mistaken for"), rows, right=("pictures", "correct"))
