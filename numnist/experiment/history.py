"""A run's history: its steps and its metrics after each epoch, and what tells several runs apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numnist.experiment.folder import read_config, read_result
from numnist.experiment.lines import number, read_metrics
from numnist.experiment.recipe import Recipe, read_recipe
from numnist.experiment.steps import LINES, StepLine, paired, read_steps, running_mean
from numnist.support.errors import ModelFileError

# Fields that tell runs apart not at all, or not in a few words
NOT_LABELS = ("name", "title", "published", "lanes", "shard", "network")
FIRST = ("optimizer.type", "optimizer.learning_rate")  # in a label


@dataclass(frozen=True)
class Curve:
    """A quantity over a run, to be drawn.

    epochs: where each value was measured, 0.5 in the middle of the first epoch; or steps;  values: without `lows` one
    after each epoch, else the running mean over batches;  lows, highs: the lowest and highest batch at these places.
    """

    epochs: tuple[float, ...]
    values: tuple[float, ...]
    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()

    @classmethod
    def by_epoch(cls, values: Sequence[float]) -> Curve:
        """Of a value after each epoch."""
        return cls(tuple(range(1, len(values) + 1)), tuple(values))

    @classmethod
    def by_step(cls, values: Sequence[float]) -> Curve:
        """Of a value at each step."""
        batches = tuple(values)
        return cls(tuple(range(1, len(batches) + 1)), tuple(running_mean(batches)), batches, batches)

    def __bool__(self) -> bool:
        return bool(self.values)

    def errors(self) -> Curve:
        """One minus all of it."""
        below, lows, highs = (tuple(1 - value for value in each) for each in (self.values, self.highs, self.lows))
        return Curve(self.epochs, below, lows, highs)


@dataclass(frozen=True, kw_only=True)
class TrainingCurves:
    """The records of a training so far, and what is drawn of them.

    epochs: one for each epoch, as `Epoch.record` makes them and metrics.jsonl holds them;  steps: the lines of
    steps.jsonl.
    """

    epochs: tuple[dict[str, Any], ...]
    steps: tuple[StepLine, ...] = ()

    def training(self, quantity: str, most: int = LINES) -> Curve:
        """Training "loss" or "accuracy" batch by batch; by epoch for a run whose steps are not known from its start.

        most: values at most.
        """
        lines: Sequence[StepLine] = self.steps
        if not lines or lines[0].step != lines[0].steps:
            return Curve.by_epoch(self.curve(quantity))
        means = running_mean([getattr(line, quantity) for line in lines])
        every = 1
        while len(lines) > most:
            lines, every = paired(lines), 2 * every
        ends = (min(k, len(means)) - 1 for k in range(every, len(means) + every, every))
        lows, highs = (tuple(getattr(line, f"{end}_{quantity}") for line in lines) for end in ("lowest", "highest"))
        middles = (line.epoch * (1 - (line.steps + 1) / 2 / line.step) for line in lines)  # each is of before its step
        return Curve(tuple(middles), tuple(means[k] for k in ends), lows, highs)

    def validation(self, quantity: str) -> Curve:
        """Validation "loss" or "accuracy" after each epoch; empty if there is none."""
        return Curve.by_epoch(self.curve(f"validation_{quantity}"))

    def learnt(self) -> Curve:
        """The share of training pictures that are classified correctly after each epoch; empty unless it overfits."""
        return Curve.by_epoch([each["learnt"] / each["pictures"] for each in self.epochs if "learnt" in each])

    def curve(self, quantity: str) -> list[float]:
        """A quantity after each epoch, such as "validation_loss"; empty if it was not measured."""
        values = [epoch[quantity] for epoch in self.epochs]
        return [] if None in values else values


@dataclass(frozen=True, kw_only=True)
class History(TrainingCurves):
    """A run so far.   test: accuracy and its 95% interval, once it is evaluated"""

    name: str
    recipe: Recipe
    test: tuple[float, float, float] | None = None

    def reached(self) -> dict[str, Any]:
        """The final accuracy: on which pictures (test if evaluated, else validation or training), and its interval."""
        if self.test is not None:
            accuracy, *interval = self.test
            return {"pictures": "test", "accuracy": accuracy, "confidence_interval": interval}
        which = "validation" if self.curve("validation_accuracy") else "training"
        value = self.epochs[-1]["validation_accuracy" if which == "validation" else "accuracy"]
        return {"pictures": which, "accuracy": value, "confidence_interval": None}


def read_history(folder: Path) -> History:
    """Read a run folder.  Raises ModelFileError if it is not one, or no epoch is done."""
    read_config(folder)  # raises a clear error where this is not a run
    recipe = read_recipe(folder / "config.toml")
    epochs, steps = tuple(read_metrics(folder)), tuple(read_steps(folder))
    if not epochs:
        raise ModelFileError(
            f"{folder} has no metrics yet, because no epoch is done: continue with `numnist resume {folder}`."
        )
    test = _test(folder, len(epochs))
    return History(name=folder.resolve().name, recipe=recipe, epochs=epochs, test=test, steps=steps)


def _test(folder: Path, epochs: int) -> tuple[float, float, float] | None:
    """Accuracy and confidence interval from the result of a run that is finished after so many epochs."""
    try:
        result = read_result(folder) or {}
        if result["epochs"] != epochs:  # it has been given more since
            return None
        low, high = result["confidence_interval"]
        return float(number(result["test_accuracy"])), float(number(low)), float(number(high))
    except (ModelFileError, ValueError, TypeError, KeyError):  # not there, not finished, or without test pictures
        return None


def differences(histories: Sequence[History]) -> list[str]:
    """A label for each run: the settings in which its recipe differs from the others, the optimizer first."""
    tables = [_flat(history.recipe.to_dict()) for history in histories]
    common = [name for name in tables[0] if all(name in table for table in tables)]
    differing = [name for name in common if len({repr(table[name]) for table in tables}) > 1]
    differing.sort(key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))  # stable
    labels = [", ".join(_in_words(name, table[name]) for name in differing) for table in tables]
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
        elif prefix or name not in NOT_LABELS:
            found[prefix + name] = value
    return found


def _in_words(name: str, value: Any) -> str:
    """A setting in a few words: Adam; learning rate 0.002; 8 epochs."""
    *_, plain = name.split(".")
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if plain == "type" else f"{value} epochs" if plain == "epochs" else f"{plain.replace('_', ' ')} {text}"
