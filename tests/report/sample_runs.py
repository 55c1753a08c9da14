"""Sample runs: folders with a trained network, for any kind of data, for tests of the report."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from numnist import Adam, Conv2d, Dataset, Dense, Flatten, MaxPool2d, Recipe, ReLU, Residual, Sequential, Split
from numnist.experiment.run import Run

FOLDER = Path("runs/small")


def network(classes: int) -> Sequential:
    around = Residual(Sequential(Conv2d(4, 3, padding="same"), ReLU()))
    return Sequential(Conv2d(4, 3), ReLU(), around, MaxPool2d(2), Flatten(), Dense(classes))


def made(data: Dataset, folder: Path = FOLDER, stop: int | None = None, **changes: Any) -> Run:
    """A run trained and evaluated, or stopped after so many events."""
    recipe = Recipe("small", "a small network", data.name, network(len(data.classes)), Adam(0.01), batch_size=50)
    run = Run.create(replace(recipe, **changes), data, folder)
    events = run.events()
    list(islice(events, stop))
    events.close()
    if stop is None:
        run.evaluate()
    return run


def without(data: Dataset, *splits: str) -> Dataset:
    """The same data with nothing in these splits."""
    return replace(data, **{name: getattr(data, name)[:0] for name in splits})


def blobs(classes: int, names: tuple[str, ...] | None = None, shape: tuple[int, int, int] = (1, 12, 9)) -> Dataset:
    """Pictures of any number of classes, a bright dot at a place that is the class's own."""

    def split(n: int, seed: int) -> Split:
        rng = np.random.default_rng(seed)
        labels = np.arange(n) % classes
        x = rng.integers(0, 40, (n, *shape), dtype=np.uint8)
        flat = x.reshape(n, shape[0], -1)
        flat[np.arange(n), :, labels % flat.shape[2]] = 250
        return Split(x, labels)

    return Dataset("blobs", split(8 * classes, 1), split(2 * classes, 2), split(4 * classes, 3),
                   names or tuple(f"class {k}" for k in range(classes)), source="drawn by a test")  # fmt: skip
