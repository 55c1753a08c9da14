"""What all processes of a training must know (Job), and the arrays on which they work together (Memory)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Split
from numnist.ink.normalize import Normalization
from numnist.model.model import Model
from numnist.model.parameters import Parameters
from numnist.nn.base import Layer
from numnist.support.shared_memory import Layout
from numnist.training.frozen import frozen_layers
from numnist.training.parallel.division import Division
from numnist.training.settings import Settings
from numnist.training.state import State
from numnist.training.tree import branch_size

MOST_RANKS = 64
# Numbers of the vector that are updated together.  Larger chunks fall out of cache, smaller ones cost more calls
# (measured in docs/design.md).
CHUNK = 65536
# What the caller's process tells the others of a step
HEADER = np.dtype(
    [(name, np.int64) for name in ("command", "step", "count", "branch")]
    + [(name, np.float64) for name in ("rate", "scale")]
)


@dataclass(frozen=True)
class Job:
    """A training without its data and weights.

    lanes, shard: as `Settings.cut` chooses them.  branch: lanes whose gradients one process adds up, see tree.py.
    batch, pixels: shape and type of the pictures of a batch;  labels: both of their labels.  chunk: see CHUNK.
    frozen: how many of the first layers stay as they are, see frozen.py.
    division, position: this process's part of it in a group, see parallel/division.py.
    """

    network: Layer
    in_shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    normalization: Normalization
    settings: Settings
    lanes: int
    shard: int
    branch: int
    batch: tuple[int, ...]
    pixels: np.dtype[Any]
    labels: tuple[tuple[int, ...], np.dtype[Any]]
    chunk: int
    frozen: int
    division: Division
    position: int

    @classmethod
    def of(cls, model: Model, settings: Settings, split: Split, ranks: Sequence[int], position: int = 0) -> Job:
        """The job of training this model on these pictures.   ranks: of each process of a group."""
        lanes, shard = settings.cut(model)
        branch = branch_size(lanes, sum(ranks))
        frozen = frozen_layers(model.plan, settings.freeze)
        division = Division.of(ranks, -(-lanes // branch), len(model.parameters.chunks(CHUNK, frozen)))
        alone = Settings(**{each.name: getattr(settings, each.name) for each in fields(Settings)})  # without a recipe
        size, x, labels = min(settings.batch_size, len(split)), split.x, split.labels
        return cls(
            model.network, model.in_shape, model.dtype, model.normalization, alone, lanes, shard,
            branch, (size, *x.shape[1:]), x.dtype, ((size, *labels.shape[1:]), labels.dtype), CHUNK, frozen, division,
            position,
        )  # fmt: skip

    @property
    def branches(self) -> int:
        """Of all processes."""
        return self.division.branches[-1]

    def layout(self, parameters: Parameters, state: State) -> Layout:
        """The arrays of Memory."""
        chunks = self.division.chunks[-1]
        return {name: (vector.shape, self.dtype) for name, vector in state.vectors().items()} | {
            "branches": ((self.branches, state.theta.size), self.dtype),
            "losses": ((self.lanes,), np.float64),
            "correct": ((self.lanes,), np.int64),
            "weight_squares": ((chunks,), np.float64),
            "gradient_squares": ((chunks,), np.float64),
            "x": (self.batch, self.pixels),
            "labels": self.labels,
            "header": ((1,), HEADER),
            "phase": ((1,), np.int64),  # counts what the ranks were told to do
            "done": ((MOST_RANKS,), np.int64),  # the last phase that each has done
        }


class Memory:
    """The arrays of a training, shared or not.

    theta (n,), average (n,) or None, slots: the training's state.  branches: (branches, n), sums of the gradients of
    neighbouring lanes.  losses, correct: of each lane.  weight_squares, gradient_squares: Σθ² and Σg² of each chunk.
    x, labels: the batch; labels are (N,) classes, or (N, outputs) targets.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]):
        self.theta, self.average = arrays["theta"], arrays.get("average")
        self.slots = {name[5:]: array for name, array in arrays.items() if name.startswith("slot.")}
        self.branches, self.losses, self.correct = arrays["branches"], arrays["losses"], arrays["correct"]
        self.weight_squares, self.gradient_squares = arrays["weight_squares"], arrays["gradient_squares"]
        self.x, self.labels, self.header = arrays["x"], arrays["labels"], arrays["header"]
        self.phase, self.done = arrays["phase"].data, arrays["done"].data  # faster to look at
