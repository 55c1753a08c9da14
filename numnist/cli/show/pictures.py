"""numnist show data | predictions | mistakes | confusion: pictures and answers, drawn."""

from __future__ import annotations

from numnist.cli.shared.figures import AsText, Dark, Out, check_out, deliver
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
        Pictures in a row; with --text as many as fit.
    """
    from numnist.cli.shared.choices import find_data
    from numnist.cli.shared.models import chosen
    from numnist.support.checks import whole

    check_out(out)
    whole(each, "--each")
    data = find_data(dataset, data_dir, offline)
    pictures = chosen(data, split)
    if text:
        from numnist.report.figures import text as printed

        printed.examples(console(), pictures, data.classes)
        return 0
    from numnist.report.figures.pictures import examples

    C, H, W = data.shape
    size = f"{H}×{W}{' in colour' if C == 3 else ''}"
    heading = (data.name, f"{len(pictures):,} {split} pictures of {size}, {len(data.classes)} classes")
    return deliver(lambda theme: examples(theme, pictures, data.classes, heading, each), "data", out, dark)


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
    """Draw pictures with the model's answer, its confidence, and the truth where that is another.

    Parameters
    ----------
    count
        The first so many of them.
    """
    from numnist.cli.shared.models import chosen_model, pictures_for
    from numnist.report.answers import predictions
    from numnist.support.checks import whole

    check_out(out)
    network = chosen_model(model)
    data, pictures = pictures_for(network, dataset, split, data_dir, offline)
    answers = predictions(network, pictures, whole(count, "--count"), threads)
    right = sum(a.right for a in answers)
    heading = ("Predictions", f"{data.name}: {right} of the first {len(answers)} {split} pictures right")
    if json:
        result_json([a.to_dict() for a in answers])
        return 0
    if text:
        from numnist.report.figures import text as printed

        printed.cards(console(), answers)
        result(heading[1])
        return 0
    from numnist.report.figures.pictures import cards

    return deliver(lambda theme: cards(theme, answers, heading), "predictions", out, dark)


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
    """Draw the pictures that the model reads wrong, those first of whose wrong answer it is surest.

    Parameters
    ----------
    count
        At most so many.
    """
    from numnist.cli.shared.models import chosen_model, pictures_for
    from numnist.report.answers import mistakes
    from numnist.support.checks import whole

    check_out(out)
    network = chosen_model(model)
    data, pictures = pictures_for(network, dataset, split, data_dir, offline)
    answers, wrong = mistakes(network, pictures, whole(count, "--count"), threads)
    said = f"{data.name}: {wrong:,} of {len(pictures):,} {split} pictures read wrong"
    if json:
        result_json({"mistakes": wrong, "count": len(pictures), "worst": [a.to_dict() for a in answers]})
        return 0
    if not answers:
        result(f"Nothing to show: all {len(pictures):,} {split} pictures of {data.name} are read right.")
        return 0
    if len(answers) < wrong:
        said += f"; the {len(answers)} of which the model is surest"
    if text:
        from numnist.report.figures import text as printed

        printed.cards(console(), answers)
        result(said)
        return 0
    from numnist.report.figures.pictures import cards

    return deliver(lambda theme: cards(theme, answers, ("Mistakes", said)), "mistakes", out, dark)


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
    """Draw which class is taken for which: rows are the truth, columns the model's answers."""
    from numnist.cli.shared.models import chosen_model, pictures_for
    from numnist.evaluation.metrics import evaluate

    check_out(out)
    network = chosen_model(model)
    data, pictures = pictures_for(network, dataset, split, data_dir, offline)
    judged = evaluate(network, pictures, threads=threads)
    if json:
        result_json(judged.to_dict())
        return 0
    if text:
        rows = [
            (name, *(f"{n:,}" if n else "·" for n in counts), percent(share, missing=""))
            for (name, share), counts in zip(judged.per_class.items(), judged.confusion.tolist())
        ]
        table(("truth", *network.classes, "right"), rows, right=(*network.classes, "right"))
        result(str(judged))
        return 0
    from numnist.report.figures.confusion_matrix import confusion_figure

    heading = ("Confusion", f"{data.name}, {split} pictures: {judged}")
    return deliver(lambda theme: confusion_figure(theme, judged, heading), "confusion", out, dark)
