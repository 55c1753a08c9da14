"""The events of a training: plain records, one after each step, each epoch, and at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numnist.training.state import State


@dataclass(frozen=True)
class Step:
    """After one step.  step: 1..steps;  epoch: 1..;  loss and accuracy: over this batch, before the step."""

    step: int
    steps: int
    epoch: int
    loss: float
    accuracy: float
    learning_rate: float
    state: State = field(repr=False, compare=False)


@dataclass(frozen=True)
class Epoch:
    """After one pass over the training pictures.

    loss and accuracy: mean over the epoch's batches while they were trained on;  the validation figures, of the
    model as it is now, are None without validation pictures;  seconds: since the run began, resumed parts included.
    """

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    state: State = field(repr=False, compare=False)

    def record(self) -> dict[str, Any]:
        """Plain JSON types, for the metrics file."""
        return {name: value for name, value in vars(self).items() if name not in ("epochs", "state")}

    def __str__(self) -> str:
        accuracies = {"training": self.accuracy, "validation": self.validation_accuracy}
        shown = "".join(f"   {name} {100 * value:6.2f}%" for name, value in accuracies.items() if value is not None)
        return f"epoch {self.epoch}/{self.epochs}   loss {self.loss:.4f}{shown}   {self.seconds:.1f} s"


@dataclass(frozen=True)
class Finished:
    """At the end.  stopped_early: because validation accuracy had not risen for `patience` epochs."""

    epochs: int
    steps: int
    seconds: float
    stopped_early: bool
    best_epoch: int
    state: State = field(repr=False, compare=False)


Event = Step | Epoch | Finished
