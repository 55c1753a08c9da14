"""Lessons made small: narrow layers, drawn digits, and a clock that advances by one at each look."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import count

from numnist import Dataset, Dense, Sequential, Split
from numnist.data.strokes.drawing import draw
from numnist.experiment.recipe import load_recipe
from numnist.lessons import Curves, LessonContext, Measurement
from numnist.nn import Conv2d

CLASSES = tuple("0123456789")


@cache
def digits(train: int = 120, validation: int = 60, test: int = 60) -> Dataset:
    x, labels = draw(train + validation + test, seed=11)
    splits = (
        Split(x[a:b, None], labels[a:b])
        for a, b in ((0, train), (train, train + validation), (train + validation, None))
    )
    return Dataset("drawn", *splits, CLASSES, "digits", source="drawn by a test")


def narrow(layer, units):
    """The layer with fewer units or filters."""
    if isinstance(layer, Dense):
        return replace(layer, units=min(layer.units, units) if layer.units != 10 else 10)
    return replace(layer, filters=2) if isinstance(layer, Conv2d) else layer


def context(number: int, units: int = 3, **changes) -> LessonContext:
    """The lesson's recipe with narrow layers and one epoch."""
    recipe = load_recipe(f"lesson-{number}")
    network = Sequential(*(narrow(layer, units) for layer in recipe.network.layers))
    recipe = replace(recipe, **{"network": network, "epochs": 1, "batch_size": 20} | changes)
    ticks = count()
    return LessonContext(recipe, digits(), 1, lambda: float(next(ticks)))


def split_up(lesson):
    """(parts of the page, {name: figures}); without curves"""
    parts, figures = [], {}
    for part in lesson:
        if isinstance(part, Measurement):
            assert part.name not in figures
            figures[part.name] = part.figures
        elif not isinstance(part, Curves):
            parts.append(part)
    return parts, figures
