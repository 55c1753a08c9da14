"""The network: its layers, first filters, activations for a picture, and time by layer; and the data behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.interpret.trace import trace
from numnist.model.model import Model
from numnist.model.summary import macs, rows
from numnist.nn import Dropout, Flatten
from numnist.report.figures.architecture import stages
from numnist.report.figures.canvas import brief, kernel, signed
from numnist.report.figures.theme import LIGHT
from numnist.report.page import charts
from numnist.report.page.contents import Contents
from numnist.report.page.markup import Markup, Section, count, dimensions, facts, figure, note, picture, table, tag
from numnist.report.page.thumbnails import room
from numnist.report.page.timing import time_by_layer
from numnist.support.format import probability_percent
from numnist.support.thumbnails import png

CHANNELS, LARGEST = 12, 32  # of a layer's output: how many are shown, and pixels of a side at most
ACROSS = 64  # numbers in a row, for a layer whose output is not a picture
TOP = 5  # classes
EXAMPLES, ROOM = 12, 150_000  # training pictures of a class at most, and bytes for those of all classes
SILENT = (Flatten, Dropout)  # not shown: their output is their input


def layers(contents: Contents) -> Section:
    """The network drawn, and the table of `numnist summary`."""
    model = contents.model
    body = [
        (row.place, tag("code", row.layer), dimensions(row.in_shape), dimensions(row.out_shape),
         f"{row.parameters:,}" if row.parameters else "–", macs(row.macs) or "–")
        for row in rows(model.plan)
    ]  # fmt: skip
    heads = ("place", "layer", "input", "output", "parameters", "multiply-adds")
    running = model.plan.size - model.parameters.trained
    total = f"{count(model.plan.size, 'parameter')}, {macs(model.plan.total_macs) or '0 MAC'} a picture"
    if running:
        total += f"; {running:,} of the parameters are running statistics"
    shown = table(f"{count(len(body), 'layer')}: {total}", heads, body, left=heads[1:4])
    return Section("network", "Network", (_drawn(model), shown))


def _drawn(model: Model) -> Markup:
    """The stages of the network, each with the layers that make it."""
    found, skips = stages(model)
    tallest = max(max(stage.shape[1:]) for stage in found if len(stage.shape) == 3)
    longest = max((stage.shape[0] for stage in found if len(stage.shape) == 1), default=1)
    joined = Counter(skip.end for skip in skips)
    shown = (
        tag(
            "li",
            charts.volume(stage.shape, tallest, longest),
            tag("b", stage.size),
            *(tag("span", line) for line in [*stage.lines, *["+ skip connection"] * joined[i]]),
        )
        for i, stage in enumerate(found)
    )
    return tag("ol", *shown, class_="flow")


def filters(contents: Contents) -> Section:
    """The first layer's weights as pictures, before training and after."""
    weights = contents.filters()
    if not weights:
        return Section("filters", "", ())
    scale = max(float(np.abs(w).max()) for w in weights.values()) or 1.0
    names = {"start": "Before training", "trained": "After training"}
    figures = (
        figure(_tiles(kernel(LIGHT, w / scale) for w in units), tag("h3", names[moment]))
        for moment, units in weights.items()
    )
    signs = (
        ("grey is zero, and a colour is a larger weight for its channel than for the others.",)
        if contents.model.in_shape[0] == 3
        else (_signs("blue"), "the deeper the colour, the larger the weight.")
    )
    intro = tag("p", "The first layer's weights, which see the picture itself: ", *signs)
    return Section("filters", "First filters", (intro, tag("div", *figures, class_="pair")))


def activations(contents: Contents) -> Section:
    """Each layer's output for one picture."""
    split, index = contents.example()
    model, x = contents.model, split.x[index]
    truth = model.classes[split.labels[index]]
    outputs = trace(model, x[None])
    steps = [_step("Input", dimensions(model.in_shape), tag("div", picture(x, truth), class_="tiles large"))]
    steps += [
        _step(tag("code", brief(each.layer)), *_output(each.output[0].astype(np.float64)))
        for each in outputs
        if not isinstance(each.layer, SILENT)
    ]
    probs = model.probabilities(outputs[-1].output.T.astype(np.float64))[:, 0]
    bars = (
        tag(
            "li",
            tag("b", model.classes[k]),
            tag("span", tag("i", style=f"width:{100 * probs[k]:.1f}%"), class_="bars"),
            tag("span", probability_percent(float(probs[k])), class_="number"),
        )
        for k in np.argsort(-probs, kind="stable")[:TOP]
    )
    steps.append(_step("Prediction", "softmax", tag("ul", *bars, class_="probabilities")))
    kind = contents.split or "training"
    picked = f"Picture {index} of the {kind} pictures, whose class is {truth}. "
    intro = tag("p", picked, _signs("Blue"), "each layer has its own scale.")
    return Section("activations", "Through the layers", (intro, tag("ol", *steps, class_="layers")))


