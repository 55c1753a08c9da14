"""Examples of optimizers: two steps with three weights by the naive twins, and the first of them by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.explain.arithmetic import n
from numnist.explain.examples.layer_example import ByHand
from numnist.naive import step
from numnist.optim.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSProp

Array = NDArray[Any]
THETA = np.array((1.0, -2.0, 0.5))
GRADIENTS = np.array(((0.2, -0.4, 0.0), (0.1, 0.4, -0.3)))  # of two steps
RATE = 0.1
FirstStep = Callable[[Any, float, float], tuple[str, float]]  # of the optimizer, θ and g: words and value


@dataclass(frozen=True)
class OptimizerExample:
    """An optimizer, and its first step of one weight by hand."""

    optimizer: Optimizer
    first_step: FirstStep
    paper: str = ""

    def by_hand(self) -> ByHand:
        """θ[0] after the first step."""
        words, value = self.first_step(self.optimizer, float(THETA[0]), float(GRADIENTS[0, 0]))
        return ByHand("θ", (0,), words, value)


def naive_steps(optimizer: Optimizer) -> list[dict[str, Array]]:
    """θ and the slots in the paper's letters, before the first step and after each."""
    numbers = {"θ": THETA.copy()} | {name: np.zeros(3) for name in optimizer.slots}
    theta, slots = numbers["θ"], {name: numbers[name] for name in optimizer.slots}
    states = [{name: array.copy() for name, array in numbers.items()}]
    for t, g in enumerate(GRADIENTS, 1):
        step(optimizer, theta, g, slots, RATE, t)
        states.append({name: array.copy() for name, array in numbers.items()})
    return states


def library_theta(optimizer: Optimizer) -> Array:
    """θ after both steps by the optimizer itself, with weight decay as a training step applies it."""
    theta, slots = THETA.copy(), {name: np.zeros(3) for name in optimizer.slots}
    for t, g in enumerate(GRADIENTS, 1):
        theta *= 1 - RATE * optimizer.weight_decay
        optimizer.update(theta, g.copy(), slots, RATE, t)
    return theta


def sgd(o: Any, theta: float, g: float) -> tuple[str, float]:
    return f"{n(theta)} - {n(RATE)}·{n(g)}", theta - RATE * g


def nesterov(o: Any, theta: float, g: float) -> tuple[str, float]:
    words = f"{n(theta)} + {n(o.momentum)}·(-{n(RATE)}·{n(g)}) - {n(RATE)}·{n(g)}"
    return words, theta - (o.momentum + 1) * RATE * g


def adagrad(o: Any, theta: float, g: float) -> tuple[str, float]:
    return f"{n(theta)} - {n(RATE)}·{n(g)} / (√({n(g)}²) + eps)", theta - RATE * g / (abs(g) + o.eps)


def rmsprop(o: Any, theta: float, g: float) -> tuple[str, float]:
    words = f"{n(theta)} - {n(RATE)}·{n(g)} / (√({n(1 - o.decay)}·{n(g)}²) + eps)"
    return words, theta - RATE * g / (sqrt((1 - o.decay) * g * g) + o.eps)


def adam(o: Any, theta: float, g: float) -> tuple[str, float]:
    m, v = n(1 - o.beta1), n(1 - o.beta2)
    decayed = f"{n(theta)}·(1 - {n(RATE)}·{n(o.weight_decay)})" if o.weight_decay else n(theta)
    words = f"{decayed} - {n(RATE)}·({m}·{n(g)} / {m}) / (√({v}·{n(g)}² / {v}) + eps)"
    return words, theta * (1 - RATE * o.weight_decay) - RATE * g / (abs(g) + o.eps)


OPTIMIZER_EXAMPLES: dict[str, OptimizerExample] = {
    "SGD": OptimizerExample(SGD(RATE), sgd, "Robbins & Monro 1951, A stochastic approximation method"),
    "Momentum": OptimizerExample(Momentum(RATE), sgd, "Polyak 1964, Some methods of speeding up convergence"),
    "Nesterov": OptimizerExample(
        Nesterov(RATE), nesterov, "Nesterov 1983; Bengio et al. 2012, arxiv.org/abs/1212.0901"
    ),
    "AdaGrad": OptimizerExample(AdaGrad(RATE), adagrad, "Duchi, Hazan & Singer 2011, Adaptive subgradient methods"),
    "RMSProp": OptimizerExample(RMSProp(RATE), rmsprop, "Tieleman & Hinton 2012, Lecture 6.5 of a Coursera course"),
    "Adam": OptimizerExample(Adam(RATE), adam, "Kingma & Ba 2014, arxiv.org/abs/1412.6980"),
    "AdamW": OptimizerExample(AdamW(RATE), adam, "Loshchilov & Hutter 2017, arxiv.org/abs/1711.05101"),
}
