"""Optimizers, from simple to complex: how a gradient changes the weights.

An optimizer is a frozen dataclass, as a layer is.  It is given chunks of the model's flat vector, of the gradient and
of its own slots (vectors as long as the trained parameters), which the training state owns; it changes theta and the
slots in place.  Everything is elementwise, so that the bits do not depend on how the vector is cut into chunks.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import inf, sqrt
from typing import Any, ClassVar

import numpy as np

from numnist.nn.base import Array
from numnist.support.checks import within
from numnist.support.serialisation import constructor_repr

# The largest value of a field, where there is one.  With 1 an average would never move, and its bias correction would
# divide by 0.
LARGEST = {"momentum": 1.0, "decay": 1 - 1e-9, "beta1": 1 - 1e-9, "beta2": 1 - 1e-9}


@dataclass(frozen=True, repr=False)
class Optimizer:
    """The base of all optimizers.

    `learning_rate` is the largest that a schedule reaches.  `weight_decay` is decoupled (arxiv.org/abs/1711.05101):
    before each step the weights shrink by the factor 1 - learning rate × weight_decay.  It is not L2 in the loss,
    which is `Settings(l2=...)`.  `slots` names the vectors that `update` keeps between steps.
    """

    learning_rate: float = 0.01
    weight_decay: float = 0.0
    slots: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for each in fields(self):
            if isinstance(each.default, float):
                what = f"{type(self).__name__} {each.name}"
                within(getattr(self, each.name), what, 0, LARGEST.get(each.name, inf))

    def update(self, theta: Array, grad: Array, slots: dict[str, Array], rate: float, t: int) -> None:
        """Change theta and the slots in place.  rate: this step's learning rate;  t: the step, from 1."""
        raise TypeError(f"{type(self).__name__} must define update(theta, grad, slots, rate, t).")

    def __repr__(self) -> str:
        return constructor_repr(self)


@dataclass(frozen=True, repr=False)
class SGD(Optimizer):
    """θ ← θ - rate·g"""

    learning_rate: float = 0.03  # larger than Momentum's, whose steps add up to ten times their size

    def update(self, theta: Array, grad: Array, slots: dict[str, Array], rate: float, t: int) -> None:
        theta -= rate * grad


@dataclass(frozen=True, repr=False)
class Momentum(Optimizer):
    """v ← momentum·v - rate·g;  θ ← θ + v  (Polyak 1964)"""

    momentum: float = 0.9  # averages about 10 steps
    slots: ClassVar[tuple[str, ...]] = ("v",)

    def update(self, theta: Array, grad: Array, slots: dict[str, Array], rate: float, t: int) -> None:
        v = slots["v"]
        v *= self.momentum
        v -= rate * grad
        theta += v


@dataclass(frozen=True, repr=False)
class Nesterov(Momentum):
    """v ← momentum·v - rate·g;  θ ← θ + momentum·v - rate·g  (Nesterov 1983, in the form of arxiv.org/abs/1212.0901)"""

    def update(self, theta: Array, grad: Array, slots: dict[str, Array], rate: float, t: int) -> None:
        v, step = slots["v"], rate * grad
        v *= self.momentum
        v -= step
        theta += self.momentum * v
        theta -= step


@dataclass(frozen=True, repr=False)
class AdaGrad(Optimizer):
    """s ← s + g²;  θ ← θ - rate·g / (√s + eps)  (Duchi et al. 2011)"""

    eps: float = 1e-10
    slots: ClassVar[tuple[str, ...]] = ("s",)

    def update(self, theta: Array, grad: Array, slots: dict[str, Array], rate: float, t: int) -> None:
        s = slots["s"]
        s += grad * grad
        theta -= rate * grad / (np.sqrt(s) + self.eps)


@dataclass(frozen=True, repr=False)
class RMSProp(Optimizer):
    """s ← decay·s + (1 - decay)·g²;  θ ← θ - rate·g / (√s + eps)  (Tieleman & Hinton 2012)"""

    learning_rate: float = 0.001  # each weight moves by about this much, and by rate / √(1 - decay) in the first step
    decay: float = 0.9  # averages about 10 steps; with 0.99 the long first step saturates sigmoids for good
    eps: float = 1e-8
    slots: ClassVar[tuple[str, ...]] = ("s",)

    def update(self, theta: Array, grad: Array, slots: dict[str, Array], rate: float, t: int) -> None:
        s = slots["s"]
        s *= self.decay
        s += (1 - self.decay) * (grad * grad)
        theta -= rate * grad / (np.sqrt(s) + self.eps)


@dataclass(frozen=True, repr=False)
class Adam(Optimizer):
    """Adam, algorithm 1, arxiv.org/abs/1412.6980:

    m ← beta1·m + (1 - beta1)·g;  v ← beta2·v + (1 - beta2)·g²;
    θ ← θ - rate · m/(1 - beta1ᵗ) / (√(v/(1 - beta2ᵗ)) + eps)

    The slots hold m/(1 - beta1) and v/(1 - beta2), and all factors that are the same for the whole vector go into the
    rate and into eps: 10 passes over memory instead of 13, which is what a step costs.
    """

    learning_rate: float = 0.001
    beta1: float = 0.9  # averages about 10 steps
    beta2: float = 0.999  # averages about 1,000 steps; an MNIST epoch is 391 at batch 128
    eps: float = 1e-8
    slots: ClassVar[tuple[str, ...]] = ("m", "v")

    def update(self, theta: Array, grad: Array, slots: dict[str, Array], rate: float, t: int) -> None:
        m, v = slots["m"], slots["v"]
        m *= self.beta1
        m += grad
        v *= self.beta2
        change = grad * grad
        v += change
        np.sqrt(v, out=change)
        unit = sqrt((1 - self.beta2) / (1 - self.beta2**t))  # of √v, bias correction included
        change += self.eps / unit
        np.divide(m, change, out=change)
        change *= rate * (1 - self.beta1) / (1 - self.beta1**t) / unit
        theta -= change


@dataclass(frozen=True, repr=False)
class AdamW(Adam):
    """Adam with decoupled weight decay switched on (arxiv.org/abs/1711.05101, algorithm 2)."""

    weight_decay: float = 0.01


OPTIMIZERS: dict[str, type[Any]] = {c.__name__: c for c in (SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW)}
