"""Choices: how words of the command line become objects."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from numnist.cli.shared.progress import DownloadProgress
from numnist.data import Dataset, load
from numnist.data.augment import Augment
from numnist.experiment.recipe import Recipe
from numnist.nn.losses import LOSSES, Loss
from numnist.optim.optimizers import OPTIMIZERS, Optimizer
from numnist.optim.schedules import SCHEDULES, Schedule
from numnist.support.errors import UsageError
from numnist.support.serialisation import suggest


def find_data(
    name: str,
    data_dir: Path | None,
    offline: bool,
    validation: int | None = None,
    size: tuple[int, int] | None = None,
) -> Dataset:
    """The data set, with download progress on stderr."""
    with DownloadProgress() as progress:
        return load(name, data_dir=data_dir, offline=offline, validation=validation, size=size, progress=progress)


def find_recipe_data(recipe: Recipe, data_dir: Path | None, offline: bool) -> Dataset:
    """The recipe's data set, as it wants it."""
    data = find_data(recipe.dataset, data_dir, offline, recipe.validation, recipe.size)
    return data if recipe.pictures is None else data.first(recipe.pictures)


def choose_optimizer(current: Optimizer, name: str | None, **values: float | None) -> Optimizer:
    """The recipe's optimizer, or another by name with its own defaults, with the values that were given."""
    if name is not None:
        current = _named(name, OPTIMIZERS, "optimizer")()
    return replace(current, **{field: value for field, value in values.items() if value is not None})


def choose_schedule(current: Schedule, name: str | None) -> Schedule:
    """The recipe's schedule, or another by name with its defaults."""
    if name is None:
        return current
    schedule: Schedule = _named(name, SCHEDULES, "schedule")()
    return schedule


def choose_augment(current: Augment | None, words: list[str] | None) -> Augment | None:
    """From words such as shift=0.1 rotation=15 flip; `none` switches it off."""
    if not words:
        return current
    if words == ["none"]:
        return None
    values: dict[str, Any] = {}
    known = {f.name: f for f in fields(Augment)}
    for word in ",".join(words).split(","):
        name, _, value = word.partition("=")
        if name not in known:
            raise UsageError(
                f"--augment knows no {name!r}{suggest(name, known)}; it takes {', '.join(known)}, or none; "
                "for example --augment shift=0.1 rotation=15."
            )
        try:
            values[name] = value.lower() in ("", "yes", "true", "1") if name == "flip" else float(value)
        except ValueError:
            raise UsageError(f"--augment {word}: {value!r} is not a number, as in --augment {name}=0.1.") from None
    return Augment(**values)


def choose_loss(current: Loss, name: str | None) -> Loss:
    """The recipe's loss, or another by name with its defaults."""
    if name is None:
        return current
    loss: Loss = _named(name, LOSSES, "loss")()
    return loss


def with_dataset(recipe: Recipe, dataset: str | None) -> Recipe:
    """The recipe on another data set; a path is kept whole, so that the run can be resumed from elsewhere."""
    if dataset is None:
        return recipe
    path = Path(dataset)
    return recipe.on(str(path.resolve()) if path.exists() else dataset)


def _named(name: str, table: dict[str, type[Any]], what: str) -> type[Any]:
    """A class by its name, whatever the case and hyphens."""
    plain = {key.lower(): value for key, value in table.items()}
    key = name.lower().replace("-", "").replace("_", "")
    if key not in plain:
        raise UsageError(f"unknown {what} {name!r}{suggest(name, list(table))}; there are {', '.join(table)}.")
    return plain[key]
