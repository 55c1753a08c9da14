"""The evaluation: confusion matrix, worst mistakes, metrics of each class, and calibration."""

from __future__ import annotations

import json

import numpy as np

from numnist.evaluation.calibration import Calibration
from numnist.evaluation.metrics import Evaluation
from numnist.nn.losses import SoftmaxCrossEntropy
from numnist.report.page.charts import reliability
from numnist.report.page.contents import Contents
from numnist.report.page.markup import Markup, Section, count, details, figure, note, picture, scroller, table, tag
from numnist.report.page.thumbnails import fair_share, room
from numnist.support.format import percent, probability_percent
from numnist.support.thumbnails import thumbnail

WORST = 24  # mistakes shown
CELL = 24  # pictures of a cell of the confusion matrix at most
ROOM = 500_000  # bytes for the pictures of all cells
SHORT = 4  # letters of a class's name that fit above a column


def evaluation_sections(contents: Contents) -> list[Section]:
    """The sections about the pictures that the model was evaluated on, if there are any."""
    evaluation = contents.evaluation
    if evaluation is None:
        return []
    pictures = count(evaluation.count, f"{contents.split} picture")
    return [
        matrix(evaluation, pictures),
        mistakes(evaluation, pictures),
        classes(evaluation, pictures),
        calibration(contents, Calibration.of(evaluation.confidence, evaluation.correct)),
    ]


def matrix(evaluation: Evaluation, pictures: str) -> Section:
    """The confusion matrix as a table; a cell shows its pictures."""
    intro = tag(
        "p",
        "Rows are the true classes, columns the predicted ones. A cell's shade is its share of the row: correct "
        "predictions in one colour, mistakes in the other, relative to the most frequent mistake. "
        "Choose a cell to see its pictures.",
    )
    shown = scroller("Confusion matrix", _confusion_table(evaluation, pictures))
    chosen = tag(  # filled by the script
        "div", tag("h3", "", id="cell-title"), tag("p", "", class_="note"), tag("ul", class_="cards small"),
        id="cell", hidden=True, role="region", aria_label="Pictures of a cell", aria_live="polite",
    )  # fmt: skip
    content = (intro, tag("div", shown, chosen, class_="matrix"), _cells_json(evaluation))
    return Section("confusion", "Confusion matrix", content)


def _confusion_table(evaluation: Evaluation, pictures: str) -> Markup:
    counts, names = evaluation.confusion, evaluation.classes
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    worst = float((shares * (1 - np.eye(len(names)))).max()) or 1.0
    turned = max(map(len, names)) > SHORT
    heads = (tag("th", tag("span", name), scope="col", title=name if turned else None) for name in names)
    rows = []
    for i, truth in enumerate(names):
        cells = []
        for j, predicted in enumerate(names):
            n = int(counts[i, j])
            if not n:
                cells.append(tag("td"))
                continue
            kind, how = ("correct", "correctly") if i == j else ("wrong", f"as {predicted}")
            shade = shares[i, j] / (1 if i == j else worst)
            button = tag(
                "button", n, type="button", data_cell=f"{i}-{j}", aria_label=f"{truth} classified {how}: {n}",
                aria_controls="cell", aria_pressed="false",
            )  # fmt: skip
            cells.append(tag("td", button, class_=kind, style=f"--share:{shade:.3f}"))
        rows.append(tag("tr", tag("th", tag("span", truth), scope="row", title=truth), *cells))
    corner = tag("td", tag("span", "true ↓"), " ", tag("span", "predicted →"), class_="corner")
    return tag(
        "table",
        tag("caption", f"{pictures} by true and predicted class"),
        tag("thead", tag("tr", corner, *heads)),
        tag("tbody", *rows),
        class_="confusion turned" if turned else "confusion",
    )


