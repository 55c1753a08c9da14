"""The answers: what is taken for what, the worst mistakes, each class, and how sure the model was."""

from __future__ import annotations

import json

import numpy as np

from numnist.evaluation.calibration import Calibration
from numnist.nn.losses import SoftmaxCrossEntropy
from numnist.report.figures.pictures import percent
from numnist.report.judged import Judged
from numnist.report.page.charts import reliability
from numnist.report.page.contents import Contents
from numnist.report.page.markup import Markup, tag
from numnist.report.page.sections.elements import (
    Section,
    count,
    details,
    note,
    paragraph,
    picture,
    scroller,
    share,
    table,
)
from numnist.report.page.thumbnails import fair_share, room, thumbnail

WORST = 24  # mistakes on show
CELL = 24  # pictures of a cell of the confusion matrix at most
ROOM = 500_000  # bytes for the pictures of all cells
SHORT = 4  # letters of a class's name that fit above a column


def matrix(contents: Contents, judged: Judged) -> Section:
    """The confusion matrix as a table; a cell shows its pictures."""
    said = (
        "A row is the truth, a column the answer. The shade is the cell's share of its row: what was read right in one "
        "colour, mistakes in the other, these relative to the most frequent."
    )
    content = (
        paragraph(said),
        tag("div", scroller("Confusion matrix", _confusion_table(contents, judged)), _cell_pictures(), class_="matrix"),
        _cells_json(judged),
    )
    return Section("confusion", "Confusion matrix", content)


def _confusion_table(contents: Contents, judged: Judged) -> Markup:
    counts, names = judged.confusion, judged.classes
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    worst = float((shares * (1 - np.eye(len(names)))).max()) or 1.0
    turned = max(map(len, names)) > SHORT
    heads = (tag("th", tag("span", name), scope="col", title=name if turned else None) for name in names)
    rows = []
    for i, truth in enumerate(names):
        cells = []
        for j, answer in enumerate(names):
            n = int(counts[i, j])
            if not n:
                cells.append(tag("td"))
                continue
            meant = f"{truth} read right" if i == j else f"{truth} taken for {answer}"
            button = tag(
                "button", n, type="button", data_cell=f"{i}-{j}", aria_label=f"{meant}: {n}", aria_controls="cell",
                aria_pressed="false",
            )  # fmt: skip
            shade = shares[i, j] if i == j else shares[i, j] / worst
            kind = "right" if i == j else "wrong"
            cells.append(tag("td", button, class_=kind, style=f"--share:{shade:.3f}"))
        rows.append(tag("tr", tag("th", tag("span", truth), scope="row", title=truth), *cells))
    corner = tag("td", tag("span", "truth ↓"), " ", tag("span", "answer →"), class_="corner")
    caption = f"{count(judged.count, f'{contents.split} picture')} by truth and answer"
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", corner, *heads)),
        tag("tbody", *rows),
        class_="confusion turned" if turned else "confusion",
    )


def _cell_pictures() -> Markup:
    """Where the script shows the pictures of the cell that was chosen."""
    title = tag("h3", "", id="cell-title")
    return tag(
        "div", title, tag("p", "", class_="note"), tag("ul", class_="cards small"), id="cell", hidden=True,
        role="region", aria_label="Pictures of a cell", aria_live="polite",
    )  # fmt: skip


def _cells_json(judged: Judged) -> Markup:
    """The pictures of the cells, mistakes before what was read right, for the script."""
    cells, most = judged.cells(), room(judged.split.x, ROOM)
    wrong = fair_share({key: group for key, group in cells.items() if key[0] != key[1]}, CELL, most)
    most -= sum(map(len, wrong.values()))
    right = fair_share({key: group for key, group in cells.items() if key[0] == key[1]}, CELL, most)
    pictures = {
        f"{truth}-{answer}": [
            (thumbnail(judged.split.x[i]), percent(float(judged.confidence[i])), int(i)) for i in group
        ]
        for (truth, answer), group in (wrong | right).items()
    }
    photo = judged.split.x.shape[1] == 3
    text = json.dumps({"classes": judged.classes, "photo": photo, "cells": pictures}, separators=(",", ":"))
    return tag("script", Markup(text.replace("<", "\\u003c")), type="application/json", id="cells")