def _signs(blue: str) -> Markup:
    """Which colour is positive.  blue: the word, as it begins a sentence or not."""
    positive, negative = tag("span", blue, class_="positive"), tag("span", "orange", class_="negative")
    return Markup(f"{positive} is positive, {negative} negative; ")


def _step(name: object, detail: str, shown: Markup) -> Markup:
    return tag("li", tag("div", tag("h3", name), note(detail)), shown)


def _output(y: NDArray[Any]) -> tuple[str, Markup]:
    """A layer's output for one picture, in words and drawn: its first channels, or all its numbers in rows."""
    y = y / (np.abs(y).max() or 1.0)
    if y.ndim == 3:
        some = y[:CHANNELS, :: -(-y.shape[1] // LARGEST), :: -(-y.shape[2] // LARGEST)]
        words = f"{CHANNELS} of {len(y)} channels" if len(y) > CHANNELS else count(len(y), "channel")
        return words, _tiles(signed(LIGHT, channel) for channel in some)
    rows = -(-len(y) // ACROSS)
    wide = -(-len(y) // rows)
    strip = _tint(signed(LIGHT, np.pad(y, (0, rows * wide - len(y))).reshape(rows, wide)))
    return count(len(y), "number"), tag("div", strip, class_="strip-of-numbers", style=f"max-width:{0.625 * wide}rem")


def _tiles(pictures: Iterable[NDArray[np.uint8]]) -> Markup:
    """Small pictures in a row."""
    return tag("div", *map(_tint, pictures), class_="tiles")


def _tint(pixels: NDArray[np.uint8]) -> Markup:
    return tag("img", src=png(pixels), alt="", width=pixels.shape[1], height=pixels.shape[0], class_="tint")


def times(contents: Contents) -> Section:
    """Forward and backward milliseconds of each layer."""
    steps = time_by_layer(contents.model, contents.shard, contents.recipe.loss)
    whole = sum(step.total for step in steps)
    longest = max(step.total for step in steps) or 1.0
    body = []
    for step in steps:
        widths = {"forward": 100 * step.forward / longest, "backward": 100 * step.backward / longest}
        parts = (tag("i", class_=name, style=f"width:{width:.1f}%") for name, width in widths.items())
        bars = tag("span", *parts, class_="bars", aria_hidden="true")
        share = f"{100 * step.total / whole:.0f}%" if whole else "–"
        names = tag("code", " ".join(map(brief, step.layers)))
        body.append((names, f"{step.forward:.2f}", f"{step.backward:.2f}", share, bars))
    heads = ("layers that run as one", "forward, ms", "backward, ms", "share", "time")
    caption = f"Training one shard of {count(len(contents.shard), 'picture')} on one thread: {whole:.1f} ms"
    keys = (tag("span", tag("i", class_=f"key {name}"), name) for name in ("forward", "backward"))
    remark = note(
        "Measured when this report was made, the median of three runs; loading, augmentation and the optimizer's step "
        "come on top."
    )
    shown = table(caption, heads, body, left=heads[4:])
    return Section("time", "Time by layer", (shown, tag("p", *keys, class_="key-line"), remark))


def examples(contents: Contents) -> Section:
    """The data, with a row of training pictures for each class."""
    data, train = contents.data, contents.data.train
    C, H, W = data.shape
    about = facts(
        ("Data set", data.name),
        ("Found in", data.source or None),
        ("Pictures", f"{H} × {W}{' in colour' if C == 3 else ''}, {count(len(data.classes), 'class')}"),
        ("Splits", f"{len(train):,} training, {len(data.validation):,} validation, {len(data.test):,} test"),
    )
    each = max(1, min(EXAMPLES, room(train.x, ROOM) // len(data.classes)))
    rows = []
    for k, name in enumerate(data.classes):
        of_class = np.flatnonzero(train.labels == k)
        pictures = (picture(train.x[i], "" if j else name) for j, i in enumerate(of_class[:each]))
        label = tag("p", tag("b", name), tag("span", f"{len(of_class):,}", class_="note"))
        rows.append(tag("li", label, tag("div", *pictures, class_="strip")))
    return Section("data", "Data", (about, tag("ul", *rows, class_="examples")))
