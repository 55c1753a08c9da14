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
    from numnist.evaluation.metrics import TOP, evaluate as evaluate_model
    from numnist.model.model import load_model

    network = load_model(model)
    note("Model", f"{model}: {network.plan.size:,} parameters")
    _, pictures = find_pictures(network, options, json)
    evaluation = evaluate_model(network, pictures, threads=options.threads)
    if json:
        result_json(evaluation.to_dict())
        return
    result(str(evaluation))
    top = ", ".join(f"top-{k} {percent(evaluation.top_accuracy(k))}" for k in TOP if k < len(network.classes))
    result(
        f"balanced accuracy {percent(evaluation.balanced_accuracy)}, mean precision {percent(evaluation.precision)}, "
        f"mean F1 {percent(evaluation.f1)}" + (f", {top}" if top else "")
    )
    rows = []
    for metrics in evaluation.per_class.values():
        mistaken = ", ".join(f"{name} ({n})" for name, n in metrics.confused_with[:3])
        shares = (percent(share, missing="") for share in (metrics.recall, metrics.precision, metrics.f1))
        rows.append((metrics.name, f"{metrics.count:,}", *shares, mistaken))
    heads = ("class", "pictures", "correct", "precision", "F1", "most often mistaken for")
    table(heads, rows, right=heads[1:5])
