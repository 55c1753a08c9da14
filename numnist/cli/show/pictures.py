"""numnist show data | predictions | mistakes | confusion: figures of pictures and predictions."""

from __future__ import annotations

from numnist.cli.shared.figure_output import AsText, Dark, Out, check_out, save_or_show
from numnist.cli.shared.options import DataDir, DatasetName, Json, ModelName, Offline, SplitName, Threads
from numnist.cli.shared.printing import console, result, result_json, table
from numnist.support.format import percent


def data_(
    *,
    dataset: str = "mnist",
    split: SplitName = "train",
    each: int = 12,
    out: Out = None,
    dark: Dark = False,
    text: AsText = False,
    data_dir: DataDir = None,
    offline: Offline = False,
) -> int:
    """Draw a grid of examples, a row for each class.

    Parameters
    ----------
    dataset
        mnist, fashion-mnist, strokes, an imported name, or a path to your own data.
    each
        Pictures in a row; with --text, as many as fit.
    """
    from numnist.cli.shared.data import find_data
    from numnist.cli.shared.models import nonempty_split
    from numnist.support.checks import whole

    check_out(out)
    whole(each, "--each")
    data = find_data(dataset, data_dir, offline)
    pictures = nonempty_split(data, split)
    if text:
        from numnist.report.figures import text as printed

        printed.examples(console(), pictures, data.classes)
        return 0
    from numnist.report.figures.pictures import examples

    C, H, W = data.shape
    size = f"{H}×{W}{' in colour' if C == 3 else ''}"
    heading = (data.name, f"{len(pictures):,} {split} pictures of {size}, {len(data.classes)} classes")
    return save_or_show(lambda theme: examples(theme, pictures, data.classes, heading, each), "data", out, dark)


def predictions_(
    model: ModelName = None,
    /,
    *,
    dataset: DatasetName = None,
    split: SplitName = "test",
    count: int = 24,
    out: Out = None,
    dark: Dark = False,
    text: AsText = False,
    threads: Threads = None,
    data_dir: DataDir = None,
    offline: Offline = False,
    json: Json = False,
) -> int:
    """Draw pictures with the model's prediction, its confidence, and the label if it differs.

    Parameters
    ----------
    count
        Draw the first N pictures.
    """
    from numnist.cli.shared.models import find_model, find_pictures
    from numnist.report.answers import predictions
    from numnist.support.checks import whole

    check_out(out)
    network = find_model(model)
    data, pictures = find_pictures(network, dataset, split, data_dir, offline)
    found = predictions(network, pictures, whole(count, "--count"), threads)
    correct = sum(prediction.right for prediction in found)
    heading = ("Predictions", f"{data.name}: {correct} of the first {len(found)} {split} pictures correct")
    if json:
        result_json([p.to_dict() for p in found])
        return 0
    if text:
        from numnist.report.figures import text as printed

        printed.cards(console(), found)
        result(heading[1])
        return 0
    from numnist.report.figures.pictures import cards

    return save_or_show(lambda theme: cards(theme, found, heading), "predictions", out, dark)


def mistakes_(
    model: ModelName = None,
    /,
    *,
    dataset: DatasetName = None,
    split: SplitName = "test",
    count: int = 40,
    out: Out = None,
    dark: Dark = False,
    text: AsText = False,
    threads: Threads = None,
    data_dir: DataDir = None,
    offline: Offline = False,
    json: Json = False,
) -> int:
    """Draw misclassified pictures, the most confident mistakes first.

    Parameters
    ----------
    count
        Draw at most N pictures.
    """
    from numnist.cli.shared.models import find_model, find_pictures
    from numnist.report.answers import mistakes
    from numnist.support.checks import whole

    check_out(out)
    network = find_model(model)
    data, pictures = find_pictures(network, dataset, split, data_dir, offline)
    found, wrong = mistakes(network, pictures, whole(count, "--count"), threads)
    detail = f"{data.name}: {wrong:,} of {len(pictures):,} {split} pictures misclassified"
    if json:
        result_json({"mistakes": wrong, "count": len(pictures), "worst": [p.to_dict() for p in found]})
        return 0
    if not found:
        result(f"Nothing to show: all {len(pictures):,} {split} pictures of {data.name} are classified correctly.")
        return 0
    if len(found) < wrong:
        detail += f"; the {len(found)} most confident"
    if text:
        from numnist.report.figures import text as printed

        printed.cards(console(), found)
        result(detail)
        return 0
    from numnist.report.figures.pictures import cards

    return save_or_show(lambda theme: cards(theme, found, ("Mistakes", detail)), "mistakes", out, dark)


def confusion_(
    model: ModelName = None,
    /,
    *,
    dataset: DatasetName = None,
    split: SplitName = "test",
    out: Out = None,
    dark: Dark = False,
    text: AsText = False,
    threads: Threads = None,
    data_dir: DataDir = None,
    offline: Offline = False,
    json: Json = False,
) -> int:
    """Draw the confusion matrix: rows are the labels, columns the predictions."""
    from numnist.cli.shared.models import find_model, find_pictures
    from numnist.evaluation.metrics import evaluate

    check_out(out)
    network = find_model(model)
    data, pictures = find_pictures(network, dataset, split, data_dir, offline)
    evaluation = evaluate(network, pictures, threads=threads)
    if json:
        result_json(evaluation.to_dict())
        return 0
    if text:
        rows = [
            (name, *(f"{n:,}" if n else "·" for n in counts), percent(share, missing=""))
            for (name, share), counts in zip(evaluation.per_class.items(), evaluation.confusion.tolist())
        ]
        table(("label", *network.classes, "correct"), rows, right=(*network.classes, "correct"))
        result(str(evaluation))
        return 0
    from numnist.report.figures.confusion_matrix import confusion_figure

    heading = ("Confusion", f"{data.name}, {split} pictures: {evaluation}")
    return save_or_show(lambda theme: confusion_figure(theme, evaluation, heading), "confusion", out, dark)
