"""Checkpoints: a run's whole state in a file, so that going on gives the bits that never stopping would have given."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from numnist.model.file import read, save_model
from numnist.model.model import Model
from numnist.optim.optimizers import Optimizer
from numnist.support.errors import ModelFileError
from numnist.training.loop import State

COUNTERS = {
    "step": int, "epoch_loss": float, "epoch_correct": int, "epoch_pictures": int, "seconds": float,
    "history": list, "best_epoch": int,
}  # fmt: skip


class Checkpoint(NamedTuple):
    """A model and the state of its training, sharing one vector unless weights are averaged."""

    model: Model
    state: State


def save_checkpoint(path: str | Path, model: Model, state: State) -> None:
    """Write the model with the state of its training.  A checkpoint is a model file too: load_model reads it."""
    tensors = {f"slot.{name}": slot for name, slot in state.slots.items()}
    if state.theta is not model.theta:
        tensors["theta"] = state.theta
    if state.best is not None:
        tensors["best"] = state.best
    save_model(model, path, tensors=tensors, training={name: getattr(state, name) for name in COUNTERS})


def load_checkpoint(path: str | Path, optimizer: Optimizer) -> Checkpoint:
    """Read what save_checkpoint wrote.

    Raises ModelFileError if it is a plain model, or was not made with this optimizer.
    """
    model, tensors, training = read(path)
    expected = {f"slot.{name}": (model.trained,) for name in optimizer.slots}
    expected |= {name: model.theta.shape for name in ("theta", "best") if name in tensors}
    if not training or {name: tensor.shape for name, tensor in tensors.items()} != expected:
        raise ModelFileError(
            f"{path}: this file cannot be resumed with {optimizer!r}: it holds no training state that fits. "
            "Resume a run folder that numnist train has made, or start from its weights with --from."
        )
    for name, kind in COUNTERS.items():
        if not isinstance(training.get(name), kind):
            raise ModelFileError(f"{path}: its training record lacks a proper {name!r}.")
    state = State(
        theta=tensors.get("theta", model.theta),
        slots={name: tensors[f"slot.{name}"] for name in optimizer.slots},
        best=tensors.get("best"),
        **{name: training[name] for name in COUNTERS},
    )
    return Checkpoint(model, state)
