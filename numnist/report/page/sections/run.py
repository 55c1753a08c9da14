"""The run: its result, the command that repeats it, its learning curves, and everything that decided it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from numnist.experiment.history import Curve
from numnist.experiment.training_accuracy import running_pictures
from numnist.model.model import load_model
from numnist.report.page.charts import line_chart
from numnist.report.page.contents import Contents
from numnist.report.page.markup import Markup, Section, code_block, count, details, facts, figure, note, table, tag
from numnist.report.page.repeat import train_command
from numnist.support.errors import NumnistError
from numnist.support.format import duration, percent
from numnist.support.serialisation import constructor_repr

SAME_WEIGHTS = (
    "The same command on the same data gives bit-identical weights on any number of cores. "
    "Another BLAS or processor may round differently."
)
OTHER_WEIGHTS = "The same command trains by the same recipe, but gives other weights than this run's:"
ROUNDING = {"numnist": "numnist", "numpy": "NumPy", "blas": "BLAS", "processor": "processor"}  # they decide the bits
POINTS = 400  # of a curve: more than the chart has pixels
FAR = 10  # the ratio of losses or errors from which the scale is logarithmic


def header(contents: Contents) -> Markup:
    """The page's head: the run's name, and one sentence about it."""
    recipe = contents.recipe
    state = "" if contents.complete else f" {_state(contents)}."
    title = recipe.title[:1].upper() + recipe.title[1:]
    return tag(
        "header",
        tag("p", "numnist report", class_="eyebrow"),
        tag("button", "Dark", type="button", id="theme", hidden=True, aria_label="Switch to dark colours"),
        tag("h1", contents.history.name),
        tag("p", f"{title}. Trained on {contents.data.name}.{state}", class_="lead"),
    )


def _state(contents: Contents) -> str:
    """What of a run that is not complete is done."""
    done = f"{len(contents.history.epochs)} of {contents.recipe.epochs} epochs are done"
    return f"Stopped before its end: {done}" if contents.finished else f"Not finished: {done}"


def result(contents: Contents) -> Section:
    """The headline: accuracy with its interval, errors, parameters, time."""
    evaluation, model, last = contents.evaluation, contents.model, contents.history.epochs[-1]
    numbers = []
    if "learnt" in last:
        numbers.append(("Learnt", f"{last['learnt']:,} of {last['pictures']:,}", "pictures to overfit"))
    epochs, split, nbytes = len(contents.history.epochs), contents.split, model.theta.nbytes
    size = f"{nbytes / 1e6:.2f} MB" if nbytes >= 1e5 else f"{nbytes / 1e3:.0f} kB"
    if evaluation is not None:
        interval = "95% interval {:.2f} to {:.2f}%".format(*(100 * end for end in evaluation.confidence_interval))
        numbers += [
            (f"{split} accuracy".capitalize(), percent(evaluation.accuracy), interval),
            ("Errors", f"{evaluation.errors:,}", f"of {count(evaluation.count, f'{split} picture')}"),
        ]
    numbers += [
        training_number(contents),
        ("Parameters", f"{model.plan.size:,}", f"{size} as {model.dtype}"),
        ("Training", duration(last["seconds"], fine=True), f"{count(epochs, 'epoch')}, with validation"),
    ]
    shown = (
        tag("div", tag("dt", name), tag("dd", tag("strong", value), tag("span", detail)))
        for name, value, detail in numbers
    )
    notes = []
    if split == "validation":
        notes.append("There are no test pictures: these are validation pictures, which may have chosen the epoch.")
    if evaluation is None:
        notes.append("There are no test or validation pictures, so the accuracy on unseen pictures is unknown.")
    if contents.kept_epoch < epochs:
        notes.append(f"The model is that of epoch {contents.kept_epoch}, the best on validation pictures.")
    return Section("result", "Result", (tag("dl", *shown, class_="headline"), *map(note, notes)))


def training_number(contents: Contents) -> tuple[str, str, str]:
    """The accuracy on training pictures: on all of them if that was measured, else over an epoch's batches."""
    result = contents.result
    if result.get("training_accuracy") is not None and not result["training_accuracy_running"]:
        return "Training accuracy", percent(result["training_accuracy"]), "of all training pictures, after training"
    epoch = contents.history.epochs[contents.kept_epoch - 1]
    return "Training accuracy", percent(epoch["accuracy"]), f"running, over the batches of epoch {epoch['epoch']}"


def repeat(contents: Contents) -> Section:
    """The command that repeats the run, and what it needs."""
    recipe, made = contents.recipe, contents.environment
    train = train_command(recipe, contents.folder / "config.toml", made.get("start"))
    others = list(other_weights(contents))
    promise = OTHER_WEIGHTS if others else SAME_WEIGHTS
    needs = facts(
        ("Data", f"{contents.data.name}, SHA-256 {made['data_sha256']}"),
        ("Weights", f"SHA-256 {contents.model.weights_sha256}"),
        ("Seed, lanes, shard", f"{recipe.seed}, {recipe.lanes}, {recipe.shard}"),
        ("Made with", _versions(made)),
        ("Resumed with", _versions(made["resumed_environment"]) if "resumed_environment" in made else None),
        ("Machine", f"{count(made['cores'], 'core')} of {made['processor']}, {made['system']}"),
    )
    folder = shlex.quote(str(contents.folder))
    commands = [f"evaluate {folder}", f"predict picture.png --model {folder}", f"report {folder}"]
    if not contents.finished:
        commands.insert(0, f"resume {folder}")
    lines = code_block("\n".join(f"numnist {words}" for words in commands), "these commands")
    shown = (
        code_block(train, "the command"),
        tag("p", promise),
        *map(note, (*others, *_caveats(contents, train))),
        needs,
        details("Other commands for this run", lines),
    )
    return Section("repeat", "Run it again", shown)


