"""Command-line options that change a recipe: words become objects."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar

from numnist.data.augment import Augment
from numnist.experiment.fields import set_fields
from numnist.experiment.recipe import Recipe
from numnist.experiment.sweeps.space import COMMAS, read_words
from numnist.experiment.variants import with_activation, with_pooling, with_regularization
from numnist.nn.losses import LOSSES
from numnist.optim.optimizers import OPTIMIZERS, Optimizer
from numnist.support.errors import UsageError
from numnist.support.serialisation import suggest

T = TypeVar("T")
# What a sweep's own options change, each the same as `numnist train`'s option of that name
VARIANTS = ("activation", "pooling", "regularization")
OPTIONS = ("optimizer", *VARIANTS, "loss", "learning_rate")
TEXTS = ("name", "title", "published")  # fields in which a comma is a comma
SWITCH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def choose(current: T, name: str | None, table: Mapping[str, type[T]], what: str) -> T:
    """The class of that name with its defaults, in any case and with or without hyphens; `current` without a name."""
    if name is None:
        return current
    plain = {key.lower(): value for key, value in table.items()}
    key = name.lower().replace("-", "").replace("_", "")
    if key not in plain:
        raise UsageError(f"unknown {what} {name!r}{suggest(name, list(table))}; there are {', '.join(table)}.")
    return plain[key]()


def choose_optimizer(current: Optimizer, name: str | None, **values: float | None) -> Optimizer:
    """The named optimizer with its own defaults, else `current`, with the given values."""
    chosen = choose(current, name, OPTIMIZERS, "optimizer")
    return replace(chosen, **{field: value for field, value in values.items() if value is not None})


def choose_augment(current: Augment | None, words: list[str] | None) -> Augment | None:
    """From words such as shift=0.1 rotation=15 flip; `none` switches augmentation off."""
    if words is None:
        return current
    if not words:
        raise UsageError("--augment: transform how? For example --augment shift=0.1 rotation=15, or --augment none.")
    if words == ["none"]:
        return None
    values: dict[str, Any] = {}
    known = {f.name: f for f in fields(Augment)}
    for word in ",".join(words).split(","):
        name, equals, value = word.partition("=")
        if name not in known:
            raise UsageError(
                f"--augment has no {name!r}{suggest(name, known)}; it takes {', '.join(known)}, or none; "
                "for example --augment shift=0.1 rotation=15."
            )
        if name == "flip":
            if equals and value.lower() not in SWITCH:
                raise UsageError(f"--augment {word}: give flip alone, or flip= one of {', '.join(SWITCH)}.")
            values[name] = SWITCH[value.lower()] if equals else True
            continue
        try:
            values[name] = float(value)
        except ValueError:
            raise UsageError(f"--augment {word}: {value!r} is not a number, as in --augment {name}=0.1.") from None
    return Augment(**values)


def with_variants(recipe: Recipe, activation: str | None, pooling: str | None, regularization: str | None) -> Recipe:
    """The recipe with the variants that are named."""
    changes = ((with_activation, activation), (with_pooling, pooling), (with_regularization, regularization))
    for change, name in changes:
        if name is not None:
            recipe = change(recipe, name)
    return recipe


def with_dataset(recipe: Recipe, dataset: str | None) -> Recipe:
    """The recipe on another data set; a path becomes absolute, so that the run can be resumed from any folder."""
    if dataset is None:
        return recipe
    path = Path(dataset)
    return recipe.on(str(path.resolve()) if path.exists() else dataset)


def with_moved_data(recipe: Recipe, dataset: str | None) -> Recipe:
    """The recipe with its data set at another place, and the same number of validation pictures."""
    return recipe if dataset is None else replace(recipe, dataset=with_dataset(recipe, dataset).dataset)


def read_fields(words: Sequence[str] | None, dataset: str | None) -> tuple[dict[str, str], str | None]:
    """The fields of --set words such as optimizer.learning_rate=0.1, without the data set; and that.

    dataset: of --dataset.  Raises UsageError.
    """
    found = read_words(words)
    if "dataset" in found and dataset is not None:
        raise UsageError("give either --dataset or --set dataset=..., not both.")
    for name, value in found.items():
        if name not in ("dataset", *TEXTS) and len(COMMAS.split(value)) > 1:
            raise UsageError(f"--set {name}={value}: a training takes one value; `numnist sweep` tries several.")
    return found, found.pop("dataset", dataset)


def not_both(fields: Collection[str], options: Mapping[str, Any]) -> None:
    """Raise UsageError for a field that --set gives, and an option too.   options: values by the field's name"""
    twice = next((name for name, value in options.items() if value is not None and name in fields), None)
    if twice is not None:
        option = twice.rpartition(".")[2] if not twice.endswith(".type") else twice.partition(".")[0]
        raise UsageError(f"--{option.replace('_', '-')} and --set both give {twice}: leave one of them out.")


def with_choices(recipe: Recipe, choices: Mapping[str, Any]) -> Recipe:
    """The recipe of a point of a sweep: choices by the names of OPTIONS, and by names of fields, which are set last."""
    words = {name: choices.get(name) for name in OPTIONS}
    changed = with_variants(recipe, *(words[name] for name in VARIANTS))
    changed = changed.override(
        optimizer=choose_optimizer(changed.optimizer, words["optimizer"], learning_rate=words["learning_rate"]),
        loss=choose(changed.loss, words["loss"], LOSSES, "loss"),
    )
    fields = {name: value for name, value in choices.items() if name not in OPTIONS}
    return set_fields(changed, fields) if fields else changed
