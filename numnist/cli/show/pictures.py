"""numnist show data | predictions | mistakes | confusion: figures of pictures and predictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from numnist.cli.shared.figure_output import FIGURE, AsText, FigureOptions
from numnist.cli.shared.options import DATA, PICTURES, DataOptions, Json, ModelName, PicturesOptions, SplitName
from numnist.cli.shared.printing import console, result, result_json, table
from numnist.support.format import percent

if TYPE_CHECKING:
    from numnist.evaluation.metrics import Evaluation, Prediction


def data_(
    *,
    dataset: str = "mnist",
    split: SplitName = "train",
    each: int = 12,
    figure: FigureOptions = FIGURE,
    text: AsText = False,
    source: DataOptions = DATA,
) -> None:
    """Draw a grid of examples, a row for each class.

    Args:
        dataset: mnist, strokes, another name that `numnist data list` shows, or a path to your own data.
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
        return
    from numnist.report.figures.pictures import examples

    C, H, W = data.shape
    size = f"{H}×{W}{' in colour' if C == 3 else ''}"
    heading = (data.name, f"{len(pictures):,} {split} pictures of {size}, {len(data.classes)} classes")
    figure.save_or_show(lambda theme: examples(theme, pictures, data.classes, heading, each), "data")


def predictions_(
    model: ModelName = None,
    /,
    *,
    count: int = 24,
    figure: FigureOptions = FIGURE,
    text: AsText = False,
    options: PicturesOptions = PICTURES,
    json: Json = False,
) -> None:
    """Draw pictures with the model's prediction, its confidence, and the label if it differs.

    Args:
        count: Draw the first N pictures.
    """
    from numnist.support.checks import whole

    figure.check()
    evaluation, data = _evaluate(model, options, json, whole(count, "--count"))
    found = evaluation.predictions(range(evaluation.count))
    if json:
        result_json([p.to_dict() for p in found])
        return
    correct = evaluation.count - evaluation.errors
    detail = f"{data}: {correct} of the first {len(found)} {options.split or 'test'} pictures correct"
    _cards(found, "predictions", detail, figure, text)


def mistakes_(
    model: ModelName = None,
    /,
    *,
    count: int = 40,
    figure: FigureOptions = FIGURE,
    text: AsText = False,
    options: PicturesOptions = PICTURES,
    json: Json = False,
) -> None:
    """Draw misclassified pictures, the most confident mistakes first.

    Args:
        count: Draw at most N pictures.
    """
    from numnist.support.checks import whole

    figure.check()
    whole(count, "--count")
    evaluation, data = _evaluate(model, options, json)
    wrong, total = evaluation.errors, evaluation.count
    found = evaluation.predictions(evaluation.worst_mistakes(count))
    if json:
        result_json({"mistakes": wrong, "count": total, "worst": [p.to_dict() for p in found]})
    elif not found:
        result(f"Nothing to show: all {total:,} {options.split or 'test'} pictures of {data} are classified correctly.")
    else:
        detail = f"{data}: {wrong:,} of {total:,} {options.split or 'test'} pictures misclassified"
        if len(found) < wrong:
            detail += f"; the {len(found)} most confident"
        _cards(found, "mistakes", detail, figure, text)


def _cards(found: list[Prediction], what: str, detail: str, figure: FigureOptions, text: bool) -> None:
    """Show a card for each prediction, as text or as a figure."""
    if text:
        from numnist.report.figures import terminal

        terminal.cards(console(), found)
        result(detail)
        return
    from numnist.report.figures.pictures import cards

    figure.save_or_show(lambda theme: cards(theme, found, (what.title(), detail)), what)


def confusion_(
    model: ModelName = None,
    /,
    *,
    figure: FigureOptions = FIGURE,
    text: AsText = False,
    options: PicturesOptions = PICTURES,
    json: Json = False,
) -> None:
    """Draw the confusion matrix: rows are the labels, columns the predictions."""
    figure.check()
    evaluation, data = _evaluate(model, options, json)
    if json:
        result_json(evaluation.to_dict())
    elif text:
        rows = [
            (metrics.name, *(f"{n:,}" if n else "·" for n in counts), percent(metrics.recall, missing=""))
            for metrics, counts in zip(evaluation.per_class.values(), evaluation.confusion.tolist())
        ]
        heads = (*evaluation.classes, "correct")
        table(("label", *heads), rows, right=heads)
        result(str(evaluation))
    else:
        from numnist.report.figures.confusion_matrix import confusion_figure

        heading = ("Confusion", f"{data}, {options.split or 'test'} pictures: {evaluation}")
        figure.save_or_show(lambda theme: confusion_figure(theme, evaluation, heading), "confusion")


def _evaluate(
    model: Path | None, options: PicturesOptions, quiet: bool, first: int | None = None
) -> tuple[Evaluation, str]:
    """The model's evaluation on the chosen pictures, or the first of them, and the name of their data set."""
    from numnist.cli.shared.models import find_model, find_pictures
    from numnist.evaluation.metrics import evaluate

    network = find_model(model)
    data, pictures = find_pictures(network, options, quiet)
    return evaluate(network, pictures[:first], threads=options.threads), data.name
