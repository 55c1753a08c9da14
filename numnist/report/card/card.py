"""A model card: README.md as model hubs want it, with what was measured, on what, and where it ends.

The front matter is that of the Hugging Face Hub: https://huggingface.co/docs/hub/model-cards
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from numnist.model.about import table
from numnist.model.reading import UNKNOWN
from numnist.model.summary import cells, totals
from numnist.report.card.ready import measured
from numnist.report.card.source import Source
from numnist.report.card.yaml import yaml
from numnist.report.page.repeat import train_command
from numnist.support.format import duration, percent

HUB = {"mnist": "ylecun/mnist", "fashion-mnist": "zalando-datasets/fashion_mnist"}  # data sets by their names there
NOT_STATED = "not stated"
CONFIG = Path("config.toml")
TASK = "image-classification"
MOST = 40  # classes that are named
PREPARED = {
    "digits": "Light ink on black, fitted into 20×20 of 28×28 pixels, its centre of mass in the middle, as MNIST has "
    "it. numnist prepares any picture so, whatever its size, its paper and its light.",
    "photo": "One object on black, cut to its box and fitted in, as Fashion-MNIST has it. numnist prepares pictures "
    "so.",
    "plain": "Resized to the network's input. Nothing else is done: light and dark stay as they are.",
}


def card(given: str | os.PathLike[str], licence: str | None = None) -> str:
    """The card of a finished model, as Markdown with YAML at its head.

    given: a run folder, its model file, or a ready model by its name;  licence: of the model, as hubs name it, such as
    "apache-2.0"; of the ready models it is MIT, of others it is not stated unless given.
    Raises ModelFileError, and UsageError for a model that is not finished or says nothing of its training.
    """
    source = Source.of(given)
    licence = licence or ("mit" if source.ready else None)
    sections = {
        "Results": _results(source), "Data": _data(source), "How a picture is prepared": _preparation(source),
        "What it refuses": _refuses(source), "Limits": _limits(source), "Network": _network(source),
        "How to use it": _use(source), "How to repeat it": _repeat(source, licence),
    }  # fmt: skip
    model = source.model
    classes = ", ".join(model.classes[:MOST]) + (" …" if len(model.classes) > MOST else "")
    head = (
        f"# {_text(source.name)}\n\nA network that numnist trained: {_text(source.recipe.title)}. "
        f"It tells {len(model.classes)} classes: {_text(classes)}.\n"
    )
    body = "".join(f"\n## {title}\n\n{text}\n" for title, text in sections.items())
    return f"---\n{yaml(_front(source, licence))}---\n\n{head}{body}"


def _front(source: Source, licence: str | None) -> dict[str, Any]:
    """The front matter: what a hub lists the model by, and its result in the form of a model index."""
    kind = HUB.get(source.dataset, source.dataset)
    title = source.published.title if source.published else source.dataset
    found: dict[str, Any] = {"license": licence or "unknown", "library_name": "numnist", "pipeline_tag": TASK}
    found["tags"] = ["numnist", "numpy", TASK]
    if source.dataset in HUB:
        found["datasets"] = [kind]
    found["metrics"] = ["accuracy"]
    test: dict[str, Any] = {"type": "accuracy", "name": "Test accuracy", "value": source.accuracy("test")}
    if source.interval is not None:
        test["args"] = {"confidence_interval_95": list(source.interval)}
    validation = {
        "type": "accuracy", "name": "Validation accuracy", "value": source.accuracy("validation")
    }  # fmt: skip
    results = [
        {
            "task": {"type": TASK, "name": "Image classification"},
            "dataset": {"type": kind, "name": title, "split": split},
            "metrics": [metric],
        }
        for split, metric in (("test", test), ("validation", validation))
        if metric["value"] is not None
    ]
    if results:
        found["model-index"] = [{"name": source.name, "results": results}]
    return found


def _results(source: Source) -> str:
    rows = []
    for split in ("test", "validation", "training"):
        value = source.accuracy(split)
        interval = source.interval if split == "test" else None
        span = "" if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"
        if value is not None:
            rows.append((split, percent(value), span))
    text = _table(("pictures", "accuracy", "95% interval (Wilson)"), rows)
    text += "\nThe interval says how far the accuracy may be from that on infinitely many such pictures."
    sample = source.seeds.sample("test_accuracy") if source.seeds else None
    if sample is not None and sample.half is not None and sample.deviation is not None:
        text += (
            f"\n\nTrained with {sample.count} seeds, it reaches {percent(sample.mean)} ± {percent(sample.half)} on "
            "test pictures (95% interval of the mean, Student's t), with a standard deviation of "
            f"{percent(sample.deviation)} from seed to seed. This model is one of them."
        )
    if source.recipe.patience is not None:
        text += "\n\nThe epoch was chosen by validation accuracy, so that this one is a little too good."
    return text


def _data(source: Source) -> str:
    known, recipe = source.published, source.recipe
    if known is not None:
        sizes = f"{known.sizes[0]:,} pictures to train with, {known.sizes[1]:,} to test with"
        text = f"{known.title}, licence: {known.licence}; {sizes}."
    elif source.own:
        text = f"{_text(source.dataset)}, somebody's own data. Its origin and its licence are {NOT_STATED}."
    else:
        text = "strokes, digits that numnist draws itself, from a seed. They are part of numnist, licence: MIT."
    parts = [text]
    if recipe.pictures is not None:
        parts.append(f"Of the training pictures the first {recipe.pictures:,} were used.")
    if recipe.validation is not None:
        parts.append(f"{recipe.validation:,} training pictures were held out for validation.")
    if recipe.drawn or recipe.outliers:
        drawn = [f"{recipe.drawn:,} digits in rare hands"] * bool(recipe.drawn)
        drawn += [f"{recipe.outliers:,} pictures of no digit"] * bool(recipe.outliers)
        parts.append(f"It was trained besides on what numnist draws: {' and '.join(drawn)}.")
    if isinstance(sha := source.model.about.get("data_sha256"), str):
        parts.append(f"SHA-256 of all pictures and labels: `{_code(sha)}`.")
    return " ".join(parts)


def _preparation(source: Source) -> str:
    C, H, W = source.model.in_shape
    if (H, W) == (1, 1):
        return f"It takes {C} numbers, not pictures. They are standardised by the model itself."
    channels = "" if C == 1 else f" with {C} channels"
    return (
        f"{PREPARED[source.model.preparation]} The network's input is {H}×{W} pixels{channels}; the model normalises "
        "them by itself."
    )


def _refuses(source: Source) -> str:
    sure = source.model.about.get("sure")
    if isinstance(sure, float) and sure >= 1:
        text = (
            "No answer of this model counts as **sure**: on validation pictures even the most confident ones were "
            "right in fewer than 9 of 10 cases, or there were too few of them."
        )
    elif isinstance(sure, float):
        text = (
            f"An answer counts as **sure** above a probability of {sure:g}. That was measured on validation pictures: "
            "above it, tenth by tenth, at least 9 in 10 answers were right."
        )
    else:
        text = f"An answer counts as sure above a probability of {UNKNOWN:g}, which was not measured for this model."
    if source.model.background:
        return text + (
            " It can answer **none of these**, which it learnt from drawn pictures of no class; other strange pictures "
            "may still be taken for a class."
        )
    return text + " It cannot answer “none of these”: whatever it is shown, it names one of its classes."


def _limits(source: Source) -> str:
    except_ready = ", except for what follows" if source.ready else ""
    parts = [
        f"Its accuracy is that on the test pictures of {_text(source.dataset)}. What is made in another way, with "
        f"another pen, camera or people, may be harder, and was not measured{except_ready}."
    ]
    if source.ready:
        parts.append(measured(source.ready))
    parts.append(
        "It knows no classes but those above. It was not tested for fairness among writers or groups of people, nor "
        "against pictures made to deceive it."
    )
    return " ".join(parts)


def _network(source: Source) -> str:
    plan = source.model.plan
    rows = [(layer, shape, count) for _, layer, shape, count, _ in cells(plan)]
    text = f"{totals(plan, source.model.dtype)}; the file has {source.bytes / 1e6:.2f} MB.\n\n"
    return text + _table(("layer", "shape of one sample", "parameters"), rows)


def _use(source: Source) -> str:
    file = f'"{source.ready}"' if source.ready else '"model.safetensors"'
    return (
        f'```python\nfrom numnist import read\n\n(reading,) = read({file}, "picture.png")\n'
        "print(reading.label, reading.probability, reading.sure)\n```"
    )


def _repeat(source: Source, licence: str | None) -> str:
    recipe = replace(source.recipe, dataset=source.dataset)
    made = table(source.model.about, "environment")
    command = train_command(recipe, CONFIG, source.start)
    text = (
        f"```console\n{command}\n```\n\nWith the same NumPy, BLAS and kind of processor the weights are the same to "
        "the bit."
    )
    if source.rate is not None:
        text += (
            f" The learning rate of {source.recipe.optimizer.learning_rate:g} was found before the run, from the same "
            f"seed, in {len(source.rate.rates)} steps with a rate that rises."
        )
    if CONFIG.name in command.split():
        text += f" `{CONFIG}` is that of its run folder."
    if "before_rounding" in source.result:
        text += " Those in the file were rounded to float16 afterwards."
    facts = [("SHA-256 of the weights", source.model.weights_sha256)]
    names = {"numnist": "numnist", "python": "Python", "numpy": "NumPy", "blas": "BLAS", "processor": "processor"}
    facts += [(shown, str(made[name])) for name, shown in names.items() if name in made]
    epochs, seconds = source.result.get("epochs"), source.result.get("train_seconds")
    if isinstance(epochs, int) and isinstance(seconds, int | float):
        facts.append(("training", f"{epochs} epoch{'s' * (epochs != 1)}, {duration(seconds, fine=True)}"))
    facts.append(("licence of the model", licence or f"{NOT_STATED}: whoever publishes it chooses one"))
    return f"{text}\n\n{_table(('', ''), facts)}"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown, whose texts are only texts."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *([_text(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _text(text: str) -> str:
    """A text in which Markdown and HTML find nothing to do, in one line."""
    line = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#|!~$&" else letter for letter in line)


def _code(text: str) -> str:
    return text.replace("`", "'")
