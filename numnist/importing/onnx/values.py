"""What flows through a graph: the layers so far, formulas of them, shapes, and constants.

numnist's layers compute (C, H, W) or (features,) for each sample.  ONNX programs turn and flatten such arrays, mostly
because their own library has the channels last.  So a `Value` holds the layers, and beside them an array of places:
which number of the layers' output stands where in ONNX's array.  To transpose or reshape it costs no layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.importing.parts import Part
from numnist.nn import Flatten
from numnist.nn.base import Array, Shape

Places = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Chain:
    """Layers one after the other, beginning at the input.   part: the last of them, None at the input"""

    before: Chain | None
    part: Part | None
    shape: Shape  # of one sample, as numnist has it
    depth: int = 0

    def then(self, part: Part) -> Chain:
        """With one more layer.  Raises ShapeError where it does not fit."""
        return Chain(self, part, part.layer.build(self.shape).out_shape, self.depth + 1)

    def since(self, start: Chain) -> list[Part]:
        """The parts after an earlier place of the chain."""
        found, at = [], self
        while at is not start:
            assert at.before is not None
            assert at.part is not None
            found.append(at.part)
            at = at.before
        return found[::-1]

    @property
    def last(self) -> Any:
        """The last layer, None at the input."""
        return None if self.part is None else self.part.layer


def fork(a: Chain, b: Chain) -> Chain:
    """The last place that both chains have in common, which is the input at the latest."""
    while a is not b:
        if a.depth >= b.depth:
            assert a.before is not None
            a = a.before
        else:
            assert b.before is not None
            b = b.before
    return a


@dataclass(frozen=True, eq=False)
class Value:
    """The output of layers.   places: ONNX's array without the batch, of indices into the layers' output

    whole: whether these are whole numbers, such as bytes before a Cast.
    """

    chain: Chain
    places: Places
    whole: bool = False

    @property
    def shape(self) -> Shape:
        """ONNX's, without the batch."""
        return self.places.shape

    def relaid(self, change: Callable[[Any], Any]) -> Value:
        """With ONNX's array changed, such as transposed."""
        return replace(self, places=change(self.places))

    @property
    def straight(self) -> bool:
        """Whether ONNX's array has the order of the layers' output."""
        return np.array_equal(self.places.reshape(-1), in_order((self.places.size,)))

    def then(self, part: Part) -> Value:
        """The output of one more layer, in the layer's own order."""
        chain = self.chain.then(part)
        return Value(chain, in_order(chain.shape))

    def pointwise(self, part: Part) -> Value:
        """The output of one more layer that keeps every number in its place."""
        return replace(self, chain=self.chain.then(part))

    def flat(self) -> Value:
        """With (features,) as the layers' output: a Flatten where it still is (C, H, W)."""
        return self if len(self.chain.shape) == 1 else self.pointwise(Part(Flatten()))

    def scattered(self, numbers: Any) -> Array:
        """Numbers that stand beside ONNX's array, in the order and shape of the layers' output."""
        there = np.empty(prod(self.chain.shape))
        there[self.places.reshape(-1)] = np.broadcast_to(numbers, self.shape).reshape(-1)
        return there.reshape(self.chain.shape)


_ALL: list[Places] = [np.arange(0, dtype=np.int32)]


def in_order(shape: Shape) -> Places:
    """The places of an array as it stands: a view of one array, so that a graph of many layers costs nothing."""
    if prod(shape) > _ALL[0].size:
        _ALL[0] = np.arange(prod(shape), dtype=np.int32)
    return _ALL[0][: prod(shape)].reshape(shape)


@dataclass(eq=False)
class Formula:
    """Elementwise arithmetic whose layers are not decided yet: x · sigmoid(x) becomes one layer, not three.

    operands: formulas, values, and constants that fit beside ONNX's array;  names: of the nodes;  settled: the value
    that it has become, once it was asked for.
    """

    operator: str
    operands: tuple[Formula | Value | Array, ...]
    shape: Shape
    names: tuple[str, ...]
    size: int = field(init=False)
    settled: Value | None = None

    def __post_init__(self) -> None:
        self.size = 1 + sum(each.size for each in self.operands if isinstance(each, Formula))

    def leaves(self) -> Iterator[Value]:
        """The values in it."""
        for each in self.operands:
            if isinstance(each, Formula):
                yield from each.leaves()
            elif isinstance(each, Value):
                yield each

    def relaid(self, change: Callable[[Any], Any]) -> Formula:
        """The same formula of arrays that are changed, such as transposed."""

        done: dict[int, Any] = {}

        def turned(each: Any) -> Any:
            if id(each) not in done:
                if isinstance(each, Formula):
                    done[id(each)] = made(each)
                elif isinstance(each, Value):
                    done[id(each)] = each.relaid(change)
                else:
                    done[id(each)] = each if each.size == 1 else change(np.broadcast_to(each, self.shape))
            return done[id(each)]

        def made(formula: Formula) -> Formula:
            return Formula(formula.operator, tuple(map(turned, formula.operands)), shape, formula.names)

        shape = change(np.broadcast_to(np.float32(0), self.shape)).shape
        return made(self)


@dataclass(frozen=True)
class Sizes:
    """The shape of an array as numbers, which programs compute to flatten it.   None: the size of the batch"""

    items: tuple[int | None, ...]
    scalar: bool = False


@dataclass(frozen=True, eq=False)
class Padded:
    """A picture with a border, for the layer that comes next.   ends: (before, after) of each of ONNX's axes"""

    value: Value
    ends: tuple[tuple[int, int], ...]
    fill: float


@dataclass(frozen=True, eq=False)
class Scores:
    """Probabilities, or their logarithms, whose logits are known: a network's end.   what: in words, for the notes"""

    logits: Value
    what: str


@dataclass(frozen=True)
class Answer:
    """The most probable class, which numnist takes from the logits itself."""


Flowing = Value | Formula | Sizes | Padded | Scores | Answer | tuple[str, ...] | Array
