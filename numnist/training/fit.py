"""fit: a whole training in one call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from numnist.data.dataset import Dataset
from numnist.model.model import Model
from numnist.support.checks import instance
from numnist.support.errors import UsageError
from numnist.support.serialisation import suggest
from numnist.training.events import Epoch
from numnist.training.loop import train
from numnist.training.settings import Settings


def fit(
    model: Model,
    data: Dataset,
    settings: Settings = Settings(),  # noqa: B008  (frozen)
    *,
    threads: int | None = None,
    on_epoch: Callable[[Epoch], object] | None = None,
    **changes: Any,
) -> list[Epoch]:
    """Train a model in place, to the end, and return the history: a record of each epoch.

        history = fit(model, data, optimizer=Adam(1e-3), epochs=5, on_epoch=print)
        history[-1].validation_accuracy

    settings, threads: as for `train`, which gives every step, and can be stopped and resumed.
    on_epoch: called with the record of each epoch when it is done.
    changes: settings by name, such as epochs=5; they come before those of `settings`.

    Raises what `train` raises, and UsageError for a setting that does not exist.
    """
    instance(settings, "settings", Settings)
    known = {each.name: each for each in fields(settings)}
    for name in changes:
        if name not in known:
            belongs = ": it belongs to the optimizer, as in optimizer=Adam(learning_rate=0.001)"
            hint = belongs if name in ("learning_rate", "lr", "momentum", "weight_decay") else suggest(name, known)
            raise UsageError(f"fit has no setting {name!r}{hint}; there are {', '.join(known)}.")
    history = []
    for event in train(model, data, replace(settings, **changes), threads=threads):
        if isinstance(event, Epoch):
            history.append(event)
            if on_epoch is not None:
                on_epoch(event)
    return history
