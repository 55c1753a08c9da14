"""One node of a graph under interpretation: what it is, and how it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, NoReturn

from numnist.importing.onnx.values import Flowing
from numnist.model.limits import PLACES
from numnist.support.errors import ModelFileError

FEW = 64  # numbers of a shape, or of pads
FOLDED = 1 << 24  # bytes of constants that a graph may compute, besides some times its file's


@dataclass
class Notes:
    """What is found on the way: sentences, once each, and the classes' names where the graph has them."""

    texts: list[str] = field(default_factory=list)
    folded: int = 0  # bytes of all constants that were computed
    labels: tuple[str, ...] | None = None

    def add(self, text: str) -> None:
        if text not in self.texts:
            self.texts.append(text)


@dataclass(frozen=True, eq=False)
class Node:
    """A node.   inputs: what each is, None where it is left out;  batch: the graph's, where the file fixes it"""

    path: Path
    name: str
    operator: str
    inputs: Sequence[Flowing | None]
    attributes: dict[str, Any]
    outputs: int
    opset: int
    batch: int | None
    notes: Notes

    def refuse(self, why: str) -> NoReturn:
        """Raise ModelFileError: which node, what it is, why not."""
        raise ModelFileError(f"{self.path}: node {self.name} ({self.operator}): {why}")

    def number(self, name: str, default: Any) -> Any:
        """An attribute."""
        return self.attributes.get(name, default)

    def folding(self, size: int) -> None:
        """Refuse to compute many more constants than the file can need, before this one of `size` bytes."""
        self.notes.folded += size
        if self.notes.folded > FOLDED + 4 * self.path.stat().st_size:
            self.refuse("it computes with too many constants, which the exporter could have done.")

    def bounded(self, shape: Sequence[int]) -> None:
        """Refuse arrays that are too large, before there is one."""
        if prod(shape) > PLACES:
            self.refuse(f"it makes {prod(shape):,} numbers of each picture, but numnist reads at most {PLACES:,}.")
        if prod(shape) < 1:
            self.refuse(f"it makes empty arrays, {tuple(shape)}.")


def axis_of(node: Node, axis: int, rank: int) -> int:
    """An axis counted from the front, of arrays with so many axes."""
    if not -rank <= axis < rank:
        node.refuse(f"axis {axis} is none of its {rank} axes.")
    return axis % rank
