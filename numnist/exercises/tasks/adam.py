"""Exercise: one step of Adam."""

from __future__ import annotations

from typing import Any

import numpy as np

from numnist.exercises.exercise import Case, Exercise, Mistake, Outputs
from numnist.naive import NAIVE_OPTIMIZERS
from numnist.nn.base import Array
from numnist.optim.optimizers import Adam


def right(a: Any) -> Outputs:
    theta, slots = a.theta.copy(), {"m": a.m.copy(), "v": a.v.copy()}
    NAIVE_OPTIMIZERS["Adam"](Adam(a.rate, beta1=a.beta1, beta2=a.beta2, eps=a.eps), theta, a.g, slots, a.rate, a.t)
    return {"theta": theta, **slots}


def theta(a: Any, r: Outputs, *, m: float | None = None, v: float | None = None, eps: float | None = None,
          inside: bool = False, root: bool = True, sign: int = -1) -> Array:  # fmt: skip
    """θ with other divisors of m and v than the bias corrections, or eps inside of the root."""
    m_hat, v_hat = (r["m"] / (1 - a.beta1**a.t if m is None else m)), (r["v"] / (1 - a.beta2**a.t if v is None else v))
    if inside:
        return a.theta + sign * a.rate * m_hat / np.sqrt(v_hat + a.eps)
    return a.theta + sign * a.rate * m_hat / ((np.sqrt(v_hat) if root else v_hat) + (a.eps if eps is None else eps))


def case(what: str, theta: Any, g: Any, *, m: Any = 0, v: Any = 0, t: int = 1, rate: float = 1,
         beta1: float = 0.5, beta2: float = 0.5, eps: float = 1e-12) -> Case:  # fmt: skip
    theta = np.atleast_1d(np.array(theta, float))
    arrays = {name: np.array(np.broadcast_to(x, theta.shape), float) for name, x in (("g", g), ("m", m), ("v", v))}
    numbers = {"t": t, "rate": rate, "beta1": beta1, "beta2": beta2, "eps": eps}
    return Case(what, {"theta": theta} | arrays | numbers)


BIAS = "m and v begin at 0, so in the first steps they are too small, and {} corrected for that."
STEADY = "the bias correction must become weaker with every step: where is t?"
RNG = np.random.default_rng(4)
ADAM_STEP = Exercise(
    "adam-step", "one step of the optimizer Adam", ("theta", "m", "v"),
    (
        case("the first step", 10, 2),
        case("rate 0.1", 10, 2, rate=0.1),
        case("the second step", 9, 4, m=1, v=2, t=2),
        case("beta1 0.5, beta2 0.75", 9, 4, m=1, v=2, t=2, beta2=0.75),
        case("eps 1", 9, 4, m=1, v=2, t=2, eps=1),
        case("a gradient of 0 in the first step", 10, 0, eps=1e-8),
        case("step 1000", (1, -2), (0.5, -1), m=(0.1, 0.2), v=(0.3, 0.4), t=1000, beta1=0.9, beta2=0.999, eps=1e-8),
        case("random numbers", RNG.standard_normal(5), RNG.standard_normal(5), m=RNG.standard_normal(5),
             v=RNG.uniform(0, 1, 5), t=3, rate=0.1, beta1=0.9, beta2=0.999, eps=0.01),
    ),
    right,
    (
        Mistake("theta", lambda a, r: theta(a, r, m=1, v=1), BIAS.format("neither is")),
        Mistake("theta", lambda a, r: theta(a, r, m=1), BIAS.format("m is not")),
        Mistake("theta", lambda a, r: theta(a, r, v=1), BIAS.format("v is not")),
        Mistake("theta", lambda a, r: theta(a, r, m=1 - a.beta1, v=1 - a.beta2), STEADY),
        Mistake("theta", lambda a, r: theta(a, r, m=1 - a.beta1), STEADY),
        Mistake("theta", lambda a, r: theta(a, r, v=1 - a.beta2), STEADY),
        Mistake("theta", lambda a, r: theta(a, r, eps=0), "eps is missing."),
        Mistake("theta", lambda a, r: theta(a, r, m=1 - a.beta1 ** (a.t + 1), v=1 - a.beta2 ** (a.t + 1)),
                "the bias correction of another step: t counts from 1."),
        Mistake("theta", lambda a, r: theta(a, r, m=1 - a.beta2**a.t, v=1 - a.beta1**a.t),
                "each of m and v has a beta of its own, here in the bias correction."),
        Mistake("theta", lambda a, r: theta(a, r, inside=True), "eps stands in the wrong place: outside of the root."),
        Mistake("theta", lambda a, r: theta(a, r, root=False), "the square root is missing."),
        Mistake("theta", lambda a, r: theta(a, r, sign=1), "it goes uphill."),
        Mistake("theta", lambda a, r: a.theta - a.rate * a.g, "this is a step of SGD: m and v are nowhere in it."),
        Mistake("theta", lambda a, r: a.theta + (theta(a, r) - a.theta) / a.rate, "the learning rate is missing."),
        Mistake("theta", lambda a, r: theta(a, r) - a.theta, "this is the change of theta, without theta itself."),
        Mistake("theta", lambda a, r: theta(a, {"m": a.m, "v": a.v}), "m and v are those of the step before."),
        Mistake("m", lambda a, r: a.beta1 * a.m + a.g, "the weights of the old m and of g do not add up to 1."),
        Mistake("m", lambda a, r: (1 - a.beta1) * a.m + a.beta1 * a.g,
                "beta1 is the share of the old m that is kept."),
        Mistake("m", lambda a, r: a.beta2 * a.m + (1 - a.beta2) * a.g, "m has a beta of its own."),
        Mistake("m", lambda a, r: (1 - a.beta1) * a.g, "the old m is nowhere in it."),
        Mistake("m", lambda a, r: r["m"] / (1 - a.beta1**a.t),
                "return m without the bias correction: the next step begins with it."),
        Mistake("v", lambda a, r: a.beta2 * a.v + a.g**2, "the weights of the old v and of g² do not add up to 1."),
        Mistake("v", lambda a, r: a.beta2 * a.v + (1 - a.beta2) * a.g, "v averages the square of g."),
        Mistake("v", lambda a, r: a.beta2 * a.v + (1 - a.beta2) * np.abs(a.g), "v averages the square of g."),
        Mistake("v", lambda a, r: a.beta2 * a.v + ((1 - a.beta2) * a.g) ** 2, "what exactly is squared?"),
        Mistake("v", lambda a, r: a.beta2 * a.v + (1 - a.beta2) * r["m"] ** 2, "v averages the square of g, not of m."),
        Mistake("v", lambda a, r: a.beta1 * a.v + (1 - a.beta1) * a.g**2, "v has a beta of its own."),
        Mistake("v", lambda a, r: (1 - a.beta2) * a.g**2, "the old v is nowhere in it."),
        Mistake("v", lambda a, r: r["v"] / (1 - a.beta2**a.t),
                "return v without the bias correction: the next step begins with it."),
    ),
    lambda a: {},
)  # fmt: skip
