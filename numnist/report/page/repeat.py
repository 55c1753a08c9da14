"""The command that repeats a run, derived from its recipe."""

from __future__ import annotations

import shlex
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from numnist.data.augment import Augment
from numnist.experiment.recipe import Recipe, load_recipe
from numnist.experiment.variants import OVERFIT, for_overfitting
from numnist.nn.dense import Dense
from numnist.support.errors import UsageError

ALWAYS = ("seed", "lanes", "shard")  # they decide the bits, and another version may have other defaults
DRAWN = ("drawn", "outliers", "overfit")  # have no options
APART = ("name", "title", "dataset", "network", "published", *DRAWN, *ALWAYS)  # none of their own, or always given
PLAIN = [f.name for f in fields(Recipe) if f.name not in APART and not f.metadata.get("table")]


def train_command(recipe: Recipe, config: Path, start: str | None = None) -> str:
    """A shell command: a built-in recipe with options if these can express the run, else the run's config.toml.

    start: the model whose weights the run started from.
    """
    try:
        words = _options(recipe, *_base(recipe))
    except (UsageError, NoOptionError):
        words = [str(config)]
    if start is not None:
        words += ["--from", start]
    return shlex.join(["numnist", "train", *words])


class NoOptionError(Exception):
    """No option of `numnist train` makes this difference."""


def _base(recipe: Recipe) -> tuple[Recipe, list[str]]:
    """The built-in recipe that this one was made of, on as many classes, and the words that begin its command."""
    base = load_recipe(recipe.name.removesuffix(OVERFIT) if recipe.overfit else recipe.name).on(recipe.dataset)
    last = recipe.network.layers[-1]
    if isinstance(last, Dense):
        base = base.for_classes(last.units)
    words = [base.name, "--dataset", recipe.dataset]
    if recipe.overfit:
        if recipe.pictures is None:
            raise NoOptionError
        return for_overfitting(base, recipe.pictures), [*words, "--overfit", str(recipe.pictures)]
    return base, words


def _options(recipe: Recipe, base: Recipe, begin: list[str]) -> list[str]:
    """The options of `numnist train` that turn `base` into `recipe`, after `begin`.  Raises NoOptionError."""
    if recipe.network != base.network or any(getattr(recipe, name) != getattr(base, name) for name in DRAWN):
        raise NoOptionError
    words = list(begin)
    for name in PLAIN:
        value = getattr(recipe, name)
        if value != getattr(base, name):
            words += _option(name, value)
    words += _optimizer(recipe.optimizer, base.optimizer)
    for name in ("schedule", "loss"):
        thing = getattr(recipe, name)
        if thing != getattr(base, name):
            if thing != type(thing)():  # an option gives the name alone
                raise NoOptionError
            words += _option(name, type(thing).__name__)
    if recipe.augment != base.augment:
        words += ["--augment", *_augment(recipe.augment)]
    for name in ALWAYS:
        words += _option(name, getattr(recipe, name))
    return words


def _option(name: str, value: Any) -> list[str]:
    """--batch-size 32, --size 28 28, or --skip-broken."""
    if value is None or value is False:  # an option can set a value, but not remove one
        raise NoOptionError
    option = f"--{name.replace('_', '-')}"
    return [option] if value is True else [option, *map(str, value if isinstance(value, tuple) else (value,))]


def _optimizer(optimizer: Any, base: Any) -> list[str]:
    """The base's optimizer, or another with its defaults, and options for what differs."""
    for words, start in (([], base), (["--optimizer", type(optimizer).__name__], type(optimizer)())):
        if type(start) is not type(optimizer):
            continue
        for name in ("learning_rate", "weight_decay"):
            value = getattr(optimizer, name)
            if value != getattr(start, name):
                words, start = [*words, *_option(name, value)], replace(start, **{name: value})
        if start == optimizer:
            return words
    raise NoOptionError


def _augment(augment: Augment | None) -> list[str]:
    """shift=0.1 flip"""
    if augment is None:
        return ["none"]
    given = {f.name: getattr(augment, f.name) for f in fields(augment) if getattr(augment, f.name) != f.default}
    return [name if value is True else f"{name}={value}" for name, value in given.items()] or ["shift=0"]
