"""Exercise: the backward pass of batch normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from numnist.exercises.exercise import Case, Exercise, Mistake, Outputs
from numnist.naive import numerical_gradient
from numnist.nn.as_function import backward_last, forward_last
from numnist.nn.base import Array
from numnist.nn.norm import BatchNorm


def parameters(a: Any) -> dict[str, Array]:
    return {"w": a.w, "b": 0 * a.w, "mean": 0 * a.w, "var": 0 * a.w + 1}


def right(a: Any) -> Outputs:
    dx, gradients = backward_last(BatchNorm(eps=a.eps), parameters(a), a.x, a.dy, train=True)
    return {"dw": gradients["w"], "db": gradients["b"], "dx": dx}


def slopes(a: Any) -> Outputs:
    """Of Σ dy·y, whose derivative by y is dy."""
    arrays = {name: value.copy() for name, value in parameters(a).items()} | {"x": a.x.copy()}
    layer = BatchNorm(eps=a.eps)

    def f(_: Any) -> float:
        return float(np.vdot(a.dy, forward_last(layer, arrays, arrays["x"], train=True)))

    return {
        f"d{name}": numerical_gradient(f, arrays[name].reshape(-1)).reshape(arrays[name].shape)
        for name in ("w", "b", "x")
    }


def parts(a: Any) -> tuple[Array, Array, Array]:
    """x̂, √(var + eps) and dx̂"""
    root = np.sqrt(a.x.var(axis=1, keepdims=True) + a.eps)
    return (a.x - mean(a.x)) / root, root, a.w * a.dy


def mean(x: Array) -> Array:
    return x.mean(axis=1, keepdims=True)


def without(a: Any, *, of_mean: float = 1, of_variance: float = 1, w: float = 0, root: int = 1) -> Array:
    """dx with some parts left out."""
    xhat, sigma, d = parts(a)
    d = a.dy if w else d
    return (d - of_mean * mean(d) - of_variance * xhat * mean(d * xhat)) / sigma**root


def by_sigma(a: Any, output: str, sigma: Array) -> Array:
    """dx or dw with another √(var + eps)."""
    xhat, d = (a.x - mean(a.x)) / sigma, a.w * a.dy
    return (d - mean(d) - xhat * mean(d * xhat)) / sigma if output == "dx" else (a.dy * xhat).sum(axis=1, keepdims=True)


def spread(a: Any, ddof: int = 0) -> Array:
    """The standard deviation, (features, 1)."""
    return a.x.std(axis=1, keepdims=True, ddof=ddof)


def sigma_mistakes(output: str) -> tuple[Mistake, ...]:
    """What becomes of dx or dw where √(var + eps) is another."""
    return (
        Mistake(output, lambda a, _: by_sigma(a, output, spread(a) + a.eps),
                "eps stands in the wrong place: it is added to the variance."),
        Mistake(output, lambda a, _: by_sigma(a, output, spread(a)), "eps is missing."),
        Mistake(output, lambda a, _: by_sigma(a, output, np.sqrt(spread(a, 1) ** 2 + a.eps)),
                "the variance here divides by N, not by N - 1."),
        Mistake(output, lambda a, _: by_sigma(a, output, spread(a) ** 2 + a.eps), "the square root is missing."),
    )  # fmt: skip


def case(what: str, x: Any, w: Any, dy: Any, eps: float) -> Case:
    arrays = {"x": np.array(x, float), "w": np.array(w, float).reshape(-1, 1), "dy": np.array(dy, float)}
    return Case(what, arrays | {"eps": eps})


RNG = np.random.default_rng(3)
X = (1, 1, 3, 3)  # mean 2, variance 1
BATCH_NORM_BACKWARD = Exercise(
    "batch-norm-backward", "the gradients of batch normalisation in training", ("dw", "db", "dx"),
    (
        case("one feature, mean 2 and variance 1, w = 1, eps almost 0", (X,), 1, ((4, 0, 0, 0),), 1e-12),
        case("w = 10", (X,), 10, ((4, 0, 0, 2),), 1e-12),
        case("variance 4", ((2, 2, 6, 6),), 1, ((4, 0, 0, 2),), 1e-12),
        case("eps = 3, so that √(var + eps) = 2", (X,), 1, ((4, 0, 0, 2),), 3.0),
        case("two features", (X, (5, 1, 1, 1)), (1, 2), ((4, 0, 0, 2), (0, 1, 3, 0)), 3.0),
        case("random numbers", RNG.standard_normal((3, 5)), (0.5, -1.5, 2), RNG.standard_normal((3, 5)), 0.1),
    ),
    right,
    (
        Mistake("dx", lambda a, r: without(a, of_mean=0, of_variance=0),
                "mean and variance are made of x, too: the loss changes with x also by way of them."),
        Mistake("dx", lambda a, r: without(a, of_mean=0),
                "the mean is made of x, too: what comes back through the mean is missing."),
        Mistake("dx", lambda a, r: without(a, of_variance=0),
                "the variance is made of x, too: what comes back through the variance is missing."),
        Mistake("dx", lambda a, r: without(a, w=1), "w is missing: on its way back the gradient passes y = w·x̂ + b."),
        Mistake("dx", lambda a, r: without(a, root=0), "x̂ was made by a division, which is missing on the way back."),
        Mistake("dx", lambda a, r: without(a, root=2),
                "x̂ was made by dividing by √(var + eps): here the root is missing."),
        Mistake("dx", lambda a, r: without(a, of_variance=-1), "the sign of what comes back through the variance."),
        Mistake("dx", lambda a, r: without(a, of_mean=-1), "the sign of what comes back through the mean."),
        Mistake("dx", lambda a, r: without(a, of_mean=a.x.shape[1]),
                "the way through the mean: each x is only one of N that make it."),
        Mistake("dx", lambda a, r: without(a, of_variance=a.x.shape[1]),
                "the way through the variance: each x is only one of N that make it."),
        *sigma_mistakes("dx"),
        *sigma_mistakes("dw"),
        Mistake("dw", lambda a, r: (a.dy * a.x).sum(axis=1, keepdims=True), "w is multiplied by x̂, not by x."),
        Mistake("dw", lambda a, r: (a.dy * (a.x - mean(a.x))).sum(axis=1, keepdims=True),
                "w is multiplied by x̂, not by x - mean."),
        Mistake("dw", lambda a, r: r["db"], "this is the gradient of b: what is w multiplied by?"),
        Mistake("dw", lambda a, r: a.w * r["dw"], "w itself does not belong into its gradient."),
        Mistake("db", lambda a, r: a.w * r["db"], "b is added after the multiplication by w."),
        Mistake("db", lambda a, r: np.full_like(r["db"], a.dy.sum()),
                "every feature has a bias of its own: over which of the axes is the sum?"),
    ),
    lambda a: {"N": a.x.shape[1]},
    slopes,
)  # fmt: skip
