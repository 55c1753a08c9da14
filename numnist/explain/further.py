"""Explanations of what is no layer: initializers, schedules, augmentation, im2col."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from numnist.data.augment import Augment, blur, resample
from numnist.explain.examples import augmentation, schedules, windows
from numnist.explain.examples.initializers import FAN_IN, FAN_OUT, INITIALIZER_EXAMPLES
from numnist.explain.examples.schedules import SCHEDULE_EXAMPLES
from numnist.explain.explanation import Explanation
from numnist.explain.source import Quote, quote
from numnist.nn.conv import Conv2d
from numnist.nn.windows import Windows
from numnist.optim import schedules as library


def initializer(name: str) -> Explanation:
    example = INITIALIZER_EXAMPLES[name]
    arrays, by_hand, checks = example.run()
    kind = type(example.initializer)
    return Explanation(
        name, "initializer", inspect.getdoc(kind) or "", (), "", (("Source", quote(kind.__call__)),),
        repr(example.initializer), f"weights of Dense(3) on 4 features: fan_in = {FAN_IN}, fan_out = {FAN_OUT}",
        "The random numbers here are those of numpy.random.default_rng(0).",
        {"": arrays}, by_hand, checks,
    )  # fmt: skip


def schedule(name: str) -> Explanation:
    example = SCHEDULE_EXAMPLES[name]
    arrays, by_hand, checks = example.run()
    kind = type(example.schedule)
    sources: list[tuple[str, Quote]] = [("Source", quote(kind.__call__))]
    if "_ease" in kind.__call__.__code__.co_names:
        sources.append(("With the help of _ease", quote(library._ease)))
    return Explanation(
        name, "schedule", inspect.getdoc(kind) or "", (), "", tuple(sources), repr(example.schedule),
        schedules.SHAPES, f"All steps, from 0 to 1: {example.curve}", {"": arrays}, by_hand, checks,
    )  # fmt: skip


def augment(name: str) -> Explanation:
    arrays, by_hand, checks = augmentation.run_augment()
    sources = (
        ("Source", quote(Augment.__call__)),
        ("Where each pixel comes from", quote(Augment._sampling_grid)),
        ("With the help of resample", quote(resample)),
        ("With the help of blur", quote(blur)),
    )
    return Explanation(
        name, "augmentation", inspect.getdoc(Augment) or "", (), "Simard, Steinkraus & Platt 2003, Best practices for "
        "convolutional neural networks applied to visual document analysis", sources, repr(augmentation.MOVED),
        "(1, 1, 5, 5) -> (1, 1, 5, 5): one picture with one channel, batch-first, of which the 5 × 5 pixels are shown",
        augmentation.NOTE, arrays, by_hand, checks, augmentation.FORMULAS,
    )  # fmt: skip


def operation(name: str) -> Explanation:
    arrays, by_hand, checks = windows.run_windows(name)
    pass_ = ("In a convolution's forward pass", quote(Conv2d.forward))
    if name == "col2im":
        pass_ = ("In a convolution's backward pass", quote(Conv2d.backward))
    sources = (("Source", quote(OPERATIONS[name])), ("With the help of look", quote(Windows.look)), pass_)
    if name == "col2im":
        sources = (sources[0], ("With the help of at", quote(Windows.at)), pass_)
    return Explanation(
        name, "operation", windows.ABOUT[name], (), "Chellapilla, Puri & Simard 2006, High performance convolutional "
        "neural networks for document processing", sources, f"{windows.CONV!r} on a picture of 3 × 3",
        "(1, 3, 3, 1) and (1, 2, 2, 2, 2, 1), which is shown as the matrix (4, 4)", windows.NOTE, {"": arrays}, by_hand,
        checks, (windows.FORMULAS[name],),
    )  # fmt: skip


AUGMENTATIONS: dict[str, type[Any]] = {"Augment": Augment}
OPERATIONS: dict[str, Callable[..., Any]] = {"im2col": Windows.gather, "col2im": Windows.scatter}
