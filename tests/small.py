"""Small: pictures, networks and settings that train in milliseconds, and still use every part of the engine."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numnist import (
    AdamW,
    Augment,
    BatchNorm,
    Conv2d,
    Dataset,
    Dense,
    Dropout,
    Flatten,
    MaxPool2d,
    Model,
    ReLU,
    Residual,
    Sequential,
    Settings,
    Split,
    train,
)  # fmt: skip
from numnist.training.events import Finished

CLASSES = 4
MLP = Sequential(Flatten(), Dense(16), ReLU(), Dense(CLASSES))
CONV = Sequential(
    Conv2d(6, 3, padding="same", bias=False), BatchNorm(), ReLU(),
    Residual(Sequential(Conv2d(6, 3, padding="same", bias=False), BatchNorm())), ReLU(),
    MaxPool2d(2), Flatten(), Dropout(0.3), Dense(12), ReLU(), Dense(CLASSES),
)  # fmt: skip
AUGMENT = Augment(shift=0.1, rotation=10, zoom=0.1, shear=5, elastic=2, erase=0.2, flip=True)
EVERYTHING: dict[str, Any] = {
    "batch_size": 32, "l2": 1e-4, "clip_norm": 1.0, "average": 0.9, "augment": AUGMENT, "lanes": 2, "shard": 12,
    "seed": 3,
}  # fmt: skip


def pictures(n: int, seed: int, shape: tuple[int, int, int] = (1, 8, 8), classes: int = CLASSES) -> Split:
    """Noise with one bright band of rows, whose height on the picture is the class: easy to learn."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    x = rng.integers(0, 60, (n, *shape), dtype=np.uint8)
    band = np.arange(shape[1]) * classes // shape[1] == labels[:, None]  # (N, H)
    x += (180 * band[:, None, :, None]).astype(np.uint8)
    x.flags.writeable = labels.flags.writeable = False  # nobody may change what he trains on
    return Split(x, labels)


@cache
def dataset(
    train: int = 100, validation: int = 40, shape: tuple[int, int, int] = (1, 8, 8), classes: int = CLASSES
) -> Dataset:
    splits = (pictures(n, seed, shape, classes) for seed, n in enumerate((train, validation, 30)))
    return Dataset("bands", *splits, tuple(f"band {k}" for k in range(classes)), source="drawn by a test")


def trained(
    network: Sequential = MLP, data: Dataset | None = None, dtype: Any = np.float32, threads: int | None = None,
    **settings: Any,
) -> Model:  # fmt: skip
    """A model after `train` with these settings."""
    data = dataset() if data is None else data
    model = Model(network, data, seed=settings.get("seed", 0), dtype=dtype)
    assert isinstance(list(train(model, data, Settings(**settings), threads=threads))[-1], Finished)
    return model


def everything(**settings: Any) -> dict[str, Any]:
    """All of `Settings` switched on, some changed."""
    return {"optimizer": AdamW(0.01), "epochs": 2} | EVERYTHING | settings
