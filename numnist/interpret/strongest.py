"""Strongest pictures: which of many pictures excite a unit most, and which part of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.fast.compile import compile
from numnist.interpret.blocks import Block, blocks
from numnist.interpret.receptive_field import Box, receptive_field
from numnist.model.finite import check_outputs
from numnist.model.model import Model
from numnist.nn.base import Array, Views
from numnist.nn.sequential import Sequential
from numnist.support.errors import UsageError

COUNT = 9  # pictures that are kept of each unit
SHARD = 128  # pictures that go through the network together


@dataclass(frozen=True)
class Exciting:
    """A picture that excites a unit.

    index: of the picture;  value: the unit's largest output anywhere on it;  row, column: where in the unit's map;
    box: the part of the picture that it sees there, (top, left, bottom, right).
    """

    index: int
    value: float
    row: int
    column: int
    box: Box


class StrongestPictures:
    """For each unit of each block the pictures with the largest outputs (as in Zeiler & Fergus 2014, figure 2,
    arxiv.org/abs/1311.2901; here the pictures themselves, without their deconvolutions).

    A unit is a map of a convolution or a number of a vector; of a map the largest output counts, wherever it is.
    pictures: (N, C, H, W) as `Model.logits` takes them; they are not kept.  Memory is that of one block's outputs for
    SHARD pictures, and of COUNT pictures for each unit.  Raises ShapeError or UsageError, and NotFiniteError where an
    output is infinite or not a number.
    """

    def __init__(self, model: Model, pictures: NDArray[Any], count: int = COUNT):
        pictures = model.check_pictures(pictures)
        self.blocks = blocks(model.plan)
        runs = [_Run(model, block) for block in self.blocks]
        for at in range(0, len(pictures), SHARD):
            x = model.normalization.apply(pictures[at : at + SHARD], model.dtype)
            with np.errstate(all="ignore"):  # what overflows is told by the check
                for run in runs:
                    x = run.forward(x, at, count)
        self._best = [run.best for run in runs]  # each (units, count): values, indices, places

    def of(self, block: int, unit: int) -> list[Exciting]:
        """The pictures that excite a unit of a block most, the strongest first; equal ones in their order.

        Raises UsageError if there is no such block or unit.
        """
        if not 0 <= block < len(self.blocks):
            raise UsageError(f"there is no block {block}: give 0 to {len(self.blocks) - 1}.")
        values, indices, places = self._best[block]
        if not 0 <= unit < len(values):
            raise UsageError(f"block {block} has no unit {unit}: give 0 to {len(values) - 1}.")
        shape = self.blocks[block].out_shape
        across = shape[2] if len(shape) == 3 else 1
        plans = [plan for each in self.blocks[:block] for plan in each.plans]
        plans += self.blocks[block].plans[: self.blocks[block].shown + 1]
        found = []
        for value, index, place in zip(values[unit], indices[unit], places[unit]):
            row, column = divmod(int(place), across)
            found.append(Exciting(int(index), float(value), row, column, receptive_field(plans, row, column)))
        return found


class _Run:
    """A block as it is run, and the best pictures so far."""

    def __init__(self, model: Model, block: Block):
        cut, self.theta = block.shown + 1, model.theta
        self.parts = [_compiled(model, block, part) for part in (slice(0, cut), slice(cut, None)) if block.places[part]]
        self.best: tuple[Array, ...] = ()

    def forward(self, x: Array, first: int, count: int) -> Array:
        """The block's output, to be the input of the next.   x: of pictures whose first one has the index `first`"""
        for i, (layers, p) in enumerate(self.parts):
            x = layers.forward(p, x)[0]
            if i == 0:
                self._take(x, first, count)
        return x

    def _take(self, y: Array, first: int, count: int) -> None:
        """Put what is stronger among the best.   y: (units, N) or (maps, H, W, N)"""
        flat = y.reshape(len(y), -1, y.shape[-1])  # (units, places, N)
        places = flat.argmax(axis=1)  # (units, N)
        values = np.take_along_axis(flat, places[:, None], axis=1)[:, 0]
        check_outputs(values, self.theta)  # argmax finds NaN, and infinity, wherever it is
        indices = np.broadcast_to(np.arange(first, first + y.shape[-1]), values.shape)
        new = values, indices, places
        all_ = tuple(map(np.hstack, zip(self.best, new))) if self.best else new
        order = np.argsort(-all_[0], axis=1, kind="stable")[:, :count]
        self.best = tuple(np.take_along_axis(each, order, axis=1) for each in all_)


def _compiled(model: Model, block: Block, part: slice) -> tuple[Any, Views]:
    """Some of a block's layers as inference runs them, and their parameters: the model's own, not copies."""
    places, plans = block.places[part], block.plans[part]
    network = Sequential(*(plan.layer for plan in plans))
    arrays = {}
    for name, array in model.parameters.arrays().items():
        for i, place in enumerate(places):
            if name.startswith(f"{place}." if place else ""):
                arrays[f"{i}.{name[len(place) :].lstrip('.')}"] = array
    return compile(network, SHARD, training=False), Views(network.build(plans[0].in_shape), arrays)
