"""Examples of optimizers: two steps with three weights by the naive twins, and the first of them by hand."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from numnist.explain.numbers import with_numbers
from numnist.nn.base import Array
from numnist.optim.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSProp

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


def two_steps(optimizer: Optimizer, step: Callable[..., None]) -> list[dict[str, Array]]:
    """θ and the slots in the paper's letters, before the first step and after each."""
    theta, slots = THETA.copy(), {name: np.zeros(3) for name in optimizer.slots}
    states = [deepcopy({"θ": theta} | slots)]
    for t, g in enumerate(GRADIENTS, 1):
        step(optimizer, theta, g.copy(), slots, RATE, t)
        states.append(deepcopy({"θ": theta} | slots))
    return states


def library_step(optimizer: Optimizer, theta: Array, g: Array, slots: dict[str, Array], rate: float, t: int) -> None:
    """The same as `numnist.naive.step` by the optimizer itself, with weight decay as a training step applies it."""
    theta *= 1 - rate * optimizer.weight_decay
    optimizer.update(theta, g, slots, rate, t)


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
