"""Optimizers, naive: one number after the other, in the letters of the papers.

Each changes θ and its slots in place.  θ, g and the slots are lists or vectors of one length; rate is this step's
learning rate; t counts the steps from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableSequence
from math import sqrt
from typing import Any

from numnist.nn.base import Array

Numbers = MutableSequence[float] | Array
Slots = Mapping[str, Numbers]


def step(optimizer: Any, theta: Numbers, g: Numbers, slots: Slots, rate: float, t: int) -> None:
    """One step of training: decoupled weight decay (arxiv.org/abs/1711.05101), then the optimizer's update."""
    for i in range(len(theta)):
        theta[i] -= rate * optimizer.weight_decay * theta[i]
    NAIVE_OPTIMIZERS[type(optimizer).__name__](optimizer, theta, g, slots, rate, t)


def sgd(o: Any, theta: Numbers, g: Numbers, slots: Slots, rate: float, t: int) -> None:
    for i in range(len(theta)):
        theta[i] -= rate * g[i]


def momentum(o: Any, theta: Numbers, g: Numbers, slots: Slots, rate: float, t: int) -> None:
    v = slots["v"]
    for i in range(len(theta)):
        v[i] = o.momentum * v[i] - rate * g[i]
        theta[i] += v[i]


def nesterov(o: Any, theta: Numbers, g: Numbers, slots: Slots, rate: float, t: int) -> None:
    v = slots["v"]
    for i in range(len(theta)):
        v[i] = o.momentum * v[i] - rate * g[i]
        theta[i] += o.momentum * v[i] - rate * g[i]


def adagrad(o: Any, theta: Numbers, g: Numbers, slots: Slots, rate: float, t: int) -> None:
    s = slots["s"]
    for i in range(len(theta)):
        s[i] += g[i] ** 2
        theta[i] -= rate * g[i] / (sqrt(s[i]) + o.eps)


def rmsprop(o: Any, theta: Numbers, g: Numbers, slots: Slots, rate: float, t: int) -> None:
    s = slots["s"]
    for i in range(len(theta)):
        s[i] = o.decay * s[i] + (1 - o.decay) * g[i] ** 2
        theta[i] -= rate * g[i] / (sqrt(s[i]) + o.eps)


def adam(o: Any, theta: Numbers, g: Numbers, slots: Slots, rate: float, t: int) -> None:
    m, v = slots["m"], slots["v"]
    for i in range(len(theta)):
        m[i] = o.beta1 * m[i] + (1 - o.beta1) * g[i]
        v[i] = o.beta2 * v[i] + (1 - o.beta2) * g[i] ** 2
        m_hat = m[i] / (1 - o.beta1**t)
        v_hat = v[i] / (1 - o.beta2**t)
        theta[i] -= rate * m_hat / (sqrt(v_hat) + o.eps)


NAIVE_OPTIMIZERS: dict[str, Callable[..., None]] = {
    "SGD": sgd,
    "Momentum": momentum,
    "Nesterov": nesterov,
    "AdaGrad": adagrad,
    "RMSProp": rmsprop,
    "Adam": adam,
    "AdamW": adam,  # with weight decay, which `step` applies to all alike
}
