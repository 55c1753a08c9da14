"""Examples of optimizers: two steps with three weights by the naive twins, and the first of them by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.explain.arithmetic import with_numbers
from numnist.naive import step
from numnist.optim.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSProp

Array = NDArray[Any]
THETA = np.array((1.0, -2.0, 0.5))
GRADIENTS = np.array(((0.2, -0.4, 0.0), (0.1, 0.4, -0.3)))  # of two steps
RATE = 0.1


@dataclass(frozen=True)
class OptimizerExample:
    """An optimizer, and its first step as a formula of one weight, with all slots still 0."""

    optimizer: Optimizer
    first_step: str
    paper: str = ""

    def first_step_in_numbers(self) -> str:
        """For the first weight; eps, which is too small to matter, stays a letter."""
        fields = {name: value for name, value in vars(self.optimizer).items() if name != "eps"}
        letters = {"theta": float(THETA[0]), "g": float(GRADIENTS[0, 0]), "rate": RATE}
        return with_numbers(self.first_step, fields | letters)


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


ADAM = "((1 - beta1)·g / (1 - beta1)) / (√((1 - beta2)·g² / (1 - beta2)) + eps)"
OPTIMIZER_EXAMPLES: dict[str, OptimizerExample] = {
    "SGD": OptimizerExample(
        SGD(RATE), "theta - rate·g", "Robbins & Monro 1951, A stochastic approximation method"
    ),
    "Momentum": OptimizerExample(
        Momentum(RATE), "theta - rate·g", "Polyak 1964, Some methods of speeding up convergence"
    ),
    "Nesterov": OptimizerExample(
        Nesterov(RATE), "theta + momentum·(0 - rate·g) - rate·g",
        "Nesterov 1983; Bengio et al. 2012, arxiv.org/abs/1212.0901",
    ),
    "AdaGrad": OptimizerExample(
        AdaGrad(RATE), "theta - rate·g / (√(g²) + eps)", "Duchi, Hazan & Singer 2011, Adaptive subgradient methods"
    ),
    "RMSProp": OptimizerExample(
        RMSProp(RATE), "theta - rate·g / (√((1 - decay)·g²) + eps)",
        "Tieleman & Hinton 2012, Lecture 6.5 of a Coursera course",
    ),
    "Adam": OptimizerExample(Adam(RATE), f"theta - rate·{ADAM}", "Kingma & Ba 2014, arxiv.org/abs/1412.6980"),
    "AdamW": OptimizerExample(
        AdamW(RATE), f"theta·(1 - rate·weight_decay) - rate·{ADAM}",
        "Loshchilov & Hutter 2017, arxiv.org/abs/1711.05101",
    ),
}  # fmt: skip
