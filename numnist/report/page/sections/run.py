"""The run: its result, the command that repeats it, its learning curves, and everything that decided it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from numnist.report.page.charts import Curve, line_chart
from numnist.report.page.contents import Contents
from numnist.report.page.elements import Section, code_block, count, details, facts, figure, note, size, table
from numnist.report.page.markup import Markup, tag
from numnist.report.page.repeat import train_command
from numnist.support.format import duration, percent
from numnist.support.serialisation import constructor_repr

FAR = 20  # the ratio of losses or errors from which the scale is logarithmic


def header(contents: Contents) -> Markup:
    """The page's head: the run's name, and one sentence about it."""
    recipe = contents.recipe
    state = "" if contents.finished else f" Not finished: {len(contents.history)} of {recipe.epochs} epochs are done."
    title = recipe.title[:1].upper() + recipe.title[1:]
    return tag(
        "header",
        tag("p", "numnist report", class_="eyebrow"),
        tag("button", "Dark", type="button", id="theme", hidden=True, aria_label="Switch to dark colours"),
        tag("h1", contents.folder.resolve().name),
        tag("p", f"{title}. Trained on {contents.data.name}.{state}", class_="lead"),
    )


def result(contents: Contents) -> Section:
    """The headline: accuracy with its interval, errors, parameters, time."""
    evaluation, model, last = contents.evaluation, contents.model, contents.history[-1]
    epochs = len(contents.history)
    numbers: list[tuple[str, str, str]] = []
    if evaluation is not None:
        low, high = evaluation.confidence_interval
        interval = f"95% interval {100 * low:.2f} to {100 * high:.2f}%"
        numbers.append((f"{contents.split} accuracy".capitalize(), percent(evaluation.accuracy), interval))
        pictures = f"of {count(evaluation.count, f'{contents.split} picture')}"
        numbers.append(("Errors", f"{evaluation.errors:,}", pictures))
    else:
        numbers.append(("Training accuracy", percent(last["accuracy"]), "of the last epoch's batches"))
    numbers.append(("Parameters", f"{model.plan.size:,}", f"{size(model.theta.nbytes)} as {model.dtype}"))
    numbers.append(("Training", duration(last["seconds"], fine=True), f"{count(epochs, 'epoch')}, with validation"))
    shown = (
        tag("div", tag("dt", name), tag("dd", tag("strong", number), tag("span", detail)))
        for name, number, detail in numbers
    )
    notes = []
    if contents.split == "validation":
        notes.append("There are no test pictures: these are validation pictures, which may have chosen the epoch.")
    if evaluation is None:
        notes.append("There are no test or validation pictures, so the accuracy on unseen pictures is unknown.")
    if contents.kept_epoch < epochs:
        notes.append(f"The model is that of epoch {contents.kept_epoch}, the best on validation pictures.")
    return Section("result", "Result", (tag("dl", *shown, class_="headline"), *map(note, notes)))


def repeat(contents: Contents) -> Section:
    """The command that repeats the run, and what it needs."""
    recipe, made = contents.recipe, contents.environment
    train = train_command(recipe, contents.folder / "config.toml", made.get("start"))
    promise = tag(
        "p",
        "The same command on the same data gives bit-identical weights on any number of threads. "
        "Another BLAS or processor may round differently.",
    )
    needs = facts(
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
    lines = code_block("\n".join(f"numnist {words}" for words in others), "these commands")
    shown = (
        code_block(train, "the command"),
        promise,
        *map(note, _caveats(contents, train)),
        needs,
        details("Other commands for this run", lines),
    )
    return Section("repeat", "Run it again", shown)


def _caveats(contents: Contents, train: str) -> Iterator[str]:
    """What to know before you run the command."""
    recipe, made = contents.recipe, contents.environment
    if not contents.finished:
        yield f"This run is not finished; the command runs all {count(recipe.epochs, 'epoch')}, to other weights."
    if "config.toml" in train:
        yield "The file config.toml is in the run's folder, and is printed below under The run in full."
    if "start" in made:
        yield f"It started from weights whose SHA-256 is {made['start_sha256']}."
    if "resumed_environment" in made and recipe.schedule.needs_total:
        yield (
            "The run was resumed. If that gave it more epochs, its learning rate differs from this command's, because "
            f"{recipe.schedule!r} depends on the number of epochs."
        )


def _versions(made: Mapping[str, Any]) -> str:
    return f"numnist {made['numnist']}, Python {made['python']}, NumPy {made['numpy']}, {made['blas']}"


def _far(curves: list[Curve]) -> bool:
    """Whether only a logarithmic scale shows all values."""
    values = [value for curve in curves for value in curve.values]
    return min(values) > 0 and max(values) > FAR * min(values)


def curves(contents: Contents) -> Section:
    """Loss and accuracy after each epoch."""
    history = contents.history
    validated = history[0]["validation_loss"] is not None
    charts = []
    for name, prefix, form in (("Loss", "loss", _loss), ("Accuracy", "accuracy", _tick)):
        lines = [Curve("training", [r[prefix] for r in history], dashed=True, series=1)]
        if validated:
            lines.append(Curve("validation", [r[f"validation_{prefix}"] for r in history], dashed=False, series=2))
        if name == "Accuracy" and _far(errors := [curve.errors() for curve in lines]):
            name, lines = "Error rate", errors  # the last tenths of a percent take most of the epochs
        far = name != "Accuracy" and _far(lines)
        heading = f"{name}, on a logarithmic scale" if far else name
        charts.append(figure(line_chart(name, lines, form, far), tag("h3", heading)))
    keys = [
        tag("span", tag("i", class_="key dashed"), "training: mean over the epoch's batches, measured as it trains")
    ]
    if validated:
        keys.append(tag("span", tag("i", class_="key"), "validation: the model after the epoch"))
    heads = ("epoch", "loss", "validation loss", "accuracy", "validation accuracy", "seconds")
    rows = [
        (
            r["epoch"], _loss(r["loss"]), _loss(r["validation_loss"]), percent(r["accuracy"]),
            percent(r["validation_accuracy"]), f"{r['seconds']:.1f}",
        )
        for r in history
    ]  # fmt: skip
    numbers = details("The numbers", table("Every epoch", heads, rows))
    key = tag("p", *keys, class_="key-line")
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
    config = details("config.toml", code_block(contents.config, "config.toml"))
    return Section("run", "The run in full", (settings, config))


def footer(contents: Contents) -> Markup:
    made = f"Made by numnist from {contents.folder}. This file is complete and needs no network."
    return tag("footer", tag("p", made))


def _loss(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _tick(value: float) -> str:
    return f"{100 * value:.4g}%"