def mistakes(contents: Contents, judged: Judged) -> Section:
    """Pictures read wrong, those first of which the model was surest."""
    worst = judged.worst(WORST)
    if not len(worst):
        everything = f"There are none: all {count(judged.count, f'{contents.split} picture')} are read right."
        return Section("mistakes", "Worst mistakes", (paragraph(everything),))
    cards = []
    for i in worst:
        truth, answer = judged.classes[judged.split.labels[i]], judged.classes[judged.answers[i]]
        cards.append(
            tag(
                "li",
                picture(judged.split.x[i], f"{truth}, taken for {answer}"),
                tag("p", tag("b", answer), tag("span", percent(float(judged.confidence[i])), class_="sure")),
                tag("p", "truth ", tag("b", truth), class_="truth"),
                title=f"picture {i}",
            )
        )
    said = "The wrong answers of which the model was surest: its answer, how sure it was, and the truth."
    if judged.errors > len(worst):
        said += f" These are {len(worst)} of {judged.errors:,}."
    return Section("mistakes", "Worst mistakes", (paragraph(said), tag("ul", *cards, class_="cards")))


def classes(contents: Contents, judged: Judged) -> Section:
    """Precision, recall and F1 of each class."""
    heads = ("class", "pictures", "precision", "recall", "F1", "most often taken for")
    rows = [
        (
            c.name, f"{c.count:,}", share(c.precision), share(c.recall), share(c.f1),
            ", ".join(f"{name} ({n:,})" for name, n in c.taken_for[:3]) or "–",
        )
        for c in judged.per_class()
    ]  # fmt: skip
    said = note(
        "Precision: of the answers that name the class, the share that is right. Recall: of its pictures, the share "
        "read right. F1: their harmonic mean."
    )
    caption = f"Each class on {count(judged.count, f'{contents.split} picture')}"
    return Section("classes", "Each class", (table(caption, heads, rows, left=heads[5:]), said))


def calibration(contents: Contents, found: Calibration) -> Section:
    """Whether the model is right as often as it says."""
    loss = contents.recipe.loss
    lean = "more sure of itself than it is right" if found.bias > 0 else "right more often than it says"
    words = [
        paragraph(
            "Of the answers given with 90% confidence, nine in ten should be right. "
            "On average this model's confidence and its accuracy are ",
            tag("strong", f"{100 * found.error:.2f} points"),
            f" apart (expected calibration error, {len(found.bins)} bins)"
            + (f": it is {lean}." if abs(found.bias) >= 0.0005 else "."),
        )
    ]
    if not isinstance(loss, SoftmaxCrossEntropy):
        words.append(note(f"It was trained with {loss!r}, whose scores are not meant as probabilities."))
    elif loss.label_smoothing:
        words.append(note(f"Label smoothing of {loss.label_smoothing} asks it never to be quite sure."))
    rows = [
        (f"{b.low:.0%} to {b.high:.0%}", f"{b.count:,}", share(b.confidence, 1), share(b.accuracy, 1))
        for b in found.bins
        if b.count
    ]
    numbers = details("The numbers", table("Every bin", ("confidence", "answers", "mean confidence", "right"), rows))
    drawn = tag(
        "figure",
        reliability(found),
        tag(
            "figcaption",
            "Share of answers that are right, by confidence, with 95% intervals; on the dashed line the model would be "
            "calibrated. Below: how many answers, on a logarithmic scale.",
        ),
    )
    return Section("calibration", "Calibration", (tag("div", drawn, tag("div", *words, numbers), class_="split"),))
