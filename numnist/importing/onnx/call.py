"""One node of a graph under interpretation, with its inputs as values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numnist.importing.onnx.arithmetic import settled
from numnist.importing.onnx.node import FEW, Node
from numnist.importing.onnx.values import Flowing, Formula, Padded, Scores, Sizes, Value
from numnist.nn.base import Array


@dataclass(frozen=True, eq=False)
class Call(Node):
    """A node, and its inputs as an operator takes them."""

    def given(self, i: int) -> Flowing | None:
        """An input as it is, None where it is left out."""
        return self.inputs[i] if i < len(self.inputs) else None

    def value(self, i: int = 0) -> Value:
        """An input that layers have computed, as numbers with a decimal point."""
        found = self.given(i)
        if isinstance(found, Formula):
            found = settled(found, self)
        if isinstance(found, Padded):
            self.refuse("a border (Pad) stands before it; numnist's layers pad only before a convolution or a pooling.")
        if isinstance(found, Scores):
            self.refuse(f"it computes with {found.what}, which numnist's models end in: leave it out.")
        if not isinstance(found, Value):
            self.refuse("it computes with something that is no output of layers, such as a shape or a label.")
        if found.whole:
            self.refuse("it computes with whole numbers: put a Cast to float before it.")
        return found

    def row(self, i: int = 0) -> Value:
        """An input (N, features); its places are those of the features in the layers' output."""
        x = self.value(i)
        if len(x.shape) != 1:
            self.refuse(f"it takes {('N', *x.shape)} as a row of features: put a Flatten before it.")
        return x.flat()

    def picture(self, i: int = 0) -> Value:
        """An input (N, C, H, W), in the order in which numnist has it."""
        x = self.value(i)
        if len(x.shape) != 3:
            self.refuse(f"it takes {('N', *x.shape)}, but numnist's pictures are (N, C, H, W).")
        if x.chain.shape != x.shape or not x.straight:
            self.refuse(
                f"its picture {('N', *x.shape)} is made by turning or reshaping {x.chain.shape} between layers."
            )
        return x

    def array(self, i: int, needed: bool = True) -> Array | None:
        """An input that is constant."""
        found = self.given(i)
        if found is None and not needed:
            return None
        if not isinstance(found, np.ndarray):
            self.refuse(f"its input number {i + 1} is computed by the network, but numnist's layers need a constant.")
        return found

    def constant(self, i: int) -> Array:
        found = self.array(i)
        assert found is not None
        return found

    def whole_numbers(self, i: int, attribute: str | None = None) -> list[int] | None:
        """Whole numbers, from the attribute or else the input; None where both are left out."""
        if attribute is not None and attribute in self.attributes:
            return [int(each) for each in self.attributes[attribute]]
        found = self.given(i)
        if found is None:
            return None
        if isinstance(found, Sizes) and None not in found.items:
            return [int(each) for each in found.items if each is not None]
        if not isinstance(found, np.ndarray) or found.dtype.kind not in "iu" or found.size > FEW:
            self.refuse(f"its input number {i + 1} must be a few whole numbers that are constant.")
        return [int(each) for each in found.reshape(-1)]
