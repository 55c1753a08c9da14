"""Histories: what runs wrote down after each epoch, and what tells them apart."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numnist.experiment.recipe import Recipe, read_recipe
from numnist.experiment.run import read_config
from numnist.support.errors import ModelFileError

UNTOLD = ("name", "title", "published", "lanes", "shard", "network")  # say nothing, or not in a few words
FIRST = ("optimizer.type", "optimizer.learning_rate")  # of a label


@dataclass(frozen=True)
class History:
    """A run so far.  epochs: the lines of its metrics;  test: accuracy with its interval, once it is judged."""

    name: str
    recipe: Recipe
    epochs: tuple[dict[str, Any], ...]
    test: tuple[float, float, float] | None = None

    def curve(self, quantity: str) -> list[float]:
        """A quantity after each epoch, as "validation_loss"; empty where it was not measured."""
        values = [epoch[quantity] for epoch in self.epochs]
        return [] if None in values else values

    def reached(self) -> dict[str, Any]:
        """What it came to: accuracy, on which pictures (the test set's if it is judged), and the interval if known."""
        if self.test is not None:
            accuracy, *interval = self.test
            return {"pictures": "test", "accuracy": accuracy, "confidence_interval": interval}
        which = "validation" if self.curve("validation_accuracy") else "training"
        value = self.epochs[-1]["validation_accuracy" if which == "validation" else "accuracy"]
        return {"pictures": which, "accuracy": value, "confidence_interval": None}


def read_history(folder: Path) -> History:
    """Of a run folder.  Raises ModelFileError where there is none, or no epoch of it is done."""
    read_config(folder)  # says it plainly where this is no run
    recipe = read_recipe(folder / "config.toml")
    try:
        lines = (folder / "metrics.jsonl").read_text("utf-8").splitlines()
        epochs = tuple(json.loads(line) for line in lines)
    except FileNotFoundError:
        epochs = ()
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{folder}/metrics.jsonl cannot be read: {error}.") from error
    if not epochs:
        raise ModelFileError(
            f"{folder} has no metrics, for none of its epochs is done: go on with `numnist resume {folder}`."
        )
    return History(folder.resolve().name, recipe, epochs, _test(folder / "result.json"))


def _test(path: Path) -> tuple[float, float, float] | None:
    """Accuracy and confidence interval from a finished run's result."""
    try:
        result = json.loads(path.read_text("utf-8"))
        low, high = result["confidence_interval"]
        return float(result["test_accuracy"]), float(low), float(high)
    except (OSError, ValueError, TypeError, KeyError):  # not there, not finished, or without test pictures
        return None


def differences(histories: Sequence[History]) -> list[str]:
    """A label for each run that says in what its recipe differs from the others', the optimizer first."""
    tables = [_flat(history.recipe.to_dict()) for history in histories]
    common = [name for name in tables[0] if all(name in table for table in tables)]
    told = [name for name in common if len({repr(table[name]) for table in tables}) > 1]
    told.sort(key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))  # stable
    labels = [", ".join(_said(name, table[name]) for name in told) for table in tables]
    if len({repr(history.recipe.network) for history in histories}) > 1:
        labels = [", ".join(filter(None, (history.recipe.name, label))) for history, label in zip(histories, labels)]
    return [
        label if label and labels.count(label) == 1 else f"{label} ({history.name})" if label else history.name
        for history, label in zip(histories, labels)
    ]


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """optimizer.type, optimizer.learning_rate, batch_size ..."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        elif prefix or name not in UNTOLD:
            found[prefix + name] = value
    return found


def _said(name: str, value: Any) -> str:
    """In few words: Adam; learning rate 0.002; 8 epochs."""
    *_, plain = name.split(".")
    said = f"{value:g}" if isinstance(value, float) else str(value)
    return said if plain == "type" else f"{value} epochs" if plain == "epochs" else f"{plain.replace('_', ' ')} {said}"
