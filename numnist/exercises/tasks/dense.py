"""Exercise: the backward pass of a dense layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from numnist.exercises.exercise import Case, Exercise, Mistake, Outputs
from numnist.naive import numerical_gradient
from numnist.nn.as_function import backward_last, forward_last
from numnist.nn.dense import Dense


def right(a: Any) -> Outputs:
    arrays = {"w": a.w, "b": np.zeros((len(a.w), 1))}
    dx, gradients = backward_last(Dense(len(a.w)), arrays, a.x, a.dy)
    return {"dw": gradients["w"], "db": gradients["b"], "dx": dx}


def slopes(a: Any) -> Outputs:
    """Of Σ dy·y, whose derivative by y is dy."""
    arrays = {"w": a.w.copy(), "b": np.zeros((len(a.w), 1)), "x": a.x.copy()}
    layer = Dense(len(a.w))

    def f(_: Any) -> float:
        return float(np.vdot(a.dy, forward_last(layer, arrays, arrays["x"])))

    return {f"d{name}": numerical_gradient(f, v.reshape(-1)).reshape(v.shape) for name, v in arrays.items()}


def case(what: str, w: Any, x: Any, dy: Any) -> Case:
    return Case(what, {name: np.array(value, float) for name, value in (("w", w), ("x", x), ("dy", dy))})


RNG = (np.random.default_rng(0).uniform(-1, 1, shape) for shape in ((3, 4), (4, 5), (3, 5)))
DENSE_BACKWARD = Exercise(
    "dense-backward", "the gradients of a dense layer y = w x + b", ("dw", "db", "dx"),
    (
        case("one output, one sample", ((2, -1),), ((3,), (5,)), ((10,),)),
        case("two outputs, one sample", ((1, 2), (3, 4)), ((1,), (2,)), ((1,), (10,))),
        case("two outputs, two samples", ((1, 2), (3, 4)), ((1, 2), (3, 5)), ((1, 10), (100, 1000))),
        case("random numbers", *RNG),
    ),
    right,
    (
        Mistake("dx", lambda a, _: a.w @ a.dy if len(a.w) == len(a.x) else None,
                "an input gets its gradient back through the weights by which it went out: which of the two indices "
                "of w belongs to the inputs?"),
        Mistake("dx", lambda a, _: a.w.T @ np.ones_like(a.dy),
                "dy is nowhere in it: the loss does not change as y does, but dy times as fast."),
        Mistake("dx", lambda a, r: a.w[:1].T @ a.dy[:1], "an input reaches all outputs, and here only one counts."),
        Mistake("db", lambda a, r: a.dy[:, :1], "all samples use the same bias, and here only the first counts."),
        Mistake("db", lambda a, r: a.dy[:, -1:],
                "all samples use the same bias, and here only the last counts (is something overwritten?)"),
        Mistake("db", lambda a, r: np.full_like(r["db"], a.dy.sum()),
                "every output has a bias of its own: over which of the axes is the sum?"),
        Mistake("db", lambda a, r: np.ones_like(r["db"]), "dy is nowhere in it."),
        Mistake("dw", lambda a, r: a.dy[:, :1] @ a.x[:, :1].T,
                "all samples use the same weights, and here only the first counts."),
        Mistake("dw", lambda a, r: a.dy[:, -1:] @ a.x[:, -1:].T,
                "all samples use the same weights, and here only the last counts (is something overwritten?)"),
        Mistake("dw", lambda a, r: np.broadcast_to(a.x.sum(axis=1), a.w.shape), "dy is nowhere in it."),
        Mistake("dw", lambda a, r: np.broadcast_to(a.dy.sum(axis=1, keepdims=True), a.w.shape), "x is nowhere in it."),
    ),
    lambda a: {"N": a.x.shape[1]},
    slopes,
)  # fmt: skip