def _cells_json(evaluation: Evaluation) -> Markup:
    """The pictures of the cells for the script; mistakes get their room before correct predictions."""
    correct, x = evaluation.confusion_cells(), evaluation.split.x
    wrong = {(i, j): correct.pop((i, j)) for i, j in list(correct) if i != j}
    most = room(x, ROOM)
    wrong = fair_share(wrong, CELL, most)
    correct = fair_share(correct, CELL, most - sum(map(len, wrong.values())))
    pictures = {
        f"{truth}-{predicted}": [
            (thumbnail(p.picture), probability_percent(p.probability), p.index) for p in evaluation.predictions(group)
        ]
        for (truth, predicted), group in (wrong | correct).items()
    }
    content = {"classes": evaluation.classes, "photo": x.shape[1] == 3, "cells": pictures}
    text = json.dumps(content, separators=(",", ":"))
    return tag("script", Markup(text.replace("<", "\\u003c")), type="application/json", id="cells")


def mistakes(evaluation: Evaluation, pictures: str) -> Section:
    """Misclassified pictures, the most confident first."""
    worst = evaluation.predictions(evaluation.worst_mistakes(WORST))
    if not worst:
        everything = f"There are none: all {pictures} are classified correctly."
        return Section("mistakes", "Worst mistakes", (tag("p", everything),))
    cards = (
        tag(
            "li",
            picture(p.picture, f"{p.label}, classified as {p.predicted}"),
            tag("p", tag("b", p.predicted), tag("span", probability_percent(p.probability), class_="sure")),
            tag("p", "truth ", tag("b", p.label), class_="truth"),
            title=f"picture {p.index}",
        )
        for p in worst
    )
    intro = "The most confident mistakes: the predicted class with its probability, and the true class."
    if evaluation.errors > len(worst):
        intro += f" These are {len(worst)} of {evaluation.errors:,}."
    return Section("mistakes", "Worst mistakes", (tag("p", intro), tag("ul", *cards, class_="cards")))


def classes(evaluation: Evaluation, pictures: str) -> Section:
    """Precision, recall and F1 of each class."""
    heads = ("class", "pictures", "precision", "recall", "F1", "most often classified as")
    rows = [
        (
            c.name, f"{c.count:,}", percent(c.precision), percent(c.recall), percent(c.f1),
            ", ".join(f"{name} ({n:,})" for name, n in c.confused_with[:3]) or "–",
        )
        for c in evaluation.per_class.values()
    ]  # fmt: skip
    legend = note(
        "Precision: the share of the predictions of a class that are correct. Recall: the share of a class's pictures "
        "that are classified correctly. F1: the harmonic mean of both. The last column lists the mistakes."
    )
    shown = table(f"Each class on {pictures}", heads, rows, left=heads[5:])
    return Section("classes", "Each class", (shown, legend))


def calibration(contents: Contents, found: Calibration) -> Section:
    """Whether the model's confidence equals its accuracy."""
    loss = contents.recipe.loss
    lean = "overconfident" if found.overconfidence > 0 else "underconfident"
    words = [
        tag(
            "p",
            "Of the predictions made with 90% confidence, nine in ten should be correct. "
            "On average this model's confidence and its accuracy are ",
            tag("strong", f"{100 * found.expected_error:.2f} points"),
            f" apart (expected calibration error, {len(found.bins)} bins)"
            + (f": it is {lean}." if abs(found.overconfidence) >= 0.0005 else "."),
        )
    ]
    if not isinstance(loss, SoftmaxCrossEntropy):
        words.append(note(f"It was trained with {loss!r}, whose scores are not meant as probabilities."))
    elif loss.label_smoothing:
        words.append(note(f"Label smoothing of {loss.label_smoothing} keeps its confidence below 100% on purpose."))
    rows = [
        (f"{b.low:.0%} to {b.high:.0%}", f"{b.count:,}", percent(b.confidence, 1), percent(b.accuracy, 1))
        for b in found.bins
        if b.count
    ]
    heads = ("confidence", "predictions", "mean confidence", "accuracy")
    numbers = details("The numbers", table("Every bin", heads, rows))
    drawn = figure(
        reliability(found),
        "Accuracy by confidence, with 95% intervals; on the dashed line the model would be perfectly calibrated. "
        "Below: the number of predictions, on a logarithmic scale.",
    )
    return Section("calibration", "Calibration", (tag("div", drawn, tag("div", *words, numbers), class_="split"),))
