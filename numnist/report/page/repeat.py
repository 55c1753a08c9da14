"""Again: the command that repeats a run, worked out from its recipe."""

from __future__ import annotations

import shlex
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from numnist.data.augment import Augment
from numnist.experiment.recipe import Recipe, load_recipe
from numnist.nn.dense import Dense
from numnist.support.errors import UsageError

PLAIN = (
    "epochs", "batch_size", "l2", "clip_norm", "average", "patience", "normalization", "validation", "pictures", "size"
)  # fmt: skip
ALWAYS = ("seed", "lanes", "shard")  # which decide the bits, and whose defaults another version may change


def command(recipe: Recipe, config: Path, start: str | None = None) -> str:
    """A line for the shell: a shipped recipe with options where these can say it all, else the run's config.toml.

    start: the model whose weights the run began with.
    """
    try:
        words = _options(recipe, load_recipe(recipe.name))
    except (UsageError, UnsayableError):
        words = [str(config)]
    if start is not None:
        words += ["--from", start]
    return shlex.join(["numnist", "train", *words])


class UnsayableError(Exception):
    """No option of `numnist train` makes this difference."""


def _options(recipe: Recipe, base: Recipe) -> list[str]:
    """What makes `recipe` of `base`, as words for `numnist train`."""
    last = recipe.network.layers[-1]
    if isinstance(last, Dense):
        base = base.for_classes(last.units)
    if recipe.network != base.network:
        raise UnsayableError
    words = [recipe.name, "--dataset", recipe.dataset]
    for name in PLAIN:
        value = getattr(recipe, name)
        if value != getattr(base, name):
            words += _option(name, value)
    words += _optimizer(recipe.optimizer, base.optimizer)
    if recipe.schedule != base.schedule:
        words += _option("schedule", _default(recipe.schedule))
    if recipe.loss != base.loss:
        words += _option("loss", _default(recipe.loss))
    if recipe.augment != base.augment:
        words += ["--augment", *_augment(recipe.augment)]
    for name in ALWAYS:
        words += _option(name, getattr(recipe, name))
    return words


def _option(name: str, value: Any) -> list[str]:
    """--batch-size 32, or --size 28 28."""
    if value is None:  # an option that is not given changes nothing
        raise UnsayableError
    return [f"--{name.replace('_', '-')}", *map(str, value if isinstance(value, tuple) else (value,))]


def _optimizer(optimizer: Any, base: Any) -> list[str]:
    """The recipe's own optimizer, or another with its defaults, and what is then changed of it."""
    for words, start in (([], base), (["--optimizer", type(optimizer).__name__], type(optimizer)())):
        if type(start) is not type(optimizer):
            continue
        for name in ("learning_rate", "weight_decay"):
            value = getattr(optimizer, name)
            if value != getattr(start, name):
                words, start = [*words, *_option(name, value)], replace(start, **{name: value})
        if start == optimizer:
            return words
    raise UnsayableError


def _default(thing: Any) -> str:
    """The name of a thing with nothing but defaults."""
    if thing != type(thing)():
        raise UnsayableError
    return type(thing).__name__


def _augment(augment: Augment | None) -> list[str]:
    """shift=0.1 flip"""
    if augment is None:
        return ["none"]
    given = {f.name: getattr(augment, f.name) for f in fields(augment) if getattr(augment, f.name) != f.default}
    return [name if value is True else f"{name}={value}" for name, value in given.items()] or ["shift=0"]
