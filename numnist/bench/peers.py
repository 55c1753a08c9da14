"""The contenders of the benchmark: numnist, and the peers that are installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module, metadata

from numnist.bench.work import BaseBackend
from numnist.support.errors import UsageError
from numnist.support.serialisation import suggest


@dataclass(frozen=True)
class Contender:
    """A row of the tables: a backend's module, the packages it needs, and how its process handles freed memory."""

    name: str
    module: str
    peer: str  # by which --peers names its library
    packages: tuple[str, ...] = ()  # as package indexes call them; the first is the library's own
    keeps_pages: bool = False  # numnist.support.malloc.keep_freed_pages

    @property
    def backend(self) -> type[BaseBackend]:
        """The backend's class; importing its module does not import its library."""
        return import_module(f"numnist.bench.backends.{self.module}").Backend

    def missing(self) -> str:
        """The first of its packages that is not installed; "" if all are."""
        return next((name for name in self.packages if version(name) is None), "")


OURS = "numnist"
CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender(OURS, "ours", OURS, keeps_pages=True),  # as its command line does
        Contender("pytorch", "pytorch", "pytorch", ("torch",)),
        # Not PyTorch's default, but most of the difference for large batches comes from malloc: it should be visible.
        Contender("pytorch, freed pages kept", "pytorch", "pytorch", ("torch",), keeps_pages=True),
        # A peer of its own, so that it may be left out: compiling takes up to a minute for each network.
        Contender("pytorch, torch.compile", "pytorch_compiled", "pytorch-compiled", ("torch",)),
        Contender("tensorflow", "tensorflow", "tensorflow", ("tensorflow", "keras")),
        Contender("jax", "jax", "jax", ("jax", "jaxlib")),
        Contender("scikit-learn", "scikit_learn", "scikit-learn", ("scikit-learn",)),
        Contender("onnxruntime", "onnxruntime", "onnxruntime", ("onnxruntime", "onnx")),
    )
}
PEERS = list(dict.fromkeys(contender.peer for contender in CONTENDERS.values() if contender.peer != OURS))
OTHER_NAMES = {"tensorflow": "tensorflow-cpu"}  # a package that provides the same library


def version(package: str) -> str | None:
    """The version of an installed package, without importing it; None if it is not installed."""
    for name in (package, OTHER_NAMES.get(package, package)):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    return None


def choose(peers: Sequence[str]) -> tuple[list[Contender], dict[str, str]]:
    """numnist and those of the peers that are installed; the other peers, each with the package that is missing.

    Raises UsageError for an unknown peer.
    """
    for name in peers:
        if name not in PEERS:
            raise UsageError(f"unknown peer {name!r}{suggest(name, PEERS)}; there are {', '.join(PEERS)}.")
    chosen = [contender for contender in CONTENDERS.values() if contender.peer in (OURS, *peers)]
    missing = {contender.peer: contender.missing() for contender in chosen if contender.missing()}
    return [contender for contender in chosen if contender.peer not in missing], missing
