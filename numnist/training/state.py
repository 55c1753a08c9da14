"""The state of a training: everything it needs to go on from where it stopped, and the checkpoint that stores it.

A resumed run gives the bits of one that was never stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from numnist.model.file import read, write
from numnist.model.model import Model
from numnist.nn.base import Array, Layer
from numnist.support.errors import ModelFileError, UsageError
from numnist.training.settings import Settings

# What a checkpoint stores of a State beside the slots
COUNTERS = {
    "step": int, "epoch_loss": float, "epoch_correct": int, "epoch_pictures": int, "seconds": float,
    "history": list, "best_epoch": int,
}  # fmt: skip
VECTORS = ("theta", "average", "best")  # each stored unless it is the model's own


@dataclass
class State:
    """What a checkpoint stores besides the model.

    theta: the weights in training;  average: the vector that holds their moving average, None without one.  During
    training the model's own vector is the average if there is one, else theta.  slots: the optimizer's vectors.
    """

    theta: Array
    slots: dict[str, Array]
    average: Array | None = None
    step: int = 0  # steps done
    epoch_loss: float = 0.0  # sums over the pictures of the epoch under way
    epoch_correct: int = 0
    epoch_pictures: int = 0
    seconds: float = 0.0  # of training, validation included
    history: list[dict[str, Any]] = field(default_factory=list)  # one record for each epoch done
    best: Array | None = None  # the model's vector after the epoch that was best on validation data
    best_epoch: int = 0

    @classmethod
    def fresh(cls, model: Model, settings: Settings) -> State:
        """The state before the first step."""
        slots = {name: np.zeros(model.parameters.trained, model.dtype) for name in settings.optimizer.slots}
        averaged = settings.average is not None
        return cls(model.theta.copy() if averaged else model.theta, slots, model.theta if averaged else None)

    def resume(self, model: Model, settings: Settings) -> None:
        """Let the model hold what is trained, or its average; at the end it may have held the best weights instead.

        Raises UsageError if the state keeps an average and the settings do not, or the other way round.
        """
        if (self.average is None) != (settings.average is None):
            made = "without an average" if self.average is None else "with one"
            raise UsageError(
                f"average is {settings.average}, but the state was made {made}: go on with the same settings."
            )
        model.theta[...] = self.theta if self.average is None else self.average
        if self.average is None:
            self.theta = model.theta
        else:
            self.average = model.theta

    def vectors(self) -> dict[str, Array]:
        """All vectors in training by name: theta, slot.NAME, and average if there is one."""
        found = {"theta": self.theta} | {f"slot.{name}": slot for name, slot in self.slots.items()}
        return found if self.average is None else found | {"average": self.average}

    def move(self, model: Model, arrays: Mapping[str, Array]) -> None:
        """Copy all vectors to these arrays, by the names of `vectors`, and train them there from now on."""
        for name, vector in self.vectors().items():
            arrays[name][...] = vector
        self.theta, self.slots = arrays["theta"], {name: arrays[f"slot.{name}"] for name in self.slots}
        if self.average is not None:
            self.average = arrays["average"]
        model.hold(self.theta if self.average is None else self.average)

    def give_best(self, model: Model) -> None:
        """Let the model hold the best weights, and keep here what training would go on with."""
        if self.best is not None:
            if self.average is None:
                self.theta = self.theta.copy()
            else:
                self.average = self.average.copy()
            model.theta[...] = self.best

    def end_epoch(self, record: dict[str, Any], model: Model) -> None:
        """Add an epoch to the history; remember the model's weights if they are the best so far on validation data."""
        before = [past["validation_accuracy"] for past in self.history]
        accuracy = record["validation_accuracy"]
        self.epoch_loss, self.epoch_correct, self.epoch_pictures = 0.0, 0, 0
        self.history.append(record)
        if accuracy is not None and all(a is None or accuracy > a for a in before):  # of equals the first
            self.best, self.best_epoch = model.theta.copy(), len(self.history)

    def stalled(self, patience: int | None) -> bool:
        """Whether validation accuracy has not risen for `patience` epochs."""
        return patience is not None and len(self.history) - self.best_epoch >= patience


def save_checkpoint(path: str | Path, model: Model, state: State) -> None:
    """Write the model with the state of its training.  A checkpoint is a model file too: load_model reads it."""
    tensors = {f"slot.{name}": slot for name, slot in state.slots.items()}
    for name in VECTORS:
        vector = getattr(state, name)
        if vector is not None and vector is not model.theta:
            tensors[name] = vector
    training = {name: getattr(state, name) for name in COUNTERS}
    write(path, replace(model.contents(), tensors=tensors, training=training))


def load_checkpoint(path: str | Path, settings: Settings, layers: Sequence[type[Layer]] = ()) -> tuple[Model, State]:
    """Read what save_checkpoint wrote: the model and the state of its training, which share a vector (see State).

    layers: classes of layers that are not numnist's, as for load_model.
    Raises ModelFileError if it is a plain model, or was made with another optimizer than that of the settings.
    """
    contents = read(path, layers)
    model, tensors, training = Model.from_contents(contents, path), contents.tensors, contents.training
    averaged, vectors = settings.average is not None, {name: tensors[name] for name in VECTORS if name in tensors}
    expected = {f"slot.{name}": (model.parameters.trained,) for name in settings.optimizer.slots}
    expected |= dict.fromkeys(vectors, model.theta.shape)
    found = {name: tensor.shape for name, tensor in tensors.items()}
    if not training or found != expected or (averaged and "theta" not in vectors):
        raise ModelFileError(
            f"{path}: this file cannot be resumed with {settings.optimizer!r}: it holds no training state that fits. "
            "Resume a run folder that numnist train has made, or start from its weights with --from."
        )
    for name, kind in COUNTERS.items():
        if not isinstance(training.get(name), kind):
            raise ModelFileError(f"{path}: its training record lacks a proper {name!r}.")
    state = State(
        theta=vectors.get("theta", model.theta),
        average=vectors.get("average", model.theta) if averaged else None,
        best=vectors.get("best"),
        slots={name: tensors[f"slot.{name}"] for name in settings.optimizer.slots},
        **{name: training[name] for name in COUNTERS},
    )
    return model, state
