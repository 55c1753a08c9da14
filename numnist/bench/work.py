"""What every backend is given (the same pictures, weights and order of batches), and what it must do with them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numnist.data import Split
from numnist.data.dataset import DIGITS
from numnist.ink.normalize import Normalization
from numnist.model.model import Model
from numnist.nn.base import Layer, Shape
from numnist.nn.sequential import Sequential
from numnist.support.rng import keyed_rng

Array = NDArray[Any]
SEED = 0  # of weights, batches and dropout
BETA1, BETA2, EPS = 0.9, 0.999, 1e-8  # Adam's, in every backend


class Built(NamedTuple):
    """A layer with its shapes and its initial parameters by their short names: w, b; columns (n, 1) as vectors (n,)."""

    layer: Layer
    in_shape: Shape
    out_shape: Shape
    arrays: dict[str, Array]


@dataclass(frozen=True)
class Work:
    """One network for one backend to run.  The folder holds pictures.npy and labels.npy.

    threads: at most that many.
    whole_batch: batch norm's statistics are those of the whole batch in numnist too, not those of a shard.
    prepared: what `built` returns, if that has been computed beforehand.
    """

    folder: Path
    network: Sequential
    batch: int
    threads: int
    normalization: Normalization
    learning_rate: float = 1e-3  # Adam's
    whole_batch: bool = False
    prepared: list[Built] | None = None

    def pictures(self) -> Array:
        """(N, 1, 28, 28) uint8; N is a multiple of the batch: libraries that compile need one shape."""
        return self._whole_batches(np.load(self.folder / "pictures.npy"))

    def labels(self) -> NDArray[np.int64]:
        """(N,)"""
        return self._whole_batches(np.load(self.folder / "labels.npy"))

    def _whole_batches(self, array: Array) -> Array:
        return array[: len(array) - len(array) % self.batch]

    @property
    def scale(self) -> float:
        """Every side converts its uint8 pixels itself, with the library's own functions: float32(pixel)·scale + offset.

        These are the fewest operations that normalise, and what numnist does.
        """
        return 1 / (255 * self.normalization.std.item())

    @property
    def offset(self) -> float:
        return -self.normalization.mean.item() / self.normalization.std.item()

    def model(self) -> Model:
        """The network with its initial weights, a function of SEED."""
        return Model(self.network, (1, 28, 28), seed=SEED, classes=DIGITS, normalization=self.normalization)

    def built(self) -> list[Built]:
        """The layers in order."""
        if self.prepared is not None:
            return self.prepared
        model = self.model()
        arrays = {
            name: array.reshape(-1) if array.shape[1:] == (1,) else array
            for name, array in model.parameters.arrays().items()
        }
        return [
            Built(plan.layer, plan.in_shape, plan.out_shape, {name: arrays[f"{i}.{name}"] for name in plan.params})
            for i, plan in enumerate(model.plan.children)
        ]

    def batches(self, count: int) -> Iterator[NDArray[np.int64]]:
        """Indices of one batch after another, without end, in the order of numnist's `train`.   count: pictures"""
        for epoch in itertools.count():
            order = keyed_rng(SEED, "batches", epoch).permutation(count)
            yield from order.reshape(-1, self.batch)


def write_pictures(folder: Path, split: Split) -> Normalization:
    """Write the pictures and labels for the backends' processes; returns the pictures' normalisation."""
    np.save(folder / "pictures.npy", split.x)
    np.save(folder / "labels.npy", split.labels)
    return Normalization.fit("global", split.x)


class BaseBackend:
    """One library at work, in a process of its own.  A backend imports its library only when it is created.

    A subclass named Backend, one a file, defines __init__(work), logits, and step if it trains.
    """

    trains: ClassVar[bool] = True

    def __init__(self, work: Work):
        raise TypeError(f"{type(self).__module__} must define __init__(work), step() and logits(count).")

    @staticmethod
    def unsupported(network: Sequential) -> str:
        """Why this backend cannot run the network; "" if it can."""
        return ""

    def step(self) -> float:
        """Train on the next of `work.batches` and return the loss before the step.

        The step gathers uint8 pictures and converts them.
        """
        raise TypeError(f"{type(self).__module__} does not train.")

    def logits(self, count: int) -> Array:
        """Inference on the first `count` uint8 pictures as one batch: logits as a NumPy array, (count, 10)."""
        raise TypeError(f"{type(self).__module__} must define logits(count).")


def unsupported_layer(layer: Layer) -> TypeError:
    """The error of a backend that has no counterpart of a layer."""
    return TypeError(f"the benchmark has no counterpart for {layer!r}.")
