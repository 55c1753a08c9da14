"""Blocks: a network's layers in few parts, each a convolution or a dense layer with all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from numnist.nn.activations import ACTIVATIONS
from numnist.nn.base import Plan, Shape
from numnist.nn.dropout import Dropout
from numnist.nn.flatten import Flatten
from numnist.nn.norm import BatchNorm, LayerNorm
from numnist.nn.pool import AvgPool2d, GlobalAvgPool, MaxPool2d
from numnist.nn.sequential import Sequential

MOST = 8  # blocks of a network: as many as fit side by side, and as one can keep in mind
UNSEEN = (Flatten, Dropout)  # they change no number when the network predicts
FOLLOWERS = (*UNSEEN, BatchNorm, LayerNorm, *ACTIVATIONS, MaxPool2d, AvgPool2d, GlobalAvgPool)


@dataclass(frozen=True, eq=False)
class Block:
    """Consecutive layers.   places: of the layers, as in `LayerOutput`;  plans: theirs"""

    places: tuple[str, ...]
    plans: tuple[Plan, ...]

    @property
    def shown(self) -> int:
        """Which of its layers has the output that stands for the block: the last that changes a number."""
        seen = [i for i, plan in enumerate(self.plans) if not isinstance(plan.layer, UNSEEN)]
        return seen[-1] if seen else len(self.plans) - 1

    @property
    def heads(self) -> tuple[Plan, ...]:
        """The plans of the layers that it is made around: one, in most blocks; several where blocks were merged."""
        return tuple(plan for plan in self.plans if is_head(plan))

    @property
    def in_shape(self) -> Shape:
        return self.plans[0].in_shape

    @property
    def out_shape(self) -> Shape:
        """The shape of the output that stands for it."""
        return self.plans[self.shown].out_shape


def blocks(plan: Plan, most: int = MOST) -> list[Block]:
    """A network's layers, as `trace` walks through them, in at most `most` blocks.

    A convolution, a dense layer or any other that is none of FOLLOWERS begins a block; normalisation, activation,
    pooling, Flatten and Dropout belong to the block before them, or at the beginning to the first.  Of more blocks the
    neighbours with the fewest layers are merged, those of one output size first; the last, the scores, stays alone.
    plan: of the whole network, `Model.plan`.
    """
    found: list[list[tuple[str, Plan]]] = [[]]
    for place, step in steps(plan):
        if is_head(step) and any(is_head(earlier) for _, earlier in found[-1]):
            found.append([])
        found[-1].append((place, step))
    while len(found) > max(most, 1):
        pairs = range(len(found) - 2) if len(found) > 2 else range(1)
        at = min(pairs, key=lambda i: (_size(found[i]) != _size(found[i + 1]), len(found[i]) + len(found[i + 1])))
        found[at : at + 2] = [found[at] + found[at + 1]]
    return [Block(*(tuple(column) for column in zip(*each))) for each in found]


def steps(plan: Plan, place: str = "") -> Iterator[tuple[str, Plan]]:
    """Each step of `trace` with its place: the layers of a Sequential one by one, any other layer whole."""
    if not isinstance(plan.layer, Sequential):
        yield place, plan
        return
    for i, inner in enumerate(plan.children):
        yield from steps(inner, f"{place}.{i}".lstrip("."))


def is_head(plan: Plan) -> bool:
    return not isinstance(plan.layer, FOLLOWERS)


def _size(block: list[tuple[str, Plan]]) -> Shape:
    """Rows and columns of a block's output; () for a vector."""
    return block[-1][1].out_shape[1:]
