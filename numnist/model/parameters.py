"""Parameters: all numbers of a network in one flat vector, with a view into it for every layer."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np

from numnist.nn.base import Array, Plan, Shape, Views
from numnist.support.rng import keyed_rng


class Parameters:
    """A network's parameters in one vector, so that optimizers, files and norms need no loop over layers.

    theta: the vector.  First come the weights that L2 and weight decay touch (`decayed` numbers), then the other
    trained parameters (up to `trained`), then the running statistics of batch norm.
    slices: the place and shape of each parameter, by name ("0.w"), in the vector's order.
    seed: initial weights are a function of it and of each parameter's name;  None leaves them 0.
    A copy has a vector of its own, shallow or deep, as a copied NumPy array has numbers of its own.
    """

    def __init__(self, plan: Plan, dtype: Any = np.float32, seed: int | None = 0):
        self.plan = plan
        named = list(plan.walk())
        self.slices: dict[str, tuple[slice, Shape]] = {}
        at = 0
        for name, param in sorted(named, key=lambda item: (item[1].momentum is not None, not item[1].decayed)):
            self.slices[name] = slice(at, at + param.size), param.shape
            at += param.size
        self.decayed = sum(param.size for _, param in named if param.decayed)
        self.trained = sum(param.size for _, param in named if param.momentum is None)
        self.theta: Array = np.zeros(at, dtype)
        for name, param in named if seed is not None else []:
            part, shape = self.slices[name]
            rng = keyed_rng(seed or 0, "weights", name)
            self.theta[part] = param.initializer(rng, shape, param.fan_in, param.fan_out).reshape(-1)

    def __copy__(self) -> Parameters:
        return copy.deepcopy(self)

    def arrays(self, vector: Array | None = None) -> dict[str, Array]:
        """The parts of theta (or of a vector like it) by parameter name: views in their shapes, in network order."""
        return Parts(self, self.theta if vector is None else vector)

    def views(self, vector: Array | None = None) -> Views:
        """The parts of theta (or of a vector like it) as layers take them: views[0].w ..."""
        return Views(self.plan, self.arrays(vector))

    def parts(self, frozen: int = 0) -> tuple[slice, slice, slice]:
        """Where decayed weights, other trained parameters and running statistics stand, without those of frozen layers.

        frozen: so many of the network's first layers.  Each part has the order of the layers, so they come first in it.
        """
        decayed, other, running = 0, self.decayed, self.trained
        for child in self.plan.children[:frozen]:
            for _, param in child.walk():
                if param.momentum is not None:
                    running += param.size
                elif param.decayed:
                    decayed += param.size
                else:
                    other += param.size
        return slice(decayed, self.decayed), slice(other, self.trained), slice(running, self.theta.size)

    def chunks(self, most: int, frozen: int = 0) -> list[tuple[slice, bool]]:
        """Nearly equal parts of the trained vector, of at most so many numbers, and whether they are decayed.

        None crosses the border between decayed weights and others.  frozen: as for `parts`.
        """
        parts = []
        weights, others, _ = self.parts(frozen)
        for start, stop, decayed in ((weights.start, weights.stop, True), (others.start, others.stop, False)):
            count = -(-(stop - start) // most)
            ends = [start + (stop - start) * k // max(count, 1) for k in range(count + 1)]
            parts += [(slice(a, b), decayed) for a, b in pairwise(ends)]
        return parts

    def owner(self, position: int) -> str:
        """To which parameter of which layer a number of the vector belongs, for error messages."""
        name = next(name for name, (part, _) in self.slices.items() if part.start <= position < part.stop)
        leaf = dict(self.plan.leaves())[name.rpartition(".")[0]]
        return f"parameter {name} of layer {leaf.layer!r}"


class Parts(dict[str, Array]):
    """The parts of a vector by parameter name.  In a copy they are parts of the copy's vector."""

    def __init__(self, parameters: Parameters, vector: Array):
        slices = ((name, *parameters.slices[name]) for name, _ in parameters.plan.walk())
        super().__init__((name, vector[part].reshape(shape)) for name, part, shape in slices)
        self._made_of = parameters, vector

    def __reduce__(self) -> tuple[Any, ...]:
        return Parts, self._made_of  # array by array, the copy would be cut off from its vector


def arrays_sha256(named: Iterable[tuple[str, Array]], start: bytes = b"") -> str:
    """Hash over some first bytes, then name, type, shape and bytes of each array."""
    digest = hashlib.sha256(start)
    for name, array in named:
        digest.update(repr((name, array.dtype.str, array.shape)).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
