"""What numnist and every peer must be able to do in the benchmark."""

from __future__ import annotations

from typing import ClassVar

from numnist.bench.work import Array, Work
from numnist.nn.base import Layer
from numnist.nn.sequential import Sequential as Network

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8  # Adam's, in every backend


class Backend:
    """One library at work, in a process of its own.  A backend imports its library only when it is created.

    It defines __init__(work), logits, and step if it trains.
    """

    trains: ClassVar[bool] = True

    def __init__(self, work: Work):
        raise TypeError(f"{type(self).__module__} must define __init__(work), step() and logits(count).")

    @staticmethod
    def unsupported(network: Network) -> str:
        """Why this backend cannot run the network; "" if it can."""
        return ""

    def step(self) -> float:
        """Train on the next of `work.batches`, gathered in the step, and return the loss before the step."""
        raise TypeError(f"{type(self).__module__} does not train.")

    def logits(self, count: int) -> Array:
        """Inference on the first `count` pictures as one batch: logits as a NumPy array, (count, 10)."""
        raise TypeError(f"{type(self).__module__} must define logits(count).")


def unsupported_layer(layer: Layer) -> TypeError:
    """The error of a backend that has no counterpart of a layer."""
    return TypeError(f"the benchmark has no counterpart for {layer!r}.")
