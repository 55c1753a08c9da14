"""Sides: what numnist and every peer must be able to do, and which peers there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Any, ClassVar

from numpy.typing import NDArray

from numnist.bench.work import Work
from numnist.nn.base import Layer
from numnist.nn.sequential import Sequential as Network
from numnist.support.errors import UsageError
from numnist.support.serialisation import suggest

Array = NDArray[Any]
BETA1, BETA2, EPS = 0.9, 0.999, 1e-8  # Adam's, on every side


class Side:
    """One library at work; made in a process of its own.  Libraries are imported where they are used."""

    trains: ClassVar[bool] = True

    def __init__(self, work: Work):
        raise TypeError(f"{type(self).__module__} has no __init__: a side defines __init__, step and answer.")

    @staticmethod
    def unable(network: Network) -> str:
        """Why this side cannot do the same work on that network; "" if it can."""
        return ""

    def step(self) -> float:
        """Train on the next of `work.batches`, gathered here and now, and answer the loss before the step."""
        raise TypeError(f"{type(self).__module__} does not train.")

    def answer(self, count: int) -> Array:
        """Read the first `count` pictures at once: logits as a NumPy array, (count, 10)."""
        raise TypeError(f"{type(self).__module__} answers nothing.")


@dataclass(frozen=True)
class Kind:
    """A row of the tables: a side's module, the packages it needs, and how its process handles freed memory."""

    name: str
    module: str
    peer: str  # by which --peers names its library
    packages: tuple[str, ...] = ()  # as package indexes call them; the first is the library's own
    keeps_pages: bool = False  # numnist.support.malloc.keep_freed_pages

    @property
    def side(self) -> type[Side]:
        """The side's class; its module imports its library only when one is made."""
        found: type[Side] = import_module(f"numnist.bench.sides.{self.module}").Side
        return found

    def missing(self) -> str:
        """The first of its packages that is not installed; "" if all are."""
        return next((name for name in self.packages if version(name) is None), "")


OURS = "numnist"
KINDS = {
    kind.name: kind
    for kind in (
        Kind(OURS, "ours", OURS, keeps_pages=True),  # as its command line does
        Kind("pytorch", "pytorch", "pytorch", ("torch",)),
        # Not what people have, but most of the difference for large batches is malloc's: it should be seen.
        Kind("pytorch, freed pages kept", "pytorch", "pytorch", ("torch",), keeps_pages=True),
        Kind("tensorflow", "tensorflow", "tensorflow", ("tensorflow", "keras")),
        Kind("jax", "jax", "jax", ("jax", "jaxlib")),
        Kind("scikit-learn", "scikit_learn", "scikit-learn", ("scikit-learn",)),
        Kind("onnxruntime", "onnxruntime", "onnxruntime", ("onnxruntime", "onnx")),
    )
}
PEERS = list(dict.fromkeys(kind.peer for kind in KINDS.values() if kind.peer != OURS))
OTHER_NAMES = {"tensorflow": "tensorflow-cpu"}  # a package that brings the same library


def version(package: str) -> str | None:
    """Of an installed package, without importing it; None if it is not there."""
    for name in (package, OTHER_NAMES.get(package, package)):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    return None


def unknown_layer(layer: Layer) -> TypeError:
    """What a side raises for a layer that it has no counterpart for."""
    return TypeError(f"the benchmark has no counterpart for {layer!r}.")


def choose(peers: Sequence[str]) -> tuple[list[Kind], dict[str, str]]:
    """The sides of numnist and of those peers that are installed; the others, with the package that is missing.

    Raises UsageError for a name that is none of the peers'.
    """
    for name in peers:
        if name not in PEERS:
            raise UsageError(f"unknown peer {name!r}{suggest(name, PEERS)}; there are {', '.join(PEERS)}.")
    asked = [kind for kind in KINDS.values() if kind.peer in (OURS, *peers)]
    missing = {kind.peer: kind.missing() for kind in asked if kind.missing()}
    return [kind for kind in asked if kind.peer not in missing], missing
