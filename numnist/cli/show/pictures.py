"""numnist show data | predictions | mistakes | confusion: figures of pictures and predictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from numnist.cli.shared.figure_output import FIGURE, AsText, FigureOptions
from numnist.cli.shared.options import DATA, PICTURES, DataOptions, Json, ModelName, PicturesOptions, SplitName
from numnist.cli.shared.printing import console, result, result_json, table
from numnist.support.format import percent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from numnist.data import Dataset, Split
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

    figure.check(not text)
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
    random: Annotated[bool, Parameter(negative="")] = False,
    class_: Annotated[str | None, Parameter(name="--class")] = None,
    seed: int | None = None,
    figure: FigureOptions = FIGURE,
    text: AsText = False,
    options: PicturesOptions = PICTURES,
    json: Json = False,
) -> None:
    """Draw pictures with the model's prediction, its confidence, and the label if it differs.

    Args:
        count: Draw so many pictures, the first ones.
        random: Choose them at random instead.
        class_: Choose them from this class, by its name.
        seed: Decides which are chosen at random, 0 by default.
    """
    from dataclasses import replace

    from numnist.cli.shared.models import find_named_model, find_pictures
    from numnist.evaluation.metrics import evaluate
    from numnist.support.checks import whole

    figure.check(not (text or json))
    whole(count, "--count")
    network, name = find_named_model(model)
    data, pictures = find_pictures(network, options, json)
    chosen = _choose(
        data, pictures, count, class_, whole(seed or 0, "--seed", 0) if random or seed is not None else None
    )
    evaluation = evaluate(network, pictures[chosen], threads=options.threads)
    found = [replace(p, index=int(chosen[p.index])) for p in evaluation.predictions(range(evaluation.count))]
    if json:
        result_json([p.to_dict() for p in found])
        return
    correct, of_class = evaluation.count - evaluation.errors, "" if class_ is None else f" of {class_}"
    which = f"{len(found)} random" if random or seed is not None else f"the first {len(found)}"
    detail = f"{data.name}: {correct} of {which} {options.split or 'test'} pictures{of_class} correct"
    _cards(found, "predictions", name, detail, figure, text)


def _choose(data: Dataset, pictures: Split, count: int, of_class: str | None, seed: int | None) -> NDArray[np.int64]:
    """Indices of at most `count` pictures: the first, or with a seed at random, in their order.

    Raises UsageError for a class that is not among the data's, DataError where there is no picture of it.
    """
    import numpy as np

    from numnist.support.errors import DataError, UsageError
    from numnist.support.rng import keyed_rng
    from numnist.support.serialisation import suggest

    found = np.arange(len(pictures))
    if of_class is not None:
        if of_class not in data.classes:
            names = f"there are {', '.join(data.classes)}"
            raise UsageError(
                f"--class {of_class}: {data.name} has no such class{suggest(of_class, [*data.classes])}; {names}."
            )
        found = found[pictures.labels == data.classes.index(of_class)]
        if not len(found):
            raise DataError(f"{data.name} has no picture of {of_class} in this split: choose another --split.")
    if seed is not None:
        found = np.sort(keyed_rng(seed, "predictions").permutation(found)[:count])
    return found[:count]


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

    figure.check(not (text or json))
    whole(count, "--count")
    evaluation, name, data = _evaluate(model, options, json)
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
        _cards(found, "mistakes", name, detail, figure, text)


def _cards(found: list[Prediction], what: str, name: str, detail: str, figure: FigureOptions, text: bool) -> None:
    """Show a card for each prediction of the model of this name, as text or as a figure."""
    if text:
        from numnist.report.figures import terminal

        terminal.cards(console(), found)
        result(f"{name}: {detail}")
        return
    from numnist.report.figures.pictures import cards

    figure.save_or_show(lambda theme: cards(theme, found, (f"{what.title()} of {name}", detail)), what)


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
    figure.check(not (text or json))
    evaluation, name, data = _evaluate(model, options, json)
    if json:
        result_json(evaluation.to_dict())
    elif text:
        rows = [
            (metrics.name, *(f"{n:,}" if n else "·" for n in counts), percent(metrics.recall, missing=""))
            for metrics, counts in zip(evaluation.per_class.values(), evaluation.confusion.tolist())
        ]
        heads = (*evaluation.classes, "correct")
        table(("label", *heads), rows, right=heads)
        result(f"{name}: {evaluation}")
    else:
        from numnist.report.figures.confusion_matrix import confusion_figure

        heading = (f"Confusion of {name}", f"{data}, {options.split or 'test'} pictures: {evaluation}")
        figure.save_or_show(lambda theme: confusion_figure(theme, evaluation, heading), "confusion")


def _evaluate(model: Path | None, options: PicturesOptions, quiet: bool) -> tuple[Evaluation, str, str]:
    """The model's evaluation on the chosen pictures, what figures call the model, and the name of the data set."""
    from numnist.cli.shared.models import find_named_model, find_pictures
    from numnist.evaluation.metrics import evaluate

    network, name = find_named_model(model)
    data, pictures = find_pictures(network, options, quiet)
    return evaluate(network, pictures, threads=options.threads), name, data.name
