"""Checkpoints: the whole state of a training in a file, so that a resumed run gives the bits of one never stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from numnist.model.file import read, write
from numnist.model.model import Model
from numnist.support.errors import ModelFileError
from numnist.training.settings import Settings
from numnist.training.state import State

COUNTERS = {
    "step": int, "epoch_loss": float, "epoch_correct": int, "epoch_pictures": int, "seconds": float,
    "history": list, "best_epoch": int,
}  # fmt: skip
VECTORS = ("theta", "average", "best")  # each stored unless it is the model's own


class Checkpoint(NamedTuple):
    """A model and the state of its training, which share a vector (see State)."""

    model: Model
    state: State


def save_checkpoint(path: str | Path, model: Model, state: State) -> None:
    """Write the model with the state of its training.  A checkpoint is a model file too: load_model reads it."""
    tensors = {f"slot.{name}": slot for name, slot in state.slots.items()}
    for name in VECTORS:
        vector = getattr(state, name)
        if vector is not None and vector is not model.theta:
            tensors[name] = vector
    training = {name: getattr(state, name) for name in COUNTERS}
    write(path, replace(model.contents(), tensors=tensors, training=training))


def load_checkpoint(path: str | Path, settings: Settings) -> Checkpoint:
    """Read what save_checkpoint wrote.

    Raises ModelFileError if it is a plain model, or was made with another optimizer than that of the settings.
    """
    contents = read(path)
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
    return Checkpoint(model, state)
