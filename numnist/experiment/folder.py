"""Run folders: their names, their lock, and their config.toml.

config.toml          everything that decides the run, and its environment
metrics.jsonl        a line for each epoch
steps.jsonl          the loss and accuracy of every batch, in at most some 2,000 lines
last.safetensors     checkpoint at the start, after each epoch, and where the run was stopped: resumes exactly
best.safetensors     the model that was best on validation data
model.safetensors    the finished model, with its test result inside
filters.safetensors  the first layer's weights at the start and after some epochs
rate.json            the search for the learning rate, if the run began with one
result.json          what the run came to
log.json             where the training is logged besides, if it is
report.html          all of it for people, in one file
lock                 the owner's process number while it runs
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from numnist.experiment.recipe import MOST_BYTES, Recipe
from numnist.model.about import table
from numnist.support.errors import ModelFileError, UsageError
from numnist.support.files import remove_unfinished, write_atomically
from numnist.support.locks import LockedError, locked
from numnist.support.reading import from_json, from_toml, read_text

RUNS = Path("runs")
MOMENT = 0.3  # seconds; others may hold a lock only to see whether its owner lives, or to read what it guards
MOST_RESULT = 1 << 24  # bytes of result.json; of 10 classes it has some 4,000


def numbered(name: str) -> Iterator[Path]:
    """runs/NAME-1, runs/NAME-2 ..."""
    return (RUNS / f"{name}-{number}" for number in count(1))


def free_folder(name: str) -> Path:
    """Make runs/NAME-1, or the first number that is free."""
    for folder in numbered(name):
        with suppress(FileExistsError):
            folder.mkdir(parents=True)
            break
    return folder


def newest_run() -> Path | None:
    """The folder under runs/ whose model was finished last."""
    models = sorted(RUNS.glob("*/model.safetensors"), key=lambda path: path.stat().st_mtime)
    return models[-1].parent if models else None


def remove_if_empty(folder: Path) -> None:
    """Remove a folder that holds nothing, and then `runs`, if that holds nothing either."""
    for each in (folder, RUNS) if folder.parent == RUNS else (folder,):
        with suppress(OSError):  # it is not empty, or gone
            each.rmdir()


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that two processes never write one run.  Raises UsageError where one holds it.

    What a killed owner has left half-written is removed.
    """
    try:
        with locked(folder / "lock", MOMENT):
            remove_unfinished(folder)
            yield
    except LockedError as error:
        raise UsageError(
            f"{folder} is being trained by process {error.owner}: wait for it, or stop it first."
        ) from None


def write_config(folder: Path, recipe: Recipe, environment: Mapping[str, Any]) -> None:
    """Write config.toml: the recipe, and a table of the environment."""
    import tomli_w

    text = tomli_w.dumps(recipe.to_dict() | {"environment": environment})
    write_atomically(folder / "config.toml", text.encode())


def read_config(folder: Path) -> dict[str, Any]:
    """A run's config.toml.  Raises ModelFileError where there is no run."""
    try:
        config = from_toml(read_text(folder / "config.toml", MOST_BYTES))
    except (FileNotFoundError, NotADirectoryError):
        raise ModelFileError(
            f"{folder} is no run folder (it has no config.toml): give one that `numnist train` made."
        ) from None
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{folder}/config.toml cannot be read: {error}.") from error
    environment = config.get("environment")
    if not isinstance(environment, dict) or not isinstance(environment.get("data_sha256"), str):
        raise ModelFileError(f"{folder}/config.toml does not say with what data the run was made.")
    return config


def check_unchanged(folder: Path, recipe: Recipe, about: Mapping[str, Any]) -> None:
    """Raise UsageError if config.toml has another recipe than the checkpoint: its weights were made with that one.

    about: the checkpoint's.  What `resume` may change is left out: the number of epochs, and where the data is.
    """
    given, made = recipe.to_dict(), table(about, "recipe")
    if not made:  # it was written by hand
        return
    fields = sorted((given.keys() | made.keys()) - {"epochs", "dataset", "name", "title"})
    changed = [name for name in fields if given.get(name) != made.get(name)]
    if changed:
        name = changed[0]
        raise UsageError(
            f"{folder / 'config.toml'} was changed: the run was trained with {name} = {made.get(name)!r}, and it now "
            f"says {given.get(name)!r}. Its weights would not be those of its recipe: put it back, or start a new run."
        )


def write_result(folder: Path, result: Mapping[str, Any]) -> None:
    """Write result.json."""
    write_atomically(folder / "result.json", (json.dumps(result, indent=2) + "\n").encode())


def read_result(folder: Path) -> dict[str, Any] | None:
    """The result in the folder of a finished run, None if it is not finished.  Raises ModelFileError."""
    path = folder / "result.json"
    try:
        found = from_json(read_text(path, MOST_RESULT))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path} cannot be read: {error}.") from error
    if not isinstance(found, dict):
        raise ModelFileError(f"{path} is no result that numnist has written: evaluate the run again.")
    return found
