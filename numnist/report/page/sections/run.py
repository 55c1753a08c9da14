"""The run: what it came to, how to repeat it, how it went, and with what it was made."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from numnist.report.page.charts import Curve, line_chart
from numnist.report.page.contents import Contents
from numnist.report.page.markup import Markup, tag
from numnist.report.page.sections.elements import (
    Section,
    command,
    count,
    details,
    facts,
    note,
    paragraph,
    size,
    table,
)  # fmt: skip
from numnist.support.format import duration, percent
from numnist.support.serialisation import constructor_repr

FAR = 20  # losses and errors further apart than that are drawn on a logarithmic scale


def header(contents: Contents) -> Markup:
    """The page's head: the run's name, and in a sentence what it was."""
    recipe = contents.recipe
    state = "" if contents.finished else f" Not finished: {len(contents.history)} of {recipe.epochs} epochs are done."
    switch = tag("button", "Dark", type="button", id="theme", hidden=True, aria_label="Switch to dark colours")
    return tag(
        "header",
        tag("p", "numnist report", class_="eyebrow"),
        switch,
        tag("h1", contents.folder.resolve().name),
        tag("p", f"{_sentence(recipe.title)}. Trained on {contents.data.name}.{state}", class_="lead"),
    )


def result(contents: Contents) -> Section:
    """The headline: accuracy with its interval, errors, parameters, time."""
    judged, model, epochs = contents.judged, contents.model, len(contents.history)
    numbers: list[tuple[str, str, str]] = []
    if judged is not None:
        low, high = judged.interval
        sure = f"95% interval {100 * low:.2f} to {100 * high:.2f}%"
        numbers.append((f"{contents.split} accuracy".capitalize(), percent(judged.accuracy), sure))
        pictures = f"of {count(judged.count, f'{contents.split} picture')}"
        numbers.append(("Errors", f"{judged.errors:,}", pictures))
    else:
        numbers.append(("Training accuracy", percent(contents.history[-1]["accuracy"]), "of the last epoch's batches"))
    numbers.append(("Parameters", f"{model.plan.size:,}", f"{size(model.theta.nbytes)} as {model.dtype}"))
    seconds = contents.history[-1]["seconds"]
    numbers.append(("Training", duration(seconds, fine=True), f"{count(epochs, 'epoch')}, validation included"))
    shown = (
        tag("div", tag("dt", name), tag("dd", tag("strong", number), tag("span", detail)))
        for name, number, detail in numbers
    )
    notes = []
    if contents.split == "validation":
        notes.append("There are no test pictures: these are for validation, and may have chosen the epoch.")
    if judged is None:
        notes.append("There are neither test nor validation pictures, so nothing is known of pictures it has not seen.")
    if contents.kept_epoch < epochs:
        notes.append(f"The model is that of epoch {contents.kept_epoch}, the best on validation pictures.")
    return Section("result", "Result", (tag("dl", *shown, class_="headline"), *map(note, notes)))


def again(contents: Contents) -> Section:
    """The command that repeats the run, and what it needs."""
    recipe, made = contents.recipe, contents.environment
    promise = paragraph(
        "The same command on the same data gives the same weights to the last bit, whatever the number of threads. "
        "Another BLAS or processor may round differently."
    )
    told = facts(
        [
            ("Data", f"{contents.data.name}, SHA-256 {made['data_sha256']}"),
            ("Weights", f"SHA-256 {contents.model.weights_sha256}"),
            ("Seed, lanes, shard", f"{recipe.seed}, {recipe.lanes}, {recipe.shard}"),
            ("Made with", _versions(made)),
            ("Resumed with", _versions(made["resumed_environment"]) if "resumed_environment" in made else None),
            ("Machine", f"{count(made['cores'], 'core')} of {made['processor']}, {made['system']}"),
        ]
    )
    folder = shlex.quote(str(contents.folder))
    others = [f"evaluate {folder}", f"predict picture.png --model {folder}", f"report {folder}"]
    if not contents.finished:
        others.insert(0, f"resume {folder}")
    lines = command("\n".join(f"numnist {words}" for words in others), "these commands")
    shown = (
        command(contents.again, "the command"),
        promise,
        *map(note, _caveats(contents)),
        told,
        details("Other commands for this run", lines),
    )
    return Section("again", "Run it again", shown)


def _caveats(contents: Contents) -> Iterator[str]:
    """What is to be known before the command is run."""
    recipe, made = contents.recipe, contents.environment
    if not contents.finished:
        yield f"This run is not finished; the command runs all {count(recipe.epochs, 'epoch')}, to other weights."
    if "config.toml" in contents.again:
        yield "The file config.toml lies in the run's folder, and stands below under The run in full."
    if "start" in made:
        yield f"It started from weights whose SHA-256 is {made['start_sha256']}."
    if "resumed_environment" in made and recipe.schedule.needs_total:
        yield (
            "The run was resumed. If it was then given more epochs, its learning rate differs from this command's, "
            f"for {recipe.schedule!r} depends on their number."
        )


def _versions(made: Mapping[str, Any]) -> str:
    return f"numnist {made['numnist']}, Python {made['python']}, NumPy {made['numpy']}, {made['blas']}"


def _far(curves: list[Curve]) -> bool:
    """Whether values are so far apart that only a logarithmic scale shows all of them."""
    values = [value for curve in curves for value in curve.values]
    return min(values) > 0 and max(values) > FAR * min(values)


def curves(contents: Contents) -> Section:
    """Loss and accuracy after each epoch."""
    history = contents.history
    charts = []
    for name, prefix, form in (("Loss", "loss", _loss), ("Accuracy", "accuracy", _tick)):
        lines = [Curve("training", [r[prefix] for r in history], dashed=True, series=1)]
        if history[0][f"validation_{prefix}"] is not None:
            lines.append(Curve("validation", [r[f"validation_{prefix}"] for r in history], dashed=False, series=2))
        if name == "Accuracy" and _far(errors := [curve.errors() for curve in lines]):
            name, lines = "Error rate", errors  # the last tenths of a percent are what is learnt for the longest
        far = name != "Accuracy" and _far(lines)
        heading = f"{name}, on a logarithmic scale" if far else name
        charts.append(tag("figure", tag("figcaption", tag("h3", heading)), line_chart(name, lines, form, far)))
    keys = [
        tag("span", tag("i", class_="key dashed"), "training: mean over the epoch's batches as they were trained on")
    ]
    if len(lines) > 1:
        keys.append(tag("span", tag("i", class_="key"), "validation: the model after the epoch"))
    key = tag("p", *keys, class_="key-line")
    heads = ("epoch", "loss", "validation loss", "accuracy", "validation accuracy", "seconds")
    rows = [
        (
            r["epoch"], _loss(r["loss"]), _loss(r["validation_loss"]), percent(r["accuracy"]),
            percent(r["validation_accuracy"]), f"{r['seconds']:.1f}",
        )
        for r in history
    ]  # fmt: skip
    numbers = details("The numbers", table("Every epoch", heads, rows))
    return Section("curves", "Learning curves", (key, tag("div", *charts, class_="pair"), numbers))


def record(contents: Contents) -> Section:
    """Everything that decided the run."""
    recipe = contents.recipe
    settings = facts(
        [
            ("Recipe", f"{recipe.name}: {recipe.title}"),
            ("Published", recipe.published or None),
            ("Epochs", f"{len(contents.history)} of {recipe.epochs}, {recipe.batch_size} pictures in a batch"),
            ("Optimizer", repr(recipe.optimizer)),
            ("Schedule", repr(recipe.schedule)),
            ("Loss", repr(recipe.loss)),
            ("Augmentation", None if recipe.augment is None else constructor_repr(recipe.augment)),
            ("Normalisation", recipe.normalization),
            ("L2", recipe.l2 or None),
            ("Clipped to norm", recipe.clip_norm),
            ("Averaged weights", recipe.average),
            ("Patience", None if recipe.patience is None else count(recipe.patience, "epoch")),
        ]
    )
    return Section(
        "run", "The run in full", (settings, details("config.toml", command(contents.config, "config.toml")))
    )


def footer(contents: Contents) -> Markup:
    return tag(
        "footer",
        paragraph(f"Made by numnist from {contents.folder}. The file holds all it shows, and needs no network."),
    )


def _loss(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _tick(value: float) -> str:
    return f"{100 * value:.4g}%"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