def other_weights(contents: Contents) -> Iterator[str]:
    """Why the command does not give the weights of this run; nothing if it does."""
    recipe, made = contents.recipe, contents.environment
    if not contents.complete:
        yield f"{_state(contents)}; the command runs all {count(recipe.epochs, 'epoch')}."
    if "start" in made and (now := _start_weights(made["start"])) != made["start_sha256"]:
        there = "is not there now" if now is None else f"has other weights now, with the SHA-256 {now}"
        yield f"It started from {made['start']}, which {there}."
    if "resumed_environment" not in made:
        return
    before = made.get("epochs_before")
    if recipe.schedule.needs_total and before:
        yield (
            f"It was resumed with {count(recipe.epochs, 'epoch')} instead of {before[-1]:,}: {recipe.schedule!r} "
            "depends on their number, so that its first epochs had other learning rates."
        )
    parts = [name for name in ROUNDING if made["resumed_environment"][name] != made[name]]
    if parts:
        yield f"It was resumed with another {' and another '.join(ROUNDING[name] for name in parts)}."


def _start_weights(start: str) -> str | None:
    """The hash of the weights that a run of today would start from, None if they are not there."""
    try:
        return load_model(start).weights_sha256
    except NumnistError:
        return None


def _caveats(contents: Contents, train: str) -> Iterator[str]:
    """What to know before you run the command."""
    made = contents.environment
    if "config.toml" in train:
        yield "The file config.toml is in the run's folder, and is printed below under The run in full."
    if "start" in made:
        yield f"It started from weights whose SHA-256 is {made['start_sha256']}."


def _versions(made: Mapping[str, Any]) -> str:
    return f"numnist {made['numnist']}, Python {made['python']}, NumPy {made['numpy']}, {made['blas']}"


def _far(curves: Mapping[str, Curve]) -> bool:
    """Whether only a logarithmic scale shows all values."""
    values = [value for curve in curves.values() for value in curve.values]
    above = [value for value in values if value > 0]
    return min(values) >= 0 and bool(above) and max(above) > FAR * min(above)


def curves(contents: Contents) -> Section:
    """Loss and accuracy, batch by batch and after each epoch."""
    history = contents.history
    losses, accuracies = (
        {"training": history.training(what, POINTS)}
        | ({"validation": history.validation(what)} if history.validation(what) else {})
        for what in ("loss", "accuracy")
    )
    if learnt := history.learnt():
        accuracies["all"] = learnt
    errors = {name: curve.errors() for name, curve in accuracies.items()}
    far = _far(errors)  # the last tenths of a percent take most of the epochs
    charts = [
        _chart("Loss", losses, _loss, _far(losses)),
        _chart("Error rate" if far else "Accuracy", errors if far else accuracies, lambda v: f"{100 * v:.4g}%", far),
    ]
    batches = bool(losses["training"].lows)
    what = "the batches faintly, and their running mean" if batches else "mean over the epoch's batches"
    key = "key plain" if batches else "key dashed"
    keys = [tag("span", tag("i", class_=key), f"training: {what}, measured as it trains")]
    if "validation" in losses:
        keys.append(tag("span", tag("i", class_="key ring"), "validation: the model after the epoch"))
    if "all" in accuracies:
        keys.append(tag("span", tag("i", class_="key ring third"), "all training pictures: the model after the epoch"))
    heads = ("epoch", "loss", "validation loss", "accuracy", "validation accuracy", "seconds")
    rows = [
        (
            r["epoch"], _loss(r["loss"]), _loss(r["validation_loss"]), percent(r["accuracy"]),
            percent(r["validation_accuracy"]), f"{r['seconds']:.1f}",
        )
        for r in history.epochs
    ]  # fmt: skip
    running = note(f"Training accuracy is of {running_pictures(contents.data)}.")
    numbers = details("The numbers", table("Every epoch", heads, rows))
    shown = tag("p", *keys, class_="key-line"), tag("div", *charts, class_="pair"), running, numbers
    return Section("curves", "Learning curves", shown)


def _chart(name: str, curves: Mapping[str, Curve], form: Callable[[float], str], logarithmic: bool) -> Markup:
    heading = f"{name}, on a logarithmic scale" if logarithmic else name
    return figure(line_chart(name, curves, form, logarithmic), tag("h3", heading))


def record(contents: Contents) -> Section:
    """Everything that decided the run."""
    recipe = contents.recipe
    settings = facts(
        ("Recipe", f"{recipe.name}: {recipe.title}"),
        ("Published", recipe.published or None),
        ("Epochs", f"{len(contents.history.epochs)} of {recipe.epochs}, {recipe.batch_size} pictures in a batch"),
        ("Optimizer", repr(recipe.optimizer)),
        ("Schedule", repr(recipe.schedule)),
        ("Loss", repr(recipe.loss)),
        ("Augmentation", None if recipe.augment is None else constructor_repr(recipe.augment)),
        ("Normalisation", recipe.normalization),
        ("L2", recipe.l2 or None),
        ("Frozen", "all layers with parameters but the last" if recipe.freeze else None),
        ("Clipped to norm", recipe.clip_norm),
        ("Averaged weights", recipe.average),
        ("Patience", None if recipe.patience is None else count(recipe.patience, "epoch")),
    )
    config = details("config.toml", code_block(contents.config, "config.toml"))
    return Section("run", "The run in full", (settings, config))


def footer(contents: Contents) -> Markup:
    made = f"Made by numnist from {contents.folder}. This file is complete and needs no network."
    return tag("footer", tag("p", made))


def _loss(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
