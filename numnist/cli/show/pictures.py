"""numnist show data | predictions | mistakes | confusion: figures of pictures and predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from numnist.cli.shared.figure_output import FIGURE, AsText, FigureOptions
from numnist.cli.shared.options import DATA, PICTURES, DataOptions, Json, ModelName, PicturesOptions, SplitName
from numnist.cli.shared.printing import console, result, result_json, table
from numnist.support.format import percent

if TYPE_CHECKING:
    from numnist.evaluation.metrics import Prediction


def data_(
    *,
    dataset: str = "mnist",
    split: SplitName = "train",
    each: int = 12,
    figure: FigureOptions = FIGURE,
    text: AsText = False,
    source: DataOptions = DATA,
) -> int:
    """Draw a grid of examples, a row for each class.

    Args:
        dataset: mnist, fashion-mnist, strokes, an imported name, or a path to your own data.
        each: Pictures in a row; with --text, as many as fit.
    """
    from numnist.cli.shared.data import find_data
    from numnist.cli.shared.models import nonempty_split
    from numnist.support.checks import whole

    figure.check()
    whole(each, "--each")
    data = find_data(dataset, source)
    pictures = nonempty_split(data, split)
    if text:
        from numnist.report.figures import terminal

        terminal.examples(console(), pictures, data.classes)
        return 0
    from numnist.report.figures.pictures import examples

    C, H, W = data.shape
    size = f"{H}×{W}{' in colour' if C == 3 else ''}"
    heading = (data.name, f"{len(pictures):,} {split} pictures of {size}, {len(data.classes)} classes")
    return figure.save_or_show(lambda theme: examples(theme, pictures, data.classes, heading, each), "data")


def predictions_(
    model: ModelName = None,
    /,
    *,
    count: int = 24,
    figure: FigureOptions = FIGURE,
    text: AsText = False,
    options: PicturesOptions = PICTURES,
    json: Json = False,
) -> int:
    """Draw pictures with the model's prediction, its confidence, and the label if it differs.

    Args:
        count: Draw the first N pictures.
    """
    from numnist.cli.shared.models import find_model, find_pictures
    from numnist.evaluation.metrics import evaluate
    from numnist.support.checks import whole

    figure.check()
    network = find_model(model)
    data, pictures = find_pictures(network, options)
    some = pictures[: whole(count, "--count")]
    found = evaluate(network, some, threads=options.threads).predictions(range(len(some)))
    correct = sum(prediction.correct for prediction in found)
    detail = f"{data.name}: {correct} of the first {len(found)} {options.split} pictures correct"
    if json:
        result_json([p.to_dict() for p in found])
        return 0
    return _cards(found, "predictions", detail, figure, text)


def mistakes_(
    model: ModelName = None,
    /,
    *,
    count: int = 40,
    figure: FigureOptions = FIGURE,
    text: AsText = False,
    options: PicturesOptions = PICTURES,
    json: Json = False,
) -> int:
    """Draw misclassified pictures, the most confident mistakes first.

    Args:
        count: Draw at most N pictures.
    """
    from numnist.cli.shared.models import find_model, find_pictures
    from numnist.evaluation.metrics import evaluate
    from numnist.support.checks import whole

    figure.check()
    network = find_model(model)
    data, pictures = find_pictures(network, options)
    whole(count, "--count")
    evaluation = evaluate(network, pictures, threads=options.threads)
    found, wrong = evaluation.predictions(evaluation.worst_mistakes(count)), evaluation.errors
    detail = f"{data.name}: {wrong:,} of {len(pictures):,} {options.split} pictures misclassified"
    if json:
        result_json({"mistakes": wrong, "count": len(pictures), "worst": [p.to_dict() for p in found]})
        return 0
    if not found:
        result(
            f"Nothing to show: all {len(pictures):,} {options.split} pictures of {data.name} are classified correctly."
        )
        return 0
    if len(found) < wrong:
        detail += f"; the {len(found)} most confident"
    return _cards(found, "mistakes", detail, figure, text)


def _cards(found: list[Prediction], what: str, detail: str, figure: FigureOptions, text: bool) -> int:
    """Show a card for each prediction, as text or as a figure."""
    if text:
        from numnist.report.figures import terminal

        terminal.cards(console(), found)
        result(detail)
        return 0
    from numnist.report.figures.pictures import cards

    return figure.save_or_show(lambda theme: cards(theme, found, (what.title(), detail)), what)


def confusion_(
    model: ModelName = None,
    /,
    *,
    figure: FigureOptions = FIGURE,
    text: AsText = False,
    options: PicturesOptions = PICTURES,
    json: Json = False,
) -> int:
    """Draw the confusion matrix: rows are the labels, columns the predictions."""
    from numnist.cli.shared.models import find_model, find_pictures
    from numnist.evaluation.metrics import evaluate

    figure.check()
    network = find_model(model)
    data, pictures = find_pictures(network, options)
    evaluation = evaluate(network, pictures, threads=options.threads)
    if json:
        result_json(evaluation.to_dict())
        return 0
    if text:
        rows = [
            (metrics.name, *(f"{n:,}" if n else "·" for n in counts), percent(metrics.recall, missing=""))
            for metrics, counts in zip(evaluation.per_class.values(), evaluation.confusion.tolist())
        ]
        table(("label", *network.classes, "correct"), rows, right=(*network.classes, "correct"))
        result(str(evaluation))
        return 0
    from numnist.report.figures.confusion_matrix import confusion_figure

    heading = ("Confusion", f"{data.name}, {options.split} pictures: {evaluation}")
    return figure.save_or_show(lambda theme: confusion_figure(theme, evaluation, heading), "confusion")
